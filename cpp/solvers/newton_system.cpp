#include "solvers/newton_system.hpp"

#include <algorithm>
#include <cmath>

namespace maxmargin {
namespace {

// Matrices of each order, about: the system, its factor, what threads sum apart.
constexpr double kMatricesOfOrderD = 6.0, kMatricesOfOrderJ = 1.5;
constexpr double kMostDualRows = 2048.0;

}  // namespace

std::unique_ptr<NewtonSystem> make_system(const Problem& problem, double bytes, const Execution& run) {
  const std::size_t d = problem.X.n_features();
  const double order = static_cast<double>(d + (problem.fit_intercept ? 1 : 0)), entries = bytes / sizeof(double);
  if (d <= kMostCholeskyFeatures && d <= problem.X.n_rows() && kMatricesOfOrderD * order * order <= entries)
    return make_cholesky_system(problem, run);
  const double rows = std::min(kMostDualRows, std::sqrt(entries / kMatricesOfOrderJ));
  return make_dual_system(problem, static_cast<std::size_t>(rows), run);
}

}  // namespace maxmargin
