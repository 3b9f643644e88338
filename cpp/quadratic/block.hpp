// The programme restricted to a block of variables, solved by sequential minimal optimisation.
//
// Platt: Sequential minimal optimization, 1998; the second variable by second-order information as in Fan, Chen, Lin:
// Working set selection using second order information for training SVM, JMLR 6 (2005). The update of the gradient and
// the choice of the next first variable are one pass.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "memory/large_vector.hpp"
#include "parallel/interrupt.hpp"
#include "simd/pack.hpp"

namespace maxmargin::quadratic {

// Variables of one group are neighbours: group g has [group_start[g], group_start[g + 1]). T is the type of K.
template <class T>
struct Block {
  std::size_t size = 0, ld = 0;
  ScratchVector<T> K;  // ld >= size, padded with zeros; nothing else is set to anything
  LargeVector<double> gradient, a, lower, upper;
  std::vector<std::size_t> group_start;
  bool keep_sums = true;

  void resize(std::size_t variables) {
    constexpr std::size_t kStep = simd::kPackSize<T>, kPage = 1024;  // variables are padded to whole packs
    size = variables;
    ld = (variables + kStep - 1) / kStep * kStep;
    if (ld * sizeof(T) % kPage == 0) ld += kStep;  // else a column of K would fall into a few sets of the cache
    if (size * ld > K.capacity()) {
      const bool first = K.capacity() == 0;
      ScratchVector<T>().swap(K);  // not beside what it replaces
      // After the first one blocks may yet be a little larger; what is not touched takes no memory.
      K.reserve(first ? size * ld : size * ld * 3 / 2);
    }
    K.resize(size * ld);  // to be written, but for the padding
    for (std::size_t i = 0; i < size; ++i) std::fill(K.data() + i * ld + size, K.data() + (i + 1) * ld, T(0));
    for (auto* v : {&gradient, &a, &lower, &upper}) v->assign(ld, 0.0);
  }

  bool inside(std::size_t k) const { return a[k] > lower[k] && a[k] < upper[k]; }
  std::size_t n_inside() const {
    std::size_t count = 0;
    for (std::size_t k = 0; k < size; ++k) count += inside(k);
    return count;
  }
  // The nearest value within the bounds.
  double within(std::size_t k, double value) const { return settled(k, std::clamp(value, lower[k], upper[k])); }
  // a, or the bound that it is a hair away from: rounding must not keep a variable inside.
  double settled(std::size_t k, double value) const {
    const double room = 1e-14 * (upper[k] - lower[k]);
    return value >= upper[k] - room ? upper[k] : (value <= lower[k] + room ? lower[k] : value);
  }
};

struct BlockResult {
  std::int64_t steps = 0;
  double violation = 0.0;  // what is left within the block
};

// Ends once the violation within the block is at most `aim`, or after `most_steps`.
BlockResult solve_block(Block<float>& block, double aim, std::int64_t most_steps, Interrupt& interrupt);

}  // namespace maxmargin::quadratic
