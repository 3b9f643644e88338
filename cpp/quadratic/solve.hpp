// Block decomposition for the dual of kernel machines.
#pragma once

#include <cstddef>
#include <vector>

#include "quadratic/programme.hpp"

namespace maxmargin::quadratic {

// `start` must be feasible. Status, multipliers and a gap in float64, whatever happens.
KernelSolution solve_kernel(const Programme& problem, const std::vector<double>& start, const Settings& settings,
                            std::size_t memory_limit, Monitor& monitor);

}  // namespace maxmargin::quadratic
