#include "linalg/cholesky.hpp"

#include <algorithm>
#include <cmath>

#include "linalg/tile.hpp"

namespace maxmargin::linalg {
namespace {

// Columns factored at a time: a multiple of every tile width, small enough for the panel to stay in L2.
constexpr std::size_t kBlock = 48;

// Unblocked factorisation of the diagonal block, its columns in one piece so that they are subtracted whole; returns
// the first bad pivot or `size`.
template <class T>
std::size_t factor_diagonal(T* A, std::size_t ld, std::size_t size) {
  constexpr std::size_t kPack = simd::kPackSize<T>;
  static_assert(kBlock % kPack == 0);
  alignas(64) T columns[kBlock * kBlock] = {};
  for (std::size_t i = 0; i < size; ++i)
    for (std::size_t j = 0; j <= i; ++j) columns[j * kBlock + i] = A[i * ld + j];
  std::size_t good = 0;
  for (; good < size; ++good) {
    T* column = columns + good * kBlock;
    const T pivot = column[good];
    if (!(pivot > T(0)) || !std::isfinite(pivot)) break;
    const T root = std::sqrt(pivot);
    column[good] = root;
    for (std::size_t i = good + 1; i < size; ++i) column[i] /= root;
    for (std::size_t j = good + 1; j < size; ++j) {
      const simd::Pack<T> minus = simd::all(-column[j]);
      for (std::size_t i = j / kPack * kPack; i < size; i += kPack) {
        T* next = columns + j * kBlock + i;
        simd::store_pack(next, simd::fma(minus, simd::load_pack(column + i), simd::load_pack(next)));
      }
    }
  }
  for (std::size_t i = 0; i < size; ++i)
    for (std::size_t j = 0; j <= i; ++j) A[i * ld + j] = columns[j * kBlock + i];
  return good;
}

// Solves X L11^T = A21 for one group of rows as wide as a tile, leaving X in A and, packed, in `panel`.
template <class T>
void solve_group(const T* L, T* A, std::size_t ld, std::size_t size, T* panel) {
  constexpr std::size_t kPack = simd::kPackSize<T>, kSide = kTileWidth<T>;
  for (std::size_t k = 0; k < size; ++k)
    for (std::size_t i = 0; i < kSide; ++i) panel[k * kSide + i] = A[i * ld + k];
  for (std::size_t k = 0; k < size; ++k) {
    simd::Pack<T> x[kVectors];
    for (std::size_t v = 0; v < kVectors; ++v) x[v] = simd::load_pack(panel + k * kSide + v * kPack);
    for (std::size_t t = 0; t < k; ++t) {
      const simd::Pack<T> minus = simd::all(-L[k * ld + t]);
      for (std::size_t v = 0; v < kVectors; ++v)
        x[v] = simd::fma(minus, simd::load_pack(panel + t * kSide + v * kPack), x[v]);
    }
    const simd::Pack<T> inverse = simd::all(T(1) / L[k * ld + k]);
    for (std::size_t v = 0; v < kVectors; ++v) simd::store_pack(panel + k * kSide + v * kPack, x[v] * inverse);
  }
  for (std::size_t k = 0; k < size; ++k)
    for (std::size_t i = 0; i < kSide; ++i) A[i * ld + k] = panel[k * kSide + i];
}

}  // namespace

template <class T>
std::size_t factor_cholesky(T* A, std::size_t order, std::vector<T>& scratch, const Execution& run) {
  constexpr std::size_t kSide = kTileWidth<T>;
  static_assert(kBlock % kSide == 0);
  const std::size_t ld = padded<T>(order);
  // The padding is made an identity, so that whole tiles can be used to the edge.
  for (std::size_t i = order; i < ld; ++i) {
    std::fill(A + i * ld, A + i * ld + ld, T(0));
    A[i * ld + i] = T(1);
  }
  scratch.resize(2 * ld * kBlock);
  T* panel = scratch.data();
  T* minus = scratch.data() + ld * kBlock;
  for (std::size_t begin = 0; begin < ld; begin += kBlock) {
    const std::size_t size = std::min(kBlock, ld - begin);
    T* corner = A + begin * ld + begin;
    const std::size_t own = std::min(size, order - begin);  // the padding is its own factor
    const std::size_t bad = factor_diagonal(corner, ld, own);
    if (bad < own) return begin + bad;
    const std::size_t end = begin + size;
    const std::size_t groups = (ld - end) / kSide;
    if (groups == 0) continue;
    const double flops = static_cast<double>(groups * groups) * kSide * kSide * static_cast<double>(size);
    const Execution here{flops > 2e6 ? run.n_threads : 1, run.interrupt};
    parallel_for(groups, here.n_threads, [&](std::size_t g) {
      T* p = panel + g * kSide * size;
      solve_group(corner, A + (end + g * kSide) * ld + begin, ld, size, p);
      for (std::size_t e = 0; e < kSide * size; ++e) minus[g * kSide * size + e] = -p[e];
    });
    parallel_for(
        groups, here.n_threads,
        [&](std::size_t reversed) {
          const std::size_t g = groups - 1 - reversed;  // longest rows first
          for (std::size_t h = 0; h <= g; ++h)
            add_tile(panel + g * kSide * size, minus + h * kSide * size, size,
                     A + (end + g * kSide) * ld + end + h * kSide, ld);
        },
        here.interrupt);
  }
  return order;
}

template std::size_t factor_cholesky(float*, std::size_t, std::vector<float>&, const Execution&);
template std::size_t factor_cholesky(double*, std::size_t, std::vector<double>&, const Execution&);

void solve_lower(const double* L, std::size_t ld, std::size_t order, double* x) {
  for (std::size_t i = 0; i < order; ++i) x[i] = (x[i] - simd::dot(L + i * ld, x, i)) / L[i * ld + i];
}

void solve_lower_transposed(const double* L, std::size_t ld, std::size_t order, double* x) {
  for (std::size_t i = order; i-- > 0;) {
    x[i] /= L[i * ld + i];
    simd::axpy(-x[i], L + i * ld, x, i);
  }
}

void solve_cholesky(const double* L, std::size_t order, double* x) {
  solve_lower(L, padded(order), order, x);
  solve_lower_transposed(L, padded(order), order, x);
}

}  // namespace maxmargin::linalg
