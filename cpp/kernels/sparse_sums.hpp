// Sums of kernel values of sparse rows, against panels of the left rows or by their postings.
#pragma once

#include <vector>

#include "kernels/function.hpp"
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

}  // namespace maxmargin::kernels
