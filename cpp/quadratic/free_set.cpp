#include "quadratic/free_set.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "quadratic/free_system.hpp"

namespace maxmargin::quadratic {
namespace {

constexpr double kSettled = 1e-15;  // of the gradient: what rounding leaves of a slope that should vanish
constexpr double kNone = std::numeric_limits<double>::infinity();
constexpr int kShorterSteps = 3;    // tried before the step to the first bound
constexpr double kEnough = 0.1;     // of the fall that the quadratic model promises
constexpr double kMostFlops = 6e9;  // of the factors of one block
constexpr int kMostSteps = 40;

template <class T>
class FreeSet {
 public:
  FreeSet(Block<T>& block, const FreeSteps& settings, const Execution& run)
      : b_(block),
        settings_(settings),
        run_(run),
        system_(block, run),
        n_groups_(system_.n_groups()),
        unchanged_(n_groups_, 0.0),
        offset_(std::max<std::size_t>(n_groups_, 1), 0.0) {
    first_offsets();
  }

  int run() {
    int steps = 0;
    bool centred = false;
    while (steps < settings_.most_steps) {
      if (choose() && direction() && move()) {
        ++steps;
        centred = false;
      } else if (!centred) {  // the offsets may be those of variables that have arrived at bounds since
        centre_offsets();
        centred = true;
      } else {
        break;
      }
    }
    return steps;
  }

 private:
  double slope(std::size_t k) const { return b_.gradient[k] + offset_[system_.group(k)]; }

  // Of each group: what makes the slopes of those inside their bounds zero on average.
  void first_offsets() {
    for (std::size_t g = 0; g < n_groups_; ++g) {
      double sum = 0.0, count = 0.0;
      for (std::size_t k = b_.group_start[g]; k < b_.group_start[g + 1]; ++k)
        if (b_.inside(k)) {
          sum += b_.gradient[k];
          count += 1.0;
        }
      offset_[g] = count > 0.0 ? -sum / count : 0.0;
    }
  }

  // Of each group: in the middle of what the variables that may rise, and those that may fall, ask for.
  void centre_offsets() {
    for (std::size_t g = 0; g < n_groups_; ++g) {
      double lowest = kNone, highest = -kNone;
      for (std::size_t k = b_.group_start[g]; k < b_.group_start[g + 1]; ++k) {
        if (b_.a[k] < b_.upper[k]) lowest = std::min(lowest, b_.gradient[k]);
        if (b_.a[k] > b_.lower[k]) highest = std::max(highest, b_.gradient[k]);
      }
      if (lowest < kNone && highest > -kNone) offset_[g] = -0.5 * (lowest + highest);
    }
  }

  bool choose() {
    double largest = 0.0;
    for (std::size_t k = 0; k < b_.size; ++k) largest = std::max(largest, std::abs(b_.gradient[k]));
    const double slack = std::max(kSettled * largest, 0.5 * settings_.aim);
    free_.clear();
    bool wrong = false;
    for (std::size_t k = 0; k < b_.size; ++k) {
      if (!(b_.upper[k] > b_.lower[k])) continue;
      const double s = slope(k);
      const bool leaves = (b_.a[k] <= b_.lower[k] && s < -slack) || (b_.a[k] >= b_.upper[k] && s > slack);
      if (!leaves && !b_.inside(k)) continue;
      wrong = wrong || leaves || std::abs(s) > slack;
      free_.push_back(k);
    }
    return wrong && !free_.empty() && free_.size() <= settings_.most_free;
  }

  // d and new offsets; variables at a bound that d would push beyond it are not free after all.
  bool direction() {
    for (;;) {
      if (!solve()) return false;
      std::size_t kept = 0;
      for (std::size_t p = 0; p < free_.size(); ++p) {
        const std::size_t k = free_[p];
        const bool blocked = (b_.a[k] <= b_.lower[k] && d_[p] < 0.0) || (b_.a[k] >= b_.upper[k] && d_[p] > 0.0);
        if (!blocked) free_[kept++] = k;
      }
      if (kept == free_.size()) break;
      free_.resize(kept);
      if (kept == 0) return false;
    }
    for (std::size_t g = 0; g < n_groups_; ++g)
      if (system_.present(g)) offset_[g] = system_.offset(g);
    return true;
  }

  bool solve() {
    if (!system_.factor(free_, settings_.ridge)) return false;
    d_.resize(free_.size());
    for (std::size_t p = 0; p < free_.size(); ++p) d_[p] = -b_.gradient[free_[p]];
    return system_.solve(free_, unchanged_, d_);
  }

  bool move() {
    double promised = 0.0;  // d'G + d'Kd / 2 where d is Newton's step: half of d'(G + b), as the sums of d vanish
    for (std::size_t p = 0; p < free_.size(); ++p) promised += 0.5 * d_[p] * slope(free_[p]);
    if (!(promised < 0.0)) return false;
    double length = 1.0;
    for (int k = 0; k < kShorterSteps; ++k, length *= 0.25)
      if (clipped(length) && step_by_change() <= kEnough * length * promised) return accept();
    return to_the_first_bound() && step_by_change() < 0.0 && accept();
  }

  // next_ = a + length d within the bounds; what that changes in the sums goes to those that have room.
  bool clipped(double length) {
    const std::size_t m = free_.size();
    next_.resize(m);
    for (std::size_t p = 0; p < m; ++p) next_[p] = b_.within(free_[p], b_.a[free_[p]] + length * d_[p]);
    return restore_sums(b_, system_, free_, next_);
  }

  bool to_the_first_bound() {
    double length = 1.0;
    for (std::size_t p = 0; p < free_.size(); ++p) {
      const std::size_t k = free_[p];
      const double room = d_[p] > 0.0 ? b_.upper[k] - b_.a[k] : b_.lower[k] - b_.a[k];
      if (d_[p] != 0.0) length = std::min(length, room / d_[p]);
    }
    return length > 0.0 && clipped(length);
  }

  // change_ = K (next - a) over the block; returns what that changes in the objective. By slopes, not gradients: what
  // the offsets add vanishes in sum, and near the optimum would be all that rounding leaves.
  double step_by_change() {
    std::vector<double> step(free_.size());
    for (std::size_t p = 0; p < free_.size(); ++p) step[p] = next_[p] - b_.a[free_[p]];
    change_of(b_, free_, step, change_, run_);
    double fall = 0.0;
    for (std::size_t p = 0; p < free_.size(); ++p) fall += step[p] * (slope(free_[p]) + 0.5 * change_[free_[p]]);
    return fall;
  }

  bool accept() {
    for (std::size_t p = 0; p < free_.size(); ++p) b_.a[free_[p]] = next_[p];
    for (std::size_t j = 0; j < b_.size; ++j) b_.gradient[j] += change_[j];
    return true;
  }

  Block<T>& b_;
  const FreeSteps& settings_;
  const Execution& run_;
  FreeSystem<T> system_;
  std::size_t n_groups_;
  const std::vector<double> unchanged_;  // sums of the groups
  std::vector<std::size_t> free_;
  std::vector<double> offset_, d_, next_, change_;
};

}  // namespace

FreeSteps steps_within_budget(std::size_t free, std::size_t most_free, double ridge) {
  const double flops = std::pow(static_cast<double>(free) + 1.0, 3.0) / 3.0;
  const double steps = std::clamp(kMostFlops / flops, 1.0, static_cast<double>(kMostSteps));
  return FreeSteps{most_free, static_cast<int>(steps), 0.0, ridge};
}

template <class T>
int take_free_steps(Block<T>& block, const FreeSteps& settings, const Execution& run) {
  return FreeSet<T>(block, settings, run).run();
}

template int take_free_steps<float>(Block<float>&, const FreeSteps&, const Execution&);
template int take_free_steps<double>(Block<double>&, const FreeSteps&, const Execution&);

}  // namespace maxmargin::quadratic
