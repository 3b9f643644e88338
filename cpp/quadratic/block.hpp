// The programme restricted to a block of variables, solved by sequential minimal optimisation.
//
// Platt: Sequential minimal optimization, 1998; the second variable by second-order information as in Fan, Chen, Lin:
// Working set selection using second order information for training SVM, JMLR 6 (2005). The update of the gradient and
// the choice of the next first variable are one pass.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "memory/large_vector.hpp"
#include "parallel/interrupt.hpp"

namespace maxmargin::quadratic {

// Variables of one group are neighbours: group g has [group_start[g], group_start[g + 1]).
struct Block {
  std::size_t size = 0, ld = 0;
  LargeVector<float> K;  // ld >= size, padded with zeros
  LargeVector<double> gradient, a, lower, upper;
  std::vector<std::size_t> group_start;
  bool keep_sums = true;

  void resize(std::size_t variables);
};

struct BlockResult {
  std::int64_t steps = 0;
  double violation = 0.0;  // what is left within the block
};

// Ends once the violation within the block is at most `aim`, or after `most_steps`.
BlockResult solve_block(Block& block, double aim, std::int64_t most_steps, Interrupt& interrupt);

}  // namespace maxmargin::quadratic
