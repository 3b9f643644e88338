// The one dense micro-kernel: C += A B^T on packed panels, C a tile of kWidth x kWidth doubles.
//
// A panel holds `depth` slices of kWidth consecutive entries: panel[k * kWidth + i]. Both the Gram
// accumulation X^T D X and the trailing update of the Cholesky factorisation are made of it.
#pragma once

#include <cstddef>

#include "simd/vector.hpp"

namespace maxmargin::linalg {

// Registers: kBroadcast x kVectors accumulators, chosen to fill the register file of each instruction set.
inline constexpr int kVectors = simd::kLanes == 2 ? 2 : 3;
inline constexpr int kBroadcast = simd::kLanes == 8 ? 8 : (simd::kLanes == 4 ? 4 : 4);
inline constexpr std::size_t kWidth = static_cast<std::size_t>(kVectors) * simd::kLanes;
static_assert(kWidth % kBroadcast == 0);

inline std::size_t padded(std::size_t order) { return (order + kWidth - 1) / kWidth * kWidth; }

inline void add_tile(const double* a, const double* b, std::size_t depth, double* C, std::size_t ld) {
  for (std::size_t first = 0; first < kWidth; first += kBroadcast) {
    simd::Lanes sums[kBroadcast][kVectors];
    for (auto& row : sums)
      for (auto& s : row) s = simd::broadcast(0);
    for (std::size_t k = 0; k < depth; ++k) {
      const double* ak = a + k * kWidth + first;
      const double* bk = b + k * kWidth;
      simd::Lanes bv[kVectors];
      for (int v = 0; v < kVectors; ++v) bv[v] = simd::load(bk + v * simd::kLanes);
#pragma GCC unroll 8
      for (int i = 0; i < kBroadcast; ++i) {
        const simd::Lanes ai = simd::broadcast(ak[i]);
#pragma GCC unroll 4
        for (int v = 0; v < kVectors; ++v) sums[i][v] = simd::multiply_add(ai, bv[v], sums[i][v]);
      }
    }
    for (int i = 0; i < kBroadcast; ++i)
      for (int v = 0; v < kVectors; ++v) {
        double* c = C + (first + static_cast<std::size_t>(i)) * ld + static_cast<std::size_t>(v) * simd::kLanes;
        simd::store(c, simd::load(c) + sums[i][v]);
      }
  }
}

}  // namespace maxmargin::linalg
