#include "quadratic/kinks.hpp"

#include <algorithm>

namespace maxmargin::quadratic {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kFew = 8.0;          // kinks that are sooner sorted than halved
constexpr double kPart = 1.0 / 16.0;  // of all kinks: so few are sooner halved alone
constexpr int kHalvings = 16;         // of the range, before what is left of it is looked at alone
constexpr double kFewer = 0.25;

}  // namespace

double Kinks::first() const {
  const double* at = at_.data();
  double first = kInfinity;
#pragma omp simd reduction(min : first)
  for (std::size_t k = 0; k < size_; ++k) first = at[k] < first ? at[k] : first;
  return first;
}

double Kinks::last() const {
  const double* at = at_.data();
  double last = -kInfinity;
#pragma omp simd reduction(max : last)
  for (std::size_t k = 0; k < size_; ++k) last = at[k] > last ? at[k] : last;
  return last;
}

double Kinks::weight_up_to(double bound) const { return up_to(bound).weight; }

Kinks::Part Kinks::up_to(double bound) const {
  const double *at = at_.data(), *weights = weight_.data();
  double weight = 0.0, count = 0.0;
#pragma omp simd reduction(+ : weight, count)
  for (std::size_t k = 0; k < size_; ++k) {
    weight += at[k] <= bound ? weights[k] : 0.0;
    count += at[k] <= bound ? 1.0 : 0.0;
  }
  return {weight, count};
}

Kinks Kinks::within(double low, double high) const {
  Kinks some(size_);
  for (std::size_t k = 0; k < size_; ++k) some.add_if((at_[k] > low) & (at_[k] <= high), at_[k], weight_[k]);
  return some;
}

// A pass over all kinks that adds up those below a number is so short that halving the range is sooner there than any
// way that moves kinks.
double Kinks::quantile(double target) const {
  double low = first(), high = last();
  if (!(low < high)) return high;
  Part below{0.0, 0.0}, up_to_high{0.0, static_cast<double>(size_)};
  double beneath = -kInfinity;  // all kinks up to here are below the one that is looked for
  const double few = std::max(kFew, kPart * static_cast<double>(size_));
  for (int k = 0; k < kHalvings && up_to_high.count - below.count > few; ++k) {
    const double middle = low + 0.5 * (high - low);
    if (!(middle > low && middle < high)) break;
    const Part part = up_to(middle);
    if (part.weight >= target) {
      high = middle;
      up_to_high = part;
    } else {
      beneath = low = middle;
      below = part;
    }
  }
  const Kinks left = within(beneath, high);
  const bool far = left.size_ > static_cast<std::size_t>(kFew);
  const bool fewer = static_cast<double>(left.size_) < kFewer * static_cast<double>(size_);
  return far && fewer ? left.quantile(target - below.weight) : left.select(target - below.weight);
}

double Kinks::select(double target) const {
  if (size_ == 0) return 0.0;
  std::vector<std::pair<double, double>> kinks(size_);
  for (std::size_t k = 0; k < size_; ++k) kinks[k] = {at_[k], weight_[k]};
  const auto before = [](const auto& x, const auto& z) { return x.first < z.first; };
  std::size_t first = 0, last = kinks.size();
  while (last - first > 1) {
    const std::size_t middle = first + (last - first) / 2;
    std::nth_element(kinks.begin() + static_cast<std::ptrdiff_t>(first),
                     kinks.begin() + static_cast<std::ptrdiff_t>(middle),
                     kinks.begin() + static_cast<std::ptrdiff_t>(last), before);
    double below = 0.0;
    for (std::size_t k = first; k < middle; ++k) below += kinks[k].second;
    if (below >= target) {
      last = middle;
    } else {
      target -= below;
      first = middle;
    }
  }
  return kinks[first].first;
}

}  // namespace maxmargin::quadratic
