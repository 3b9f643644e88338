// Exact line search on the piecewise quadratic inner problem of the Newton solver.
#pragma once

#include <cmath>
#include <limits>

namespace maxmargin {

struct Slope {
  double first, second;  // derivatives of the objective along the step
};

// Root of an increasing piecewise linear function: `slope(s)` gives it and its derivative. Newton steps, kept
// inside the bracket known so far; stops once the slope fell to `accept` times the one at 0.
template <class F>
double search_line(double slope_at_zero, double largest, double accept, const F& slope) {
  double low = 0.0, high = std::numeric_limits<double>::infinity();
  double s = std::fmin(1.0, largest);
  for (int trial = 0; trial < 60; ++trial) {
    const Slope at = slope(s);
    if (std::abs(at.first) <= accept * std::abs(slope_at_zero)) return s;
    (at.first > 0.0 ? high : low) = s;
    if (low >= largest) return largest;
    double next = s - at.first / at.second;
    if (!(next > low && next < high)) next = std::isfinite(high) ? 0.5 * (low + high) : 4.0 * s;
    s = std::fmin(next, largest);
    if (high - low <= 1e-14 * high) break;
  }
  return low > 0.0 ? low : s;
}

}  // namespace maxmargin
