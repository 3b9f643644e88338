// Second-order steps on the multipliers of a block that are free to move: what sequential minimal optimisation is slow
// at.
//
// 1. Free are the multipliers strictly inside their bounds, and those at a bound whose slope G + b points inside.
// 2. Solve for the step d and the offsets b that make the slopes of the free ones vanish:
//    (K + ridge) d + b = -G, with the sum of d over each group zero.
// 3. Take the step, clipped to the bounds and with the sums kept, where the objective falls enough; else up to the
//    first bound. Repeat from 1.
//
// Bertsekas: Projected Newton methods for optimization problems with simple constraints, SIAM J. Control Optim. 20
// (1982); Nocedal, Wright: Numerical Optimization (2006), section 16.7.
#pragma once

#include <cstddef>

#include "quadratic/block.hpp"
#include "solvers/problem.hpp"

namespace maxmargin::quadratic {

struct FreeSteps {
  std::size_t most_free = 0;  // with more free multipliers nothing is done
  int most_steps = 0;
  double aim = 0.0;    // violations up to this are none
  double ridge = 0.0;  // of the largest K(x, x): how far the values of K can be trusted
};

// As many steps, within reason, as the factors of about `free` multipliers leave time for.
FreeSteps steps_within_budget(std::size_t free, std::size_t most_free, double ridge);

// Moves a and gradient; returns the number of steps. The objective never rises.
template <class T>
int take_free_steps(Block<T>& block, const FreeSteps& settings, const Execution& run);

}  // namespace maxmargin::quadratic
