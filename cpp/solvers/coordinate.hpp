// Dual coordinate descent with shrinking (Hsieh et al., ICML 2008), for sparse designs with many features,
// handing over to the Newton solver when its linear rate would need too many more epochs.
//
// The unpenalised intercept is the multiplier of sum_i alpha_i y_i = 0: the dual is augmented with
// (rho / 2) (sum alpha y)^2 and b follows as b <- b + rho sum alpha y after every epoch (method of multipliers).
#pragma once

#include "solvers/problem.hpp"

namespace maxmargin {

template <class Loss>
Solution solve_coordinate(const Problem& problem, const Settings& settings, const Start& start, Monitor& monitor);

}  // namespace maxmargin
