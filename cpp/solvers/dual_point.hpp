// A point of the dual, as the coordinate methods carry it along.
#pragma once

#include <vector>

namespace maxmargin {

// Multipliers with what follows from them; the intercept is b + rho * balance.
struct DualPoint {
  std::vector<double> w, alpha;   // w = sum_i y_i alpha_i x_i
  double b = 0.0, balance = 0.0;  // balance = sum_i y_i alpha_i
  double rho = 0.0;               // curvature that keeps the balance near zero
};

}  // namespace maxmargin
