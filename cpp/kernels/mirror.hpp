// Copies what is right of the diagonal to the left of it.
#pragma once

#include <algorithm>
#include <cstddef>

#include "design/products.hpp"
#include "parallel/thread_pool.hpp"

namespace maxmargin::kernels {

template <class T>
void mirror(T* A, std::size_t order, std::size_t ld, const Execution& run) {
  constexpr std::size_t kBlock = 64, kTile = 16;  // a tile is turned in the first-level cache
  parallel_for((order + kBlock - 1) / kBlock, run.n_threads, [&](std::size_t block) {
    T tile[kTile][kTile];
    const std::size_t last = std::min(order, (block + 1) * kBlock);
    for (std::size_t i = block * kBlock; i < last; i += kTile)
      for (std::size_t j = 0; j <= i; j += kTile) {
        const std::size_t rows = std::min(last - i, kTile), columns = std::min(last - j, kTile);
        for (std::size_t c = 0; c < columns; ++c)
          for (std::size_t r = 0; r < rows; ++r) tile[r][c] = A[(j + c) * ld + i + r];
        for (std::size_t r = 0; r < rows; ++r)
          std::copy(tile[r], tile[r] + (j < i ? columns : r), A + (i + r) * ld + j);
      }
  });
}

}  // namespace maxmargin::kernels
