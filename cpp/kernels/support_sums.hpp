// Sums over few support vectors, with all that is made of these: for who asks for one row after the other.
#pragma once

#include <memory>
#include <vector>

#include "design/products.hpp"
#include "kernels/function.hpp"

namespace maxmargin::kernels {

class SupportSums {
 public:
  virtual ~SupportSums() = default;

  // What `decision` (design_kernel.hpp) says of the rows of X, to the same bits.
  virtual void at(const Design& X, double* out, const Execution& run) const = 0;
  std::size_t n_sums() const { return n_sums_; }  // of each row
  std::size_t n_features() const { return n_features_; }

 protected:
  SupportSums(std::size_t n_sums, std::size_t n_features) : n_sums_(n_sums), n_features_(n_features) {}

 private:
  std::size_t n_sums_, n_features_;
};

// Of blocks of the rows of S, coef[c * m + j] being the coefficient of row j for output c; for rows in sparse storage
// where S is. Null where a few megabytes do not hold it.
std::unique_ptr<SupportSums> support_sums(const Design& S, const std::vector<Range>& blocks, const Function& f,
                                          const double* coef, std::size_t n_outputs, const Execution& run);

}  // namespace maxmargin::kernels
