// How many variables the next block has.
#pragma once

#include <algorithm>
#include <cstddef>

namespace maxmargin::quadratic {

// A block is worth its square where many of its variables move. The first are chosen before anything is known, and
// where violations are those of neighbours, a few moves settle all of them.
class BlockSize {
 public:
  // Room for all free variables: left out, they undo each other's steps from block to block.
  std::size_t of(std::size_t n_free, std::size_t most) const {
    const auto wanted = static_cast<std::size_t>(static_cast<double>(n_free) / kMostFree);
    return std::min(most, std::max(size_, wanted));
  }
  static std::size_t most_free(std::size_t variables) {
    return static_cast<std::size_t>(kMostFree * static_cast<double>(variables));
  }

  // After a block of which so many have moved.
  void adapt(double share_moved) {
    if (share_moved > kManyMoved)
      size_ = std::min(2 * size_, kFewVariables);
    else if (share_moved < kFewMoved)
      size_ = std::max(size_ / 2, kFirstVariables);
  }

 private:
  static constexpr std::size_t kFewVariables = 2048;   // of a block that need not hold more: 16 MB of kernel values
  static constexpr std::size_t kFirstVariables = 256;  // of the first block
  static constexpr double kManyMoved = 0.33, kFewMoved = 0.12;
  static constexpr double kMostFree = 0.75;  // of the block: the rest is left for variables that enter

  std::size_t size_ = kFirstVariables;
};

}  // namespace maxmargin::quadratic
