// Sums of kernel values of sparse rows, against panels of the left rows or by their postings.
#pragma once

#include <memory>
#include <vector>

#include "kernels/function.hpp"
#include "kernels/origin.hpp"
#include "kernels/postings.hpp"
#include "kernels/sparse_panel.hpp"
#include "kernels/sparse_rows.hpp"

namespace maxmargin::kernels {

inline constexpr std::size_t kTargetsPerChunk = 512;

// Rows that are turned into float64 at a time.
std::size_t rows_of_piece(double values_per_row);

// The most bytes of what is made of so many left rows of float64: panels that are filled together, or postings.
double bytes_of_left(std::size_t n_features, std::size_t n_rows, double values_per_row);

// out[c][k] += sum_j coef[c * m + j] K(left[j], right[targets[k]]); null lists mean all rows in order. `postings`:
// whether products may be single sums over all values of a row.
template <class T>
void accumulate(const Function& f, const SparseColumns& places, const SparseRows<T>& left, const RowIndex* list,
                std::size_t m, const T* coef, const SparseRows<T>& right, const RowIndex* targets, std::size_t n,
                bool postings, const std::vector<double*>& out, const Execution& run);

// at_right[k] += sum_j left_coef[j] K(left[j], right[k]) and, each value computed once, at_left[j] +=
// sum_k right_coef[k] K(left[j], right[k]). `same`: left and right are one list, and the first sum is all.
void accumulate_both(const Function& f, const SparseColumns& places, const SparseRows<double>& left,
                     const double* left_coef, const SparseRows<double>& right, const double* right_coef, bool same,
                     double* at_left, double* at_right, const Execution& run);

// How rows are seen by sums in float64.
struct SparseView {
  const Function& f;
  const Origin& origin;
  const SparseColumns& places;

  SparseRows<double> rows(const Design& X, Rows some, const Execution& run) const {
    return {X, some, origin.data(), places, f.terms(), run};
  }
};

// Coefficients of some of m rows, for each output in turn.
std::vector<double> part_of(const double* coef, std::size_t m, Range rows, std::size_t n_outputs);

// out[(b * n_outputs + c) * right.size + k] += sum_j coef[c * left.size + j] K(s_left[j], x_right[k]) over the j of
// block b of the left rows, in float64.
void add_sparse_in_pieces(const SparseView& view, const Design& S, Rows left, const std::vector<Range>& blocks,
                          const Design& X, Rows right, const double* coef, std::size_t n_outputs, double* out,
                          const Execution& run);

// Left rows with what is made of them for any number of right ones: postings where products by them cost less, else
// panels.
class KeptLeft {
  struct Made {};

 public:
  // Null where that would be more than so many bytes.
  static std::unique_ptr<KeptLeft> of(const SparseColumns& places, SparseRows<double> rows, double most_bytes,
                                      const Execution& run);
  KeptLeft(Made, SparseRows<double> rows) : rows_(std::move(rows)) {}
  KeptLeft(const KeptLeft&) = delete;
  KeptLeft& operator=(const KeptLeft&) = delete;

  // As `accumulate` does, to the same bits.
  void add(const Function& f, const SparseColumns& places, const double* coef, const SparseRows<double>& right,
           const std::vector<double*>& out, const Execution& run) const;

 private:
  SparseRows<double> rows_;
  std::unique_ptr<const Postings<double>> lists_;  // of rows_
  std::vector<SparsePanel<double>> panels_;
};

}  // namespace maxmargin::kernels
