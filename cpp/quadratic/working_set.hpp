// Which variables to optimise next: those that violate the optimality conditions most.
#pragma once

#include <cstddef>
#include <vector>

#include "quadratic/programme.hpp"

namespace maxmargin::quadratic {

struct WorkingSet {
  std::vector<std::size_t> variables;    // group by group, ascending in each
  std::vector<std::size_t> group_start;  // where each group begins, and where the last one ends
  // How far the conditions are from holding: over the groups, the largest of max G (may fall) - min G (may rise).
  double violation = 0.0;
};

// At most `most` variables: first those strictly inside their bounds, whose coupling makes small blocks slow (at most
// `most_free`, where others want to leave a bound), then those that violate most. Each group gets places for as many as
// it has, and where they are too few, for its share of them.
WorkingSet working_set(const Programme& problem, const std::vector<double>& a, const std::vector<double>& gradient,
                       std::size_t most, std::size_t most_free);

}  // namespace maxmargin::quadratic
