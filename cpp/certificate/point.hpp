// What a point (w, b, alpha) is worth, from the problem alone. No solver is asked, and none is included.
#pragma once

#include <vector>

#include "design/products.hpp"
#include "solvers/problem.hpp"

namespace maxmargin {

// Clips alpha to its bounds and, with an intercept, scales the heavier class down until sum alpha y = 0. One entry that
// is not finite makes all of them 0.
template <class Loss>
void make_feasible(const Problem& problem, std::vector<double>& alpha);

// Sums over rows, with alpha made feasible first.
struct PointSums {
  double loss = 0.0;   // sum c l(m)
  double dual = 0.0;   // sum -c l*(-alpha / c)
  double terms = 0.0;  // sum of the Fenchel-Young gaps of the rows
  double total = 0.0;  // sum alpha
};

// Fills `combined` with sum alpha y x, and `term` and `margin` (n entries each) where they are not null.
template <class Loss>
PointSums evaluate_point(const Problem& problem, const double* w, double b, const double* multipliers, double* combined,
                         double* term, double* margin, const Execution& run);

}  // namespace maxmargin
