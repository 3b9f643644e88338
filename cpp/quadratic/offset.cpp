#include "quadratic/offset.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "quadratic/kinks.hpp"

namespace maxmargin::quadratic {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr std::size_t kSample = 1024;  // kinks
constexpr double kWide = 4.0;          // standard errors of a quantile of the sample
constexpr double kRounding = 1e-12;    // of the weights of a group: what sums of multipliers may be off by

// The slope of the gap in the offset of one group: it rises by u - l where the offset passes -G, from -sum(u - a).
class Slope {
 public:
  Slope(const Variables& problem, const std::vector<double>& a, const std::vector<double>& gradient, std::size_t group)
      : problem_(problem), a_(a), gradient_(gradient), group_(group), one_(problem.n_groups <= 1) {}

  // Where it turns positive. Of many kinks only those among which a sample says that it does are looked at closely.
  double best_offset() const {
    const auto [low, high] = likely();
    Kinks some(problem_.size);
    double below = 0.0, inside = 0.0, target = 0.0;
    for (std::size_t v = 0; v < problem_.size; ++v) {
      const double at = -gradient_[v], rise = weight(v);
      const bool is_below = at < low, is_inside = !is_below & (at <= high) & (rise > 0.0);
      below += is_below ? rise : 0.0;
      inside += is_inside ? rise : 0.0;
      target += rise > 0.0 ? problem_.upper[v] - a_[v] : 0.0;
      some.add_if(is_inside, at, rise);
    }
    if (some.size() == 0 || !(target > below) || !(target <= below + inside)) return all().kinks.quantile(target);
    return some.quantile(target - below);
  }

  // The middle of where it vanishes. Where all multipliers are at one end that has no other end, and the nearest point
  // of it is as good as any.
  double steadiest_offset() const {
    const auto [kinks, target] = all();
    if (kinks.size() == 0) return 0.0;
    const double total = kinks.total(), slack = kRounding * total;
    if (target <= slack) return kinks.first();
    if (total <= target + slack) return kinks.last();
    const double left = kinks.quantile(target - slack);
    if (kinks.weight_up_to(left) > target + slack) return left;
    return 0.5 * (left + kinks.quantile(std::nextafter(target + slack, kInfinity)));
  }

 private:
  struct All {
    Kinks kinks;
    double target;
  };

  double weight(std::size_t v) const {
    return one_ || problem_.group_of(v) == group_ ? problem_.upper[v] - problem_.lower[v] : 0.0;
  }

  All all() const {
    All found{Kinks(problem_.size), 0.0};
    for (std::size_t v = 0; v < problem_.size; ++v) {
      const double rise = weight(v);
      found.target += rise > 0.0 ? problem_.upper[v] - a_[v] : 0.0;
      found.kinks.add_if(rise > 0.0, -gradient_[v], rise);
    }
    return found;
  }

  // Between which kinks it very likely turns.
  std::pair<double, double> likely() const {
    std::pair<double, double> range{-kInfinity, kInfinity};
    const std::size_t stride = problem_.size / kSample;
    if (stride < 4) return range;
    Kinks sample(problem_.size / stride + 1);
    double total = 0.0, target = 0.0, largest = 0.0;
    for (std::size_t v = 0; v < problem_.size; v += stride) {
      if (!(weight(v) > 0.0)) continue;
      sample.add_if(true, -gradient_[v], weight(v));
      total += weight(v);
      target += problem_.upper[v] - a_[v];
      largest = std::max(largest, weight(v));
    }
    const double margin = kWide * std::sqrt(largest * total) + largest;
    if (target - margin > 0.0) range.first = sample.quantile(target - margin);
    if (target + margin < total) range.second = sample.quantile(target + margin);
    return range;
  }

  const Variables& problem_;
  const std::vector<double>&a_, &gradient_;
  std::size_t group_;
  bool one_;
};

std::vector<double> of_each_group(const Variables& problem, const std::vector<double>& a,
                                  const std::vector<double>& gradient, double (Slope::*offset)() const) {
  if (problem.group == nullptr) return {0.0};
  std::vector<double> offsets(problem.n_groups, 0.0);
  for (std::size_t g = 0; g < problem.n_groups; ++g) offsets[g] = (Slope(problem, a, gradient, g).*offset)();
  for (double& b : offsets)  // where kernel values overflow none is better than another
    if (!std::isfinite(b)) b = 0.0;
  return offsets;
}

}  // namespace

double gap_of(const Variables& problem, const std::vector<double>& a, const std::vector<double>& gradient,
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

double dual_of(const Variables& problem, const std::vector<double>& a, const std::vector<double>& gradient) {
  const double *x = a.data(), *g = gradient.data();
  double sum = 0.0;
#pragma omp simd reduction(+ : sum)
  for (std::size_t v = 0; v < problem.size; ++v) sum += x[v] * (g[v] + problem.linear[v]);
  return -0.5 * sum;
}

std::vector<double> best_offsets(const Variables& problem, const std::vector<double>& a,
                                 const std::vector<double>& gradient) {
  return of_each_group(problem, a, gradient, &Slope::best_offset);
}

std::vector<double> steadiest_offsets(const Variables& problem, const std::vector<double>& a,
                                      const std::vector<double>& gradient) {
  return of_each_group(problem, a, gradient, &Slope::steadiest_offset);
}

}  // namespace maxmargin::quadratic
