#include "quadratic/worth.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "quadratic/exact_sum.hpp"
#include "quadratic/offset.hpp"

namespace maxmargin::quadratic {
namespace {

constexpr double kTiny = 1e-300;  // keeps a share of nothing defined

double largest_drift(const Variables& problem, const double* sums, const std::vector<double>& a) {
  if (problem.group == nullptr) return 0.0;
  std::vector<ExactSum> of_group(problem.n_groups);
  std::vector<double> mass(problem.n_groups, 0.0);
  for (std::size_t v = 0; v < problem.size; ++v) {
    of_group[problem.group_of(v)].add(a[v]);
    mass[problem.group_of(v)] += std::abs(a[v]);
  }
  double largest = 0.0;
  for (std::size_t g = 0; g < problem.n_groups; ++g)
    largest = std::max(largest, std::abs(of_group[g].value() - sums[g]) / std::max(mass[g], kTiny));
  return largest;
}

}  // namespace

Worth worth_of(const Variables& problem, const double* sums, const std::vector<double>& a,
               const std::vector<double>& gradient) {
  Worth worth;
  worth.offsets = steadiest_offsets(problem, a, gradient);
  worth.dual = dual_of(problem, a, gradient);
  worth.gap = gap_of(problem, a, gradient, worth.offsets);
  worth.drift = largest_drift(problem, sums, a);
  const double* x = a.data();
  double mass = 0.0, steepest = 0.0, width = 0.0;
#pragma omp simd reduction(+ : mass, width) reduction(max : steepest)
  for (std::size_t v = 0; v < problem.size; ++v) {
    const double slope = std::abs(problem.linear[v]);
    mass += std::abs(x[v]);
    width += problem.upper[v] - problem.lower[v];
    steepest = slope > steepest ? slope : steepest;
  }
  worth.mass = mass;
  worth.width = width;
  worth.steepest = steepest;
  return worth;
}

}  // namespace maxmargin::quadratic
