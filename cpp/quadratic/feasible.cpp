#include "quadratic/feasible.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "quadratic/exact_sum.hpp"

namespace maxmargin::quadratic {
namespace {

constexpr double kRounding = 1e-15;  // of the sum of |a|: sums that close are kept

// The variables of one group.
class Group {
 public:
  Group(const Variables& problem, std::vector<double>& a, std::size_t group)
      : problem_(problem), a_(a), group_(group), one_(problem.n_groups <= 1) {}

  void give(double target) {
    const double excess = sum([](double x) { return x; }) - target;
    if (std::abs(excess) <= kRounding * sum([](double x) { return std::abs(x); })) return;
    const double side = excess > 0.0 ? 1.0 : -1.0;  // which is too heavy
    const double mass = sum([side](double x) { return std::max(side * x, 0.0); });
    if (mass >= std::abs(excess)) {
      const double shrink = 1.0 - std::abs(excess) / mass;
      each([&](std::size_t v) {
        if (side * a_[v] > 0.0) a_[v] *= shrink;
      });
      return;
    }
    each([&](std::size_t v) {
      if (side * a_[v] > 0.0) a_[v] = 0.0;
    });
    fill(target - sum([](double x) { return x; }));
  }

 private:
  template <class Use>
  void each(const Use& use) const {
    for (std::size_t v = 0; v < problem_.size; ++v)
      if (one_ || problem_.group_of(v) == group_) use(v);
  }

  template <class Term>
  double sum(const Term& term) const {
    ExactSum total;
    each([&](std::size_t v) { total.add(term(a_[v])); });
    return total.value();
  }

  void fill(double missing) {
    const std::vector<double> before = a_;
    ExactSum filled;
    for (const bool zero : {false, true})
      each([&](std::size_t v) {
        if ((before[v] == 0.0) != zero) return;
        const double room = missing > 0.0 ? problem_.upper[v] - a_[v] : a_[v] - problem_.lower[v];
        const double step = std::clamp(std::abs(missing) - filled.value(), 0.0, std::max(room, 0.0));
        filled.add(room);
        a_[v] += missing > 0.0 ? step : -step;
      });
  }

  const Variables& problem_;
  std::vector<double>& a_;
  std::size_t group_;
  bool one_;
};

}  // namespace

std::vector<double> feasible_point(const Variables& problem, const double* sums, const double* wanted) {
  std::vector<double> a(problem.size, 0.0);
  for (std::size_t v = 0; v < problem.size; ++v) {
    const double x = wanted != nullptr && std::isfinite(wanted[v]) ? wanted[v] : 0.0;
    a[v] = std::min(std::max(x, problem.lower[v]), problem.upper[v]);
  }
  if (problem.group == nullptr) return a;
  for (std::size_t g = 0; g < problem.n_groups; ++g) Group(problem, a, g).give(sums[g]);
  return a;
}

}  // namespace maxmargin::quadratic
