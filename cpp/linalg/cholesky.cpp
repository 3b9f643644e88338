#include "linalg/cholesky.hpp"

#include <algorithm>
#include <cmath>

#include "linalg/tile.hpp"

namespace maxmargin::linalg {
namespace {

// Columns factored at a time: a multiple of every tile width, small enough for the panel to stay in L2.
constexpr std::size_t kBlock = 48;
static_assert(kBlock % kWidth == 0);

// Unblocked factorisation of the diagonal block; returns the first bad pivot or `size`.
std::size_t factor_diagonal(double* A, std::size_t ld, std::size_t size) {
  for (std::size_t j = 0; j < size; ++j) {
    double* row = A + j * ld;
    double pivot = row[j];
    for (std::size_t k = 0; k < j; ++k) pivot -= row[k] * row[k];
    if (!(pivot > 0.0) || !std::isfinite(pivot)) return j;
    row[j] = std::sqrt(pivot);
    for (std::size_t i = j + 1; i < size; ++i) {
      double* below = A + i * ld;
      double s = below[j];
      for (std::size_t k = 0; k < j; ++k) s -= below[k] * row[k];
      below[j] = s / row[j];
    }
  }
  return size;
}

// Solves X L11^T = A21 for one group of kWidth rows, leaving X in A and, packed, in `panel`.
void solve_group(const double* L, double* A, std::size_t ld, std::size_t size, double* panel) {
  for (std::size_t k = 0; k < size; ++k)
    for (std::size_t i = 0; i < kWidth; ++i) panel[k * kWidth + i] = A[i * ld + k];
  for (std::size_t k = 0; k < size; ++k) {
    double* x = panel + k * kWidth;
    for (std::size_t t = 0; t < k; ++t) simd::axpy(-L[k * ld + t], panel + t * kWidth, x, kWidth);
    const double inverse = 1.0 / L[k * ld + k];
    for (std::size_t i = 0; i < kWidth; ++i) x[i] *= inverse;
  }
  for (std::size_t k = 0; k < size; ++k)
    for (std::size_t i = 0; i < kWidth; ++i) A[i * ld + k] = panel[k * kWidth + i];
}

}  // namespace

std::size_t factor_cholesky(double* A, std::size_t order, std::vector<double>& scratch, const Execution& run) {
  const std::size_t ld = padded(order);
  // The padding is made an identity, so that whole tiles can be used to the edge.
  for (std::size_t i = order; i < ld; ++i) {
    std::fill(A + i * ld, A + i * ld + ld, 0.0);
    A[i * ld + i] = 1.0;
  }
  scratch.resize(2 * ld * kBlock);
  double* panel = scratch.data();
  double* minus = scratch.data() + ld * kBlock;
  for (std::size_t begin = 0; begin < ld; begin += kBlock) {
    const std::size_t size = std::min(kBlock, ld - begin);
    double* corner = A + begin * ld + begin;
    const std::size_t bad = factor_diagonal(corner, ld, size);
    if (bad < size) return std::min(begin + bad, order);
    const std::size_t end = begin + size;
    const std::size_t groups = (ld - end) / kWidth;
    if (groups == 0) continue;
    const double flops = static_cast<double>(groups * groups) * kWidth * kWidth * static_cast<double>(size);
    const Execution here{flops > 2e6 ? run.n_threads : 1, run.interrupt};
    parallel_for(groups, here.n_threads, [&](std::size_t g) {
      double* p = panel + g * kWidth * size;
      solve_group(corner, A + (end + g * kWidth) * ld + begin, ld, size, p);
      for (std::size_t e = 0; e < kWidth * size; ++e) minus[g * kWidth * size + e] = -p[e];
    });
    parallel_for(
        groups, here.n_threads,
        [&](std::size_t reversed) {
          const std::size_t g = groups - 1 - reversed;  // longest rows first
          for (std::size_t h = 0; h <= g; ++h)
            add_tile(panel + g * kWidth * size, minus + h * kWidth * size, size,
                     A + (end + g * kWidth) * ld + end + h * kWidth, ld);
        },
        here.interrupt);
  }
  return order;
}

void solve_cholesky(const double* L, std::size_t order, double* x) {
  const std::size_t ld = padded(order);
  for (std::size_t i = 0; i < order; ++i) x[i] = (x[i] - simd::dot(L + i * ld, x, i)) / L[i * ld + i];
  for (std::size_t i = order; i-- > 0;) {
    x[i] /= L[i * ld + i];
    simd::axpy(-x[i], L + i * ld, x, i);
  }
}

}  // namespace maxmargin::linalg
