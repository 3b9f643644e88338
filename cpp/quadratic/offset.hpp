// The gap and the dual's value at a point, and the offset b of each group that makes the gap least.
#pragma once

#include <cstddef>
#include <vector>

#include "quadratic/programme.hpp"

namespace maxmargin::quadratic {

// Sum over a group of (u - a) max(0, -(G + b)) + (a - l) max(0, G + b): every term >= 0, whatever b.
double gap_of(const Variables& problem, const std::vector<double>& a, const std::vector<double>& gradient,
              const std::vector<double>& offsets);

// The dual's value: -(1/2 <a, f> + <p, a>), with f = gradient - p.
double dual_of(const Variables& problem, const std::vector<double>& a, const std::vector<double>& gradient);

// One b for each group (one zero without groups): weighted medians, found by halving.
std::vector<double> best_offsets(const Variables& problem, const std::vector<double>& a,
                                 const std::vector<double>& gradient);

// The same; where an interval makes the gap least, its middle.
std::vector<double> steadiest_offsets(const Variables& problem, const std::vector<double>& a,
                                      const std::vector<double>& gradient);

}  // namespace maxmargin::quadratic
