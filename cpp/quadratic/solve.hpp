// Block decomposition for the dual of kernel machines.
#pragma once

#include <cstddef>
#include <vector>

#include "quadratic/kept_rows.hpp"
#include "quadratic/programme.hpp"

namespace maxmargin::quadratic {

// `start` must be feasible. Status, multipliers and a gap in float64, whatever happens. Where `kept` is in use, it has
// the rows of this problem and others, its memory is counted elsewhere, and the answer has the same bits as without it.
KernelSolution solve_kernel(const Programme& problem, const std::vector<double>& start, const Settings& settings,
                            std::size_t memory_limit, Monitor& monitor, KeptRows* kept = nullptr);

}  // namespace maxmargin::quadratic
