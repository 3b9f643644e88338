// The offset b that makes the gap of a group least, and that gap.
#pragma once

#include <cstddef>
#include <vector>

#include "quadratic/programme.hpp"

namespace maxmargin::quadratic {

// Sum over a group of (u - a) max(0, -(G + b)) + (a - l) max(0, G + b): every term >= 0, whatever b.
double gap_of(const Programme& problem, const std::vector<double>& a, const std::vector<double>& gradient,
              const std::vector<double>& offsets);

// One b for each group (one zero without groups): weighted medians, found by selection.
std::vector<double> best_offsets(const Programme& problem, const std::vector<double>& a,
                                 const std::vector<double>& gradient);

}  // namespace maxmargin::quadratic
