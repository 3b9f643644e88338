// The elementary step of dense kernels: a tile of left x right rows in registers - sums over the features, kernel
// function - handed to a sink that uses or stores it once.
#pragma once

#include <algorithm>
#include <type_traits>
#include <vector>

#include "kernels/composed.hpp"
#include "kernels/function.hpp"
#include "kernels/packed_rows.hpp"

namespace maxmargin::kernels {

inline constexpr std::size_t kLeft = simd::kLanes == 8 ? 12 : 6;  // left rows of a tile: fills the register file
template <class T>
inline constexpr std::size_t kRight = 2 * simd::kPackSize<T>;

template <class T>
struct Tile {
  static constexpr std::size_t kSize = 2 * kLeft;
  simd::Pack<T> v[kLeft][2];
  simd::Pack<T>& at(std::size_t k) { return v[k / 2][k % 2]; }
};

// Sums over the features of left row i and the right rows of pack 0 and 1. A function of its own: inlined, its
// sums would share registers with the kernel function and spend their time on the stack.
template <class Op, class T>
[[gnu::noinline]] void sums_of(const T* left, const T* right, std::size_t depth, Tile<T>& tile) {
  simd::Pack<T> sums[kLeft][2];
#pragma GCC unroll 12
  for (std::size_t i = 0; i < kLeft; ++i) sums[i][0] = sums[i][1] = simd::all(T(0));
  for (std::size_t k = 0; k < depth; ++k) {
    const simd::Pack<T> r0 = simd::load_pack(right + k * kRight<T>);
    const simd::Pack<T> r1 = simd::load_pack(right + k * kRight<T> + simd::kPackSize<T>);
#pragma GCC unroll 12
    for (std::size_t i = 0; i < kLeft; ++i) {
      const simd::Pack<T> l = simd::all(left[k * kLeft + i]);
      sums[i][0] = Op::template add<T>(sums[i][0], l, r0);
      sums[i][1] = Op::template add<T>(sums[i][1], l, r1);
    }
  }
#pragma GCC unroll 12
  for (std::size_t i = 0; i < kLeft; ++i) {
    tile.v[i][0] = sums[i][0];
    tile.v[i][1] = sums[i][1];
  }
}

// The values of a simple function from its sums, in whose place they may be.
template <Kind kKind, class T>
inline void to_values(const Function& f, const Tile<T>& sums, const T* left_norms, const T* right_norms,
                      Tile<T>& values) {
  const simd::Pack<T> n0 = simd::load_pack(right_norms), n1 = simd::load_pack(right_norms + simd::kPackSize<T>);
#pragma GCC unroll 1
  for (std::size_t i = 0; i < kLeft; ++i) {
    const simd::Pack<T> norm = simd::all(left_norms[i]);
    values.v[i][0] = value<kKind, T>(f, sums.v[i][0], norm, n0);
    values.v[i][1] = value<kKind, T>(f, sums.v[i][1], norm, n1);
  }
}

template <class T>
Tile<T> composed_tile(const Function& f, const PackedRows<T>& left, std::size_t g, const PackedRows<T>& right,
                      std::size_t p) {
  Tile<T> sums[3], values;
  const auto of = [&sums](Terms terms) -> Tile<T>& { return sums[static_cast<std::size_t>(terms)]; };
  const T *l = left.panel(g), *r = right.panel(p);
  if (f.sums(Terms::kProducts)) sums_of<Product, T>(l, r, left.depth(), of(Terms::kProducts));
  if (f.sums(Terms::kAbsoluteDifferences))
    sums_of<AbsoluteDifference, T>(l, r, left.depth(), of(Terms::kAbsoluteDifferences));
  if (f.sums(Terms::kChiSquares)) sums_of<ChiSquare, T>(l, r, left.depth(), of(Terms::kChiSquares));
  const auto simple = [&](const Function& part, Tile<T>& out) {
    with_simple_kind(part, [&]<Kind kKind>() {
      to_values<kKind, T>(part, of(terms_of(kKind)), left.norms(g), right.norms(p), out);
    });
  };
  compose<T>(f, simple, values);
  return values;
}

// The kernel values of left panel g and right panel p.
template <Kind kKind, class T>
inline Tile<T> tile_of(const Function& f, const PackedRows<T>& left, std::size_t g, const PackedRows<T>& right,
                       std::size_t p) {
  if constexpr (kKind == kComposed) {
    return composed_tile(f, left, g, right, p);
  } else {
    using Op = std::conditional_t<kKind == Kind::kLaplacian, AbsoluteDifference,
                                  std::conditional_t<kKind == Kind::kChi2, ChiSquare, Product>>;
    Tile<T> tile;
    sums_of<Op, T>(left.panel(g), right.panel(p), left.depth(), tile);
    to_values<kKind, T>(f, tile, left.norms(g), right.norms(p), tile);
    return tile;
  }
}

// For every right panel of `panels`, in order: sink.open(p), sink.take(first left row, how many, their values) for
// every left panel of `groups`, sink.close(p).
template <class T, class Sink>
void sweep(const Function& f, const PackedRows<T>& left, Range groups, const PackedRows<T>& right, Range panels,
           Sink& sink) {
  with_kind(f, [&]<Kind kKind>() {
    for (std::size_t p = panels.begin; p < panels.end; ++p) {
      sink.open(p);
      for (std::size_t g = groups.begin; g < groups.end; ++g)
        sink.take(g * kLeft, std::min(kLeft, left.n_rows() - g * kLeft), tile_of<kKind>(f, left, g, right, p));
      sink.close(p);
    }
  });
}

template <class T, class Sink>
void sweep(const Function& f, const PackedRows<T>& left, const PackedRows<T>& right, Range panels, Sink& sink) {
  sweep(f, left, {0, left.panels()}, right, panels, sink);
}

// out(left row)[right row] = the kernel value, for the left panels `groups` and the right panels from first(group) on.
// Rows are written from left to right: by columns each row would be a page of its own.
template <class T, class First, class Out>
void store_tiles(const Function& f, const PackedRows<T>& left, Range groups, const PackedRows<T>& right,
                 std::size_t end, const First& first, const Out& out) {
  with_kind(f, [&]<Kind kKind>() {
    for (std::size_t g = groups.begin; g < groups.end; ++g)
      for (std::size_t p = first(g); p < end; ++p) {
        const Tile<T> tile = tile_of<kKind>(f, left, g, right, p);
        const std::size_t column = p * kRight<T>, width = std::min(kRight<T>, right.n_rows() - column);
        for (std::size_t i = 0; i < std::min(kLeft, left.n_rows() - g * kLeft); ++i) {
          T values[kRight<T>];
          T* const at = width == kRight<T> ? out(g * kLeft + i) + column : values;
          simd::store_pack(at, tile.v[i][0]);
          simd::store_pack(at + simd::kPackSize<T>, tile.v[i][1]);
          if (at == values) std::copy(values, values + width, out(g * kLeft + i) + column);
        }
      }
  });
}

// out[left row * ld + right row], for the left panels of the range; of a symmetric matrix only what is right of the
// diagonal.
template <class T>
void store(const Function& f, const PackedRows<T>& left, const PackedRows<T>& right, Range panels, T* out,
           std::size_t ld, bool symmetric = false) {
  store_tiles(
      f, left, panels, right, right.panels(),
      [symmetric](std::size_t g) { return symmetric ? g * kLeft / kRight<T> : 0; },
      [out, ld](std::size_t i) { return out + i * ld; });
}

// out[left row][right row], for the right panels of the range.
template <class T>
void store_rows(const Function& f, const PackedRows<T>& left, const PackedRows<T>& right, Range panels, T* const* out) {
  store_tiles(
      f, left, {0, left.panels()}, right, panels.end, [panels](std::size_t) { return panels.begin; },
      [out](std::size_t i) { return out[i]; });
}

// Sums over the left rows, weighted by a coefficient for each output c (coef[c * n_left + row]), added to
// f[c][right row] in float64. The rows of one tile are summed in T before they are widened.
template <class T>
class Accumulate {
 public:
  Accumulate(const T* coef, std::size_t n_left, const std::vector<double*>& f, std::size_t n_right)
      : coef_(coef), n_left_(n_left), f_(f), n_right_(n_right), sums_(f.size() * kRight<T>) {}

  void open(std::size_t) { std::fill(sums_.begin(), sums_.end(), 0.0); }
  void take(std::size_t first, std::size_t count, const Tile<T>& tile) {
    for (std::size_t c = 0; c < f_.size(); ++c) {
      const T* coef = coef_ + c * n_left_ + first;
      simd::Pack<T> s0 = simd::all(T(0)), s1 = s0;
      for (std::size_t i = 0; i < count; ++i) {
        const simd::Pack<T> a = simd::all(coef[i]);
        s0 = simd::fma(a, tile.v[i][0], s0);
        s1 = simd::fma(a, tile.v[i][1], s1);
      }
      T narrow[kRight<T>];
      simd::store_pack(narrow, s0);
      simd::store_pack(narrow + simd::kPackSize<T>, s1);
      double* wide = sums_.data() + c * kRight<T>;
      for (std::size_t k = 0; k < kRight<T>; ++k) wide[k] += static_cast<double>(narrow[k]);
    }
  }
  void close(std::size_t p) {
    const std::size_t first = p * kRight<T>, count = std::min(kRight<T>, n_right_ - first);
    for (std::size_t c = 0; c < f_.size(); ++c)
      for (std::size_t k = 0; k < count; ++k) f_[c][first + k] += sums_[c * kRight<T> + k];
  }

 private:
  const T* coef_;
  std::size_t n_left_;
  const std::vector<double*>& f_;
  std::size_t n_right_;
  std::vector<double> sums_;
};

}  // namespace maxmargin::kernels
