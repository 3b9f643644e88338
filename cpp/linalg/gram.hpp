// G += sum_k v[k] x_k x_k^T over a list of rows: the weighted Gram matrix of the features.
#pragma once

#include <cstddef>

#include "design/products.hpp"
#include "memory/large_vector.hpp"

namespace maxmargin::linalg {

// Accumulates into the lower triangle of a row-major matrix of leading dimension padded(order), where order
// is n_features plus one when `intercept` adds a last feature that is always 1. Whole diagonal tiles are
// written, so entries right of the diagonal inside them are not meaningful.
class GramAccumulator {
 public:
  GramAccumulator(const Design& X, bool intercept);
  std::size_t order() const { return order_; }
  std::size_t leading_dimension() const { return ld_; }
  void add(Rows rows, const double* v, double* G, const Execution& run);
  // Free between two calls, for whoever needs a matrix for a moment; its size is not meaningful.
  LargeVector<double>& scratch() { return scratch_; }

 private:
  void add_narrow(Rows rows, const double* v, double* G, const Execution& run);
  void add_sparse(Rows rows, const double* v, double* G, const Execution& run);
  void add_packed(Rows rows, const double* v, double* G, const Execution& run);
  void pack(Rows rows, const double* v, double* plain, double* scaled, double* buffer) const;

  const Design& X_;
  bool intercept_;
  std::size_t order_, ld_;
  LargeVector<double> scratch_;
};

}  // namespace maxmargin::linalg
