// What must hold of a block after steps on its variables.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "check.hpp"
#include "quadratic/block.hpp"

namespace maxmargin::testing {

// What is left of the conditions of optimality: the largest range of slopes within a group that should be one number.
template <class T>
double violation(const quadratic::Block<T>& b) {
  double largest = 0.0;
  for (std::size_t g = 0; g + 1 < b.group_start.size(); ++g) {
    double lowest = b.keep_sums ? 1e300 : 0.0, highest = b.keep_sums ? -1e300 : 0.0;
    for (std::size_t k = b.group_start[g]; k < b.group_start[g + 1]; ++k) {
      if (b.a[k] < b.upper[k]) lowest = std::min(lowest, b.gradient[k]);
      if (b.a[k] > b.lower[k]) highest = std::max(highest, b.gradient[k]);
    }
    largest = std::max(largest, highest - lowest);
  }
  return largest;
}

// Within the bounds, and with the sums of `before`.
template <class T>
void check_feasible(const quadratic::Block<T>& after, const quadratic::Block<T>& before) {
  for (std::size_t g = 0; g + 1 < after.group_start.size(); ++g) {
    double sum = 0.0;
    for (std::size_t k = after.group_start[g]; k < after.group_start[g + 1]; ++k) {
      CHECK(after.a[k] >= after.lower[k] && after.a[k] <= after.upper[k]);
      sum += after.a[k] - before.a[k];
    }
    CHECK(!after.keep_sums || std::abs(sum) < 1e-13);
  }
}

}  // namespace maxmargin::testing
