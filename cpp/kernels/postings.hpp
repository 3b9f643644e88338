// Sparse rows by their columns, an inverted index: the inner products of one row with all of them take a step for each
// value in a column that both have. Texts have few such values: most words are in few rows.
//
// Other sums over common columns (common_terms.hpp) go the same way; `products` are whatever the rows sum.
//
// A product is one sum: first over the most frequent columns that both have, then over the others. So it has the same
// bits from either side, but not those of panels (sparse_panel.hpp).
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "kernels/function.hpp"
#include "kernels/sparse_rows.hpp"
#include "memory/large_vector.hpp"

namespace maxmargin::kernels {

template <class T>
class Postings {
 public:
  // Of the rows list[0, n) of `rows`, both of which stay where they are; list null means the rows themselves.
  Postings(const SparseRows<T>& rows, const RowIndex* list, std::size_t n, std::size_t n_features);

  // What rows like these cost to multiply with all of these, about: 1 is what they cost against panels of them.
  double cost() const { return cost_; }
  // Fills the lists. Before that only their lengths are known.
  void fill();

  // The most bytes of those of rows with so many values.
  static double bytes_of(std::size_t n_features, double values);

  std::size_t size() const { return n_rows_; }
  // Whole packs that are summed together, with zeros for rows that are not there.
  std::size_t padded() const { return padded_; }
  const T* norms() const { return norms_.data(); }

  // products[i] = <row k of x, row i>, of `scratch` numbers: zeros and scratch after the last row.
  void multiply(const SparseRows<T>& x, std::size_t k, T* products) const;
  std::size_t scratch() const { return padded_ + simd::kPackSize<T>; }

 private:
  // The values of a column: `count` of the lists from `place` on, a multiple of kStep, or, where that is kAll, one for
  // every row, in the place'th of the columns that are spread out.
  struct Column {
    std::uint32_t place = 0, count = 0;
  };
  static constexpr std::uint32_t kAll = 0xffffffffU;
  static constexpr std::size_t kStep = 4;  // values of a list that are taken together: lists end with zeros

  std::size_t row(std::size_t i) const { return list_ != nullptr ? list_[i] : i; }
  template <class Common>
  void add_all(const SparseRows<T>& x, std::size_t k, T* products) const;
  // products = what the values [begin, end) of x and the columns that are spread out make.
  template <class Common>
  void add_spread(const SparseRows<T>& x, std::size_t begin, std::size_t end, T* products) const;
  template <class Common>
  void add_list(Column list, T factor, T* products) const;

  const SparseRows<T>& of_;
  const RowIndex* list_;
  std::size_t n_rows_, padded_;
  double cost_ = 0.0;
  std::size_t listed_ = 0, spread_out_ = 0;  // values in lists, columns that are spread out
  std::vector<Column> columns_;
  std::vector<T> norms_;
  ScratchVector<std::uint32_t> rows_;
  ScratchVector<T> values_;
  LargeVector<T> spread_;
};

// Filled, of the rows where products by them cost less than `most`.
template <class T>
std::optional<Postings<T>> postings_of(const SparseRows<T>& rows, const RowIndex* list, std::size_t n,
                                       std::size_t n_features, double most);

// out[c][k] += sum_j coef[c * m + j] K(left[j], right[targets[k]]) over the m left rows, whose postings these are, for
// n right rows; targets null means all in order. In float32 four terms are summed before they go to float64.
template <class T>
void add_by_postings(const Function& f, const Postings<T>& left, const T* coef, const SparseRows<T>& right,
                     const RowIndex* targets, std::size_t n, const std::vector<double*>& out, const Execution& run);

// out[k * ld + j] = K(rows[list[j]], rows[list[k]]) of the rows whose postings these are.
void square_by_postings(const Function& f, const Postings<float>& postings, const SparseRows<float>& rows,
                        const RowIndex* list, float* out, std::size_t ld, const Execution& run);

}  // namespace maxmargin::kernels
