// A feasible point of a programme near any other.
#pragma once

#include <vector>

#include "quadratic/programme.hpp"

namespace maxmargin::quadratic {

// Clips `wanted` to the bounds (null: all zeros; what is no number counts as 0), then gives each group its sum of
// `sums`: multipliers of the side that is too heavy shrink, or others are filled in order, those first that are not
// zero, so that few rows get one.
std::vector<double> feasible_point(const Variables& problem, const double* sums, const double* wanted);

}  // namespace maxmargin::quadratic
