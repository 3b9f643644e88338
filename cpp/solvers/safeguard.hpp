// What a solver gives back when it did not get where it should have.
#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

#include "certificate/point.hpp"
#include "simd/vector.hpp"
#include "solvers/problem.hpp"

namespace maxmargin {

// Primal and dual of a point as the certificate sees it.
struct Objectives {
  double primal, dual, gap;
  double total;  // sum alpha
};

template <class Loss>
Objectives objectives(const Problem& problem, const Solution& s, const Execution& run) {
  const std::size_t d = problem.X.n_features();
  std::vector<double> combined(d, 0.0);
  const PointSums sums = evaluate_point<Loss>(problem, s.coef.data(), s.intercept, s.multipliers.data(),
                                              combined.data(), nullptr, nullptr, run);
  double distance = 0.0;
  for (std::size_t j = 0; j < d; ++j) distance += (s.coef[j] - combined[j]) * (s.coef[j] - combined[j]);
  return {0.5 * simd::dot(s.coef.data(), s.coef.data(), d) + sums.loss,
          sums.dual - 0.5 * simd::dot(combined.data(), combined.data(), d), 0.5 * distance + sums.terms, sums.total};
}

// Nothing worse than w = 0 is returned, nor multipliers worse than a multiple of themselves: along t alpha the dual is
// t A - t^2 B with A = sum alpha, so t = A / 2B is the best, and its bound is positive.
template <class Loss>
void safeguard(const Problem& problem, Solution& s, const Execution& run) {
  double at_zero = 0.0;
  for (std::size_t i = 0; i < problem.X.n_rows(); ++i) at_zero += Loss::value(1.0, problem.c[i]);
  Objectives found = objectives<Loss>(problem, s, run);
  if (!(found.primal <= at_zero)) {
    std::fill(s.coef.begin(), s.coef.end(), 0.0);
    s.intercept = 0.0;
    found.primal = at_zero;
  }
  const double curvature = found.total - found.dual;
  const double t = std::isfinite(curvature) && curvature > 0.0 ? 0.5 * found.total / curvature : 0.0;
  if (!(t >= 1.0)) {
    for (double& alpha : s.multipliers) alpha = t > 0.0 && std::isfinite(alpha) ? t * alpha : 0.0;
    found.dual = t > 0.0 ? t * (found.total - t * curvature) : 0.0;
  }
  s.primal = found.primal;
  s.dual = found.dual;
  s.gap = s.primal - s.dual;
}

}  // namespace maxmargin
