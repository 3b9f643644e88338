// What a point of a programme is worth, and the sums that tell what rounding may have to do with it.
#pragma once

#include <vector>

#include "quadratic/programme.hpp"

namespace maxmargin::quadratic {

struct Worth {
  std::vector<double> offsets;  // the steadiest ones
  double dual = 0.0, gap = 0.0;
  double mass = 0.0;      // the sum of |a|
  double drift = 0.0;     // the most that the sum of a group is off by, of its |a|
  double steepest = 0.0;  // the largest |p|
  double width = 0.0;     // the sum of u - l
};

// `gradient` is f + p.
Worth worth_of(const Variables& problem, const double* sums, const std::vector<double>& a,
               const std::vector<double>& gradient);

}  // namespace maxmargin::quadratic
