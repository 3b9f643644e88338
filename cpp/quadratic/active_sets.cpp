#include "quadratic/active_sets.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numeric>
#include <vector>

#include "quadratic/free_system.hpp"

namespace maxmargin::quadratic {
namespace {

constexpr double kFirstRidge = 1e-9, kLastRidge = 1e-14, kNextRidge = 1e-2;  // of the largest K(x, x)
constexpr int kMostTrials = 16;                                              // of sets, in one round
constexpr double kMostFlops = 6e10;                                          // of all factors
constexpr double kSettled = 1e-15;  // of the gradient: what rounding leaves of a slope that should vanish

class ActiveSets {
 public:
  ActiveSets(Block<double>& block, double aim, const Execution& run)
      : b_(block), run_(run), system_(block, run), at_(block.size), step_(block.size, 0.0), all_(block.size) {
    std::iota(all_.begin(), all_.end(), std::size_t{0});
    double largest = 0.0;
    for (std::size_t k = 0; k < b_.size; ++k) largest = std::max(largest, std::abs(b_.gradient[k]));
    slack_ = std::max(kSettled * largest, aim);
  }

  bool run() {
    bool moved = false;
    for (double ridge = kFirstRidge; ridge > 0.5 * kLastRidge; ridge *= kNextRidge) {
      if (!round(ridge)) break;
      moved = true;
      if (!(largest_pull_ > slack_)) break;  // of the ridge: what the slopes of the free ones are off by
    }
    return moved;
  }

 private:
  enum class At : std::uint8_t { kLower, kUpper, kFree };

  bool round(double ridge) {
    guess();
    double least = 0.0;
    std::vector<double> best, best_change;
    for (int trial = 0; trial < kMostTrials && flops_ < kMostFlops; ++trial) {
      if (!solve(ridge)) break;
      const bool feasible = put_back() == 0;
      if (feasible && !restored()) break;
      const double fall = feasible ? change_in_objective() : 0.0;
      if (feasible && !(fall < least)) break;  // nothing is gained, or it goes round in circles
      if (feasible) {
        least = fall;
        best = step_;
        best_change = change_;
      }
      if (set_free() == 0 && feasible) break;
    }
    if (best.empty()) return false;
    for (std::size_t k = 0; k < b_.size; ++k) {
      b_.a[k] = b_.within(k, b_.a[k] + best[k]);
      b_.gradient[k] += best_change[k];
    }
    return true;
  }

  // Of each group the middle of what those inside, or else all, ask for.
  void guess() {
    offset_.assign(std::max<std::size_t>(system_.n_groups(), 1), 0.0);
    for (std::size_t g = 0; g < system_.n_groups(); ++g) {
      double lowest = std::numeric_limits<double>::infinity(), highest = -lowest;
      for (std::size_t k = b_.group_start[g]; k < b_.group_start[g + 1]; ++k) {
        if (b_.a[k] < b_.upper[k]) lowest = std::min(lowest, b_.gradient[k]);
        if (b_.a[k] > b_.lower[k]) highest = std::max(highest, b_.gradient[k]);
      }
      if (std::isfinite(lowest) && std::isfinite(highest)) offset_[g] = -0.5 * (lowest + highest);
    }
    change_.assign(b_.ld, 0.0);
    std::fill(step_.begin(), step_.end(), 0.0);
    added_ = 0.0;
    for (std::size_t k = 0; k < b_.size; ++k)
      at_[k] = b_.inside(k) ? At::kFree : (b_.a[k] > b_.lower[k] ? At::kUpper : At::kLower);
    set_free();
  }

  double slope(std::size_t k) const {
    return b_.gradient[k] + change_[k] + added_ * step_[k] + offset_[system_.group(k)];
  }

  // Those at a bound whose slope points inside; how many.
  std::size_t set_free() {
    std::size_t count = 0;
    for (std::size_t k = 0; k < b_.size; ++k) {
      if (at_[k] == At::kFree || !(b_.upper[k] > b_.lower[k])) continue;
      const double s = slope(k);
      if (at_[k] == At::kLower ? s < -slack_ : s > slack_) {
        at_[k] = At::kFree;
        ++count;
      }
    }
    return count;
  }

  // step_ of all variables, those at bounds by as much as they are away from them; change_ = K step_; the offsets.
  bool solve(double ridge) {
    std::vector<std::size_t> bound;
    std::vector<double> to_bound, sums(system_.n_groups(), 0.0);
    free_.clear();
    for (std::size_t k = 0; k < b_.size; ++k) {
      if (at_[k] == At::kFree) {
        free_.push_back(k);
        continue;
      }
      step_[k] = (at_[k] == At::kLower ? b_.lower[k] : b_.upper[k]) - b_.a[k];
      if (step_[k] == 0.0) continue;
      bound.push_back(k);
      to_bound.push_back(step_[k]);
      if (!sums.empty()) sums[system_.group(k)] -= step_[k];
    }
    const std::size_t before = system_.n_factors();
    const bool factored = !free_.empty() && system_.factor(free_, ridge);
    flops_ +=
        static_cast<double>(system_.n_factors() - before) * std::pow(static_cast<double>(free_.size()), 3.0) / 3.0;
    if (!factored) return false;
    change_of(b_, bound, to_bound, change_, run_);
    d_.resize(free_.size());
    for (std::size_t p = 0; p < free_.size(); ++p) d_[p] = -b_.gradient[free_[p]] - change_[free_[p]];
    if (!system_.solve(free_, sums, d_)) return false;
    for (std::size_t p = 0; p < free_.size(); ++p) step_[free_[p]] = d_[p];
    change_of(b_, all_, step_, change_, run_);
    added_ = system_.added();
    for (std::size_t g = 0; g < system_.n_groups(); ++g)
      if (system_.present(g)) offset_[g] = system_.offset(g);
    return true;
  }

  // Those that are beyond a bound; how many.
  std::size_t put_back() {
    std::size_t count = 0;
    largest_pull_ = 0.0;
    for (std::size_t k : free_) {
      const double a = b_.a[k] + step_[k];
      largest_pull_ = std::max(largest_pull_, added_ * std::abs(step_[k]));
      if (a >= b_.lower[k] && a <= b_.upper[k]) continue;
      at_[k] = a < b_.lower[k] ? At::kLower : At::kUpper;
      ++count;
    }
    return count;
  }

  // The sums of the groups to the last digit: where K is singular the equations keep them to within rounding over
  // ridge.
  bool restored() {
    std::vector<double> next(b_.size);
    for (std::size_t k = 0; k < b_.size; ++k) next[k] = b_.within(k, b_.a[k] + step_[k]);
    if (!restore_sums(b_, system_, all_, next)) return false;
    for (std::size_t k = 0; k < b_.size; ++k) step_[k] = next[k] - b_.a[k];
    change_of(b_, all_, step_, change_, run_);
    return true;
  }

  // Sums of steps vanish, so the offsets do not change it; without them digits would cancel.
  double change_in_objective() const {
    double sum = 0.0;
    for (std::size_t k = 0; k < b_.size; ++k)
      sum += step_[k] * (b_.gradient[k] + offset_[system_.group(k)] + 0.5 * change_[k]);
    return sum;
  }

  Block<double>& b_;
  const Execution& run_;
  FreeSystem<double> system_;
  std::vector<At> at_;
  std::vector<double> step_, change_, offset_, d_;
  std::vector<std::size_t> all_, free_;
  double slack_ = 0.0, added_ = 0.0, largest_pull_ = 0.0, flops_ = 0.0;
};

}  // namespace

bool find_active_sets(Block<double>& block, double aim, const Execution& run) {
  return ActiveSets(block, aim, run).run();
}

}  // namespace maxmargin::quadratic
