// Kernel values of few long rows straight from where they are: packing them would take longer than multiplying them.
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include "design/dense.hpp"
#include "kernels/function.hpp"
#include "kernels/mirror.hpp"
#include "kernels/product_values.hpp"
#include "simd/vector.hpp"

namespace maxmargin::kernels {

inline constexpr std::size_t kFewRows = 256, kLongRow = 256;
inline constexpr std::size_t kRowsAtOnce = 4;  // on either side: sixteen sums in registers

// Both by rows in one piece, few on one side, with features enough for the sums over the lanes not to count.
template <class T>
bool are_long(const DenseDesign<T>* X, const DenseDesign<T>* S, const Function& f) {
  return X != nullptr && S != nullptr && X->contiguous_rows() && S->contiguous_rows() && f.of_products() &&
         X->n_features() >= kLongRow && std::min(X->n_rows(), S->n_rows()) <= kFewRows;
}

// out[a][b] = <x_a, s_b>, each summed in the same order whichever rows are beside it.
template <std::size_t kRows, class T>
void products(const T* const* x, const T* const* s, std::size_t size, double (*out)[kRows]) {
  simd::Lanes sums[kRows][kRows];
  for (auto& row : sums) std::fill(row, row + kRows, simd::broadcast(0.0));
  const auto add = [&](const auto& loaded) {
    simd::Lanes right[kRows];
    for (std::size_t b = 0; b < kRows; ++b) right[b] = loaded(s[b]);
    for (std::size_t a = 0; a < kRows; ++a) {
      const simd::Lanes left = loaded(x[a]);
      for (std::size_t b = 0; b < kRows; ++b) sums[a][b] = simd::multiply_add(left, right[b], sums[a][b]);
    }
  };
  std::size_t j = 0;
  for (; j + simd::kLanes <= size; j += simd::kLanes) add([&](const T* row) { return simd::load(row + j); });
  if (j < size) add([&](const T* row) { return simd::load_first(row + j, size - j); });
  for (std::size_t a = 0; a < kRows; ++a)
    for (std::size_t b = 0; b < kRows; ++b) out[a][b] = simd::sum(sums[a][b]);
}

template <class T>
std::vector<double> norms_of_long_rows(const DenseDesign<T>& X, const Execution& run) {
  std::vector<double> norms(X.n_rows());
  parallel_for(
      norms.size(), run.n_threads,
      [&](std::size_t i) {
        const T* row = X.row(i);
        double norm[1][1];
        products<1>(&row, &row, X.n_features(), norm);
        norms[i] = norm[0][0];
      },
      run.interrupt);
  return norms;
}

// out[i * m + j] = K(x_i, s_j), of one set of rows by half.
template <class T>
void matrix_of_long_rows(const DenseDesign<T>& X, const DenseDesign<T>& S, const Function& f, double* out,
                         const Execution& run) {
  const std::size_t n = X.n_rows(), m = S.n_rows();
  const bool same = &X == &S;
  const std::vector<double> right = norms_of_long_rows(S, run);
  const std::vector<double> left = same ? right : norms_of_long_rows(X, run);
  parallel_for((n + kRowsAtOnce - 1) / kRowsAtOnce, run.n_threads,
               [&](std::size_t c) {
                 const std::size_t first = c * kRowsAtOnce, rows = std::min(kRowsAtOnce, n - first),
                                   begin = same ? first : 0;
                 const T *x[kRowsAtOnce], *s[kRowsAtOnce];
                 double tile[kRowsAtOnce][kRowsAtOnce];
                 for (std::size_t a = 0; a < kRowsAtOnce; ++a) x[a] = X.row(std::min(first + a, n - 1));
                 for (std::size_t j = begin; j < m; j += kRowsAtOnce) {
                   const std::size_t columns = std::min(kRowsAtOnce, m - j);
                   for (std::size_t b = 0; b < kRowsAtOnce; ++b) s[b] = S.row(std::min(j + b, m - 1));
                   products<kRowsAtOnce>(x, s, X.n_features(), tile);
                   for (std::size_t a = 0; a < rows; ++a) std::copy_n(tile[a], columns, out + (first + a) * m + j);
                 }
                 for (std::size_t a = 0; a < rows; ++a)
                   values_of_products(f, left[first + a], right.data(), {begin, m}, out + (first + a) * m);
               },
               run.interrupt);
  if (same) mirror(out, n, m, run);
}

}  // namespace maxmargin::kernels
