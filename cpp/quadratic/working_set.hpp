// Which variables to optimise next: those that violate the optimality conditions most.
#pragma once

#include <cstddef>
#include <vector>

#include "quadratic/programme.hpp"

namespace maxmargin::quadratic {

// How far the conditions are from holding: over the groups, the largest of max G (may fall) - min G (may rise).
double violation(const Programme& problem, const std::vector<double>& a, const std::vector<double>& gradient);

// At most `most` variables, group by group, ascending in each: first those strictly inside their bounds (at most
// `most_free`), whose coupling makes small blocks slow, then those that violate most. `group_start` gets where each
// group begins and ends.
std::vector<std::size_t> working_set(const Programme& problem, const std::vector<double>& a,
                                     const std::vector<double>& gradient, std::size_t most, std::size_t most_free,
                                     std::vector<std::size_t>& group_start);

}  // namespace maxmargin::quadratic
