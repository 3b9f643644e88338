// Which variables of a block are at which bound at the optimum, and where the others are: what Newton's steps from one
// feasible point to the next (free_set.hpp) are slow at, where hundreds of variables are next to a bound and each step
// ends at the first of them.
//
// 1. Guess: those at a bound whose slope holds them there stay, all others are free.
// 2. Solve for the free ones, whatever their bounds say, with the sums of the groups kept.
// 3. Put those that are beyond a bound at it, free those at a bound whose slope points inside; repeat from 2.
//
// What comes out is feasible once none was beyond a bound. Of equal rows kernel values determine the sum of multipliers
// alone, and rounding would decide the rest: a ridge keeps them near where they were, and falls from round to round.
//
// Hintermueller, Ito, Kunisch: The primal-dual active set strategy as a semismooth Newton method, SIAM J. Optim. 13
// (2002).
#pragma once

#include <cstddef>

#include "quadratic/block.hpp"
#include "solvers/problem.hpp"

namespace maxmargin::quadratic {

// Moves a and gradient, where that makes the objective less; false where it does not. Slopes up to `aim` are none.
bool find_active_sets(Block<double>& block, double aim, const Execution& run);

}  // namespace maxmargin::quadratic
