// Sparse rows by their columns, an inverted index: the inner products of one row with all of them take a step for each
// value in a column that both have. Texts have few such values: most words are in few rows.
#pragma once

#include <cstdint>
#include <vector>

#include "kernels/function.hpp"
#include "kernels/sparse_rows.hpp"
#include "memory/large_vector.hpp"

namespace maxmargin::kernels {

class Postings {
 public:
  Postings(const SparseRows<double>& rows, std::size_t n_features);

  // Whether rows like these are multiplied with all of these sooner than against panels of them.
  bool pay() const { return pays_; }
  // Fills the lists. Before that only their lengths are known.
  void fill(const SparseRows<double>& rows);

  // products[i] = <row k of x, row i>, of `padded_rows` numbers: zeros and scratch after the last row.
  void multiply(const SparseRows<double>& x, std::size_t k, double* products) const;
  std::size_t padded_rows() const { return padded_ + simd::kPackSize<double>; }

 private:
  // The values of a column: `count` of the lists from `place` on, a multiple of kStep, or, where that is kAll, one for
  // every row, in the place'th of the columns that are spread out.
  struct Column {
    std::uint32_t place = 0, count = 0;
  };
  static constexpr std::uint32_t kAll = 0xffffffffU;
  static constexpr std::size_t kStep = 4;  // values of a list that are taken together: lists end with zeros

  void add_list(Column list, double factor, double* products) const;

  std::size_t n_rows_, padded_;
  bool pays_ = false;
  std::size_t listed_ = 0, spread_out_ = 0;  // values in lists, columns that are spread out
  std::vector<Column> columns_;
  ScratchVector<std::uint32_t> rows_;
  ScratchVector<double> values_;
  LargeVector<double> spread_;
};

// out[c][k] += sum_j coef[c * m + j] K(left[j], right[k]) over the m left rows, whose postings these are.
void add_by_postings(const Function& f, const Postings& postings, const SparseRows<double>& left, const double* coef,
                     const SparseRows<double>& right, const std::vector<double*>& out, const Execution& run);

}  // namespace maxmargin::kernels
