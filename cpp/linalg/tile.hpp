// The one dense micro-kernel: C += A B^T on packed panels, C a tile of width x width numbers.
//
// A panel holds `depth` slices of `width` consecutive entries: panel[k * width + i]. Both the Gram
// accumulation X^T D X and the trailing update of the Cholesky factorisation are made of it.
#pragma once

#include <cstddef>

#include "simd/pack.hpp"

namespace maxmargin::linalg {

// Registers: kBroadcast x kVectors accumulators, chosen to fill the register file of each instruction set.
inline constexpr int kVectors = simd::kLanes == 2 ? 2 : 3;
inline constexpr int kBroadcast = simd::kLanes == 8 ? 8 : (simd::kLanes == 4 ? 4 : 4);
template <class T>
inline constexpr std::size_t kTileWidth = static_cast<std::size_t>(kVectors) * simd::kPackSize<T>;
inline constexpr std::size_t kWidth = kTileWidth<double>;
static_assert(kWidth % kBroadcast == 0);

template <class T = double>
inline std::size_t padded(std::size_t order) {
  return (order + kTileWidth<T> - 1) / kTileWidth<T> * kTileWidth<T>;
}

template <class T>
inline void add_tile(const T* a, const T* b, std::size_t depth, T* C, std::size_t ld) {
  using Pack = simd::Pack<T>;
  constexpr std::size_t kPack = simd::kPackSize<T>, kSide = kTileWidth<T>;
  for (std::size_t first = 0; first < kSide; first += kBroadcast) {
    Pack sums[kBroadcast][kVectors];
    for (auto& row : sums)
      for (auto& s : row) s = simd::all(T(0));
    for (std::size_t k = 0; k < depth; ++k) {
      const T* ak = a + k * kSide + first;
      const T* bk = b + k * kSide;
      Pack bv[kVectors];
      for (int v = 0; v < kVectors; ++v) bv[v] = simd::load_pack(bk + static_cast<std::size_t>(v) * kPack);
#pragma GCC unroll 8
      for (int i = 0; i < kBroadcast; ++i) {
        const Pack ai = simd::all(ak[i]);
#pragma GCC unroll 4
        for (int v = 0; v < kVectors; ++v) sums[i][v] = simd::fma(ai, bv[v], sums[i][v]);
      }
    }
    for (int i = 0; i < kBroadcast; ++i)
      for (int v = 0; v < kVectors; ++v) {
        T* c = C + (first + static_cast<std::size_t>(i)) * ld + static_cast<std::size_t>(v) * kPack;
        simd::store_pack(c, simd::load_pack(c) + sums[i][v]);
      }
  }
}

}  // namespace maxmargin::linalg
