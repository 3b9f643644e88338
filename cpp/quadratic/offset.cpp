#include "quadratic/offset.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "quadratic/append_where.hpp"

namespace maxmargin::quadratic {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr std::size_t kSample = 1024;  // kinks
constexpr double kWide = 4.0;          // standard errors of a quantile of the sample

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

// The kinks of one group.
class Kinks {
 public:
  Kinks(const Programme& problem, const std::vector<double>& a, const std::vector<double>& gradient, std::size_t group)
      : problem_(problem), a_(a), gradient_(gradient), group_(group), one_(problem.n_groups <= 1) {}

  // Where the slope of the gap turns positive. Only kinks among which a sample says that it is are looked at closely.
  double best_offset() const {
    const auto [low, high] = likely();
    std::vector<Kink> within;
    double below = 0.0, inside = 0.0, target = 0.0;
    append_where(problem_.size, within, [&](std::size_t v, Kink& k) {
      k = {-gradient_[v], weight(v)};
      const bool is_below = k.at < low, is_inside = !is_below & (k.at <= high) & (k.weight > 0.0);
      below += is_below ? k.weight : 0.0;
      inside += is_inside ? k.weight : 0.0;
      target += k.weight > 0.0 ? problem_.upper[v] - a_[v] : 0.0;
      return is_inside;
    });
    if (within.empty() || !(target > below) || !(target <= below + inside)) return quantile_of_all(target);
    return weighted_quantile(within, target - below);
  }

 private:
  double weight(std::size_t v) const {
    return one_ || problem_.group_of(v) == group_ ? problem_.upper[v] - problem_.lower[v] : 0.0;
  }

  double quantile_of_all(double target) const {
    std::vector<Kink> all;
    append_where(problem_.size, all, [&](std::size_t v, Kink& k) {
      k = {-gradient_[v], weight(v)};
      return k.weight > 0.0;
    });
    return all.empty() ? 0.0 : weighted_quantile(all, target);
  }

  // Between which kinks the quantile very likely lies.
  std::pair<double, double> likely() const {
    std::pair<double, double> range{-kInfinity, kInfinity};
    const std::size_t stride = problem_.size / kSample;
    if (stride < 4) return range;
    std::vector<Kink> sample;
    double total = 0.0, target = 0.0, largest = 0.0;
    for (std::size_t v = 0; v < problem_.size; v += stride) {
      if (!(weight(v) > 0.0)) continue;
      sample.push_back({-gradient_[v], weight(v)});
      total += weight(v);
      target += problem_.upper[v] - a_[v];
      largest = std::max(largest, weight(v));
    }
    const double margin = kWide * std::sqrt(largest * total) + largest;
    if (target - margin > 0.0) range.first = weighted_quantile(sample, target - margin);
    if (target + margin < total) range.second = weighted_quantile(sample, target + margin);
    return range;
  }

  const Programme& problem_;
  const std::vector<double>&a_, &gradient_;
  std::size_t group_;
  bool one_;
};

}  // namespace

double gap_of(const Programme& problem, const std::vector<double>& a, const std::vector<double>& gradient,
              const std::vector<double>& offsets) {
  const bool one = problem.n_groups <= 1;
  const double *x = a.data(), *g = gradient.data(), b = offsets.empty() ? 0.0 : offsets[0];
  double gap = 0.0;
  if (one) {
#pragma omp simd reduction(+ : gap)
    for (std::size_t v = 0; v < problem.size; ++v) {
      const double slope = g[v] + b, below = slope < 0.0 ? -slope : 0.0, above = slope > 0.0 ? slope : 0.0;
      gap += (problem.upper[v] - x[v]) * below + (x[v] - problem.lower[v]) * above;
    }
    return gap;
  }
  for (std::size_t v = 0; v < problem.size; ++v) {
    const double slope = g[v] + offsets[problem.group_of(v)];
    gap += slope < 0.0 ? (problem.upper[v] - x[v]) * -slope : (x[v] - problem.lower[v]) * slope;
  }
  return gap;
}

double dual_of(const Programme& problem, const std::vector<double>& a, const std::vector<double>& gradient) {
  const double *x = a.data(), *g = gradient.data();
  double sum = 0.0;
#pragma omp simd reduction(+ : sum)
  for (std::size_t v = 0; v < problem.size; ++v) sum += x[v] * (g[v] + problem.linear[v]);
  return -0.5 * sum;
}

std::vector<double> best_offsets(const Programme& problem, const std::vector<double>& a,
                                 const std::vector<double>& gradient) {
  if (problem.group == nullptr) return {0.0};
  std::vector<double> offsets(problem.n_groups, 0.0);
  for (std::size_t g = 0; g < problem.n_groups; ++g) offsets[g] = Kinks(problem, a, gradient, g).best_offset();
  return offsets;
}

}  // namespace maxmargin::quadratic
