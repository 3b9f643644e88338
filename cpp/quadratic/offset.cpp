#include "quadratic/offset.hpp"

#include <algorithm>
#include <cmath>

namespace maxmargin::quadratic {
namespace {

struct Kink {
  double at, weight;  // the slope in b rises by u - l where b passes -G
};

// The smallest kink at which the weights up to and including it reach `target`.
double weighted_quantile(std::vector<Kink>& kinks, double target) {
  std::size_t first = 0, last = kinks.size();
  while (last - first > 1) {
    const std::size_t middle = first + (last - first) / 2;
    std::nth_element(
        kinks.begin() + static_cast<std::ptrdiff_t>(first), kinks.begin() + static_cast<std::ptrdiff_t>(middle),
        kinks.begin() + static_cast<std::ptrdiff_t>(last), [](const Kink& x, const Kink& z) { return x.at < z.at; });
    double below = 0.0;
    for (std::size_t k = first; k < middle; ++k) below += kinks[k].weight;
    if (below >= target) {
      last = middle;
    } else {
      target -= below;
      first = middle;
    }
  }
  return kinks[first].at;
}

}  // namespace

double gap_of(const Programme& problem, const std::vector<double>& a, const std::vector<double>& gradient,
              const std::vector<double>& offsets) {
  double gap = 0.0;
  for (std::size_t v = 0; v < problem.size; ++v) {
    if (problem.lower[v] == problem.upper[v]) continue;
    const double g = gradient[v] + offsets[problem.group_of(v)];
    gap += g < 0.0 ? (problem.upper[v] - a[v]) * -g : (a[v] - problem.lower[v]) * g;
  }
  return gap;
}

double dual_of(const Programme& problem, const std::vector<double>& a, const std::vector<double>& gradient) {
  double sum = 0.0;
  for (std::size_t v = 0; v < problem.size; ++v) sum += a[v] * (gradient[v] + problem.linear[v]);
  return -0.5 * sum;
}

std::vector<double> best_offsets(const Programme& problem, const std::vector<double>& a,
                                 const std::vector<double>& gradient) {
  if (problem.group == nullptr) return {0.0};
  std::vector<double> offsets(problem.n_groups, 0.0);
  std::vector<Kink> kinks;
  for (std::size_t g = 0; g < problem.n_groups; ++g) {
    kinks.clear();
    double target = 0.0;
    for (std::size_t v = 0; v < problem.size; ++v) {
      if (static_cast<std::size_t>(problem.group[v]) != g || !(problem.upper[v] > problem.lower[v])) continue;
      kinks.push_back({-gradient[v], problem.upper[v] - problem.lower[v]});
      target += problem.upper[v] - a[v];
    }
    if (!kinks.empty()) offsets[g] = weighted_quantile(kinks, target);
  }
  return offsets;
}

}  // namespace maxmargin::quadratic
