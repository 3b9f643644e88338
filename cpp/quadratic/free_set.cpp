#include "quadratic/free_set.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "linalg/cholesky.hpp"
#include "linalg/tile.hpp"

namespace maxmargin::quadratic {
namespace {

constexpr double kSettled = 1e-15;  // of the gradient: what rounding leaves of a slope that should vanish
constexpr double kNone = std::numeric_limits<double>::infinity();
constexpr int kMostRepairs = 8;
constexpr int kShorterSteps = 3;  // tried before the step to the first bound
constexpr double kEnough = 0.1;   // of the fall that the quadratic model promises
constexpr std::size_t kColumnsPerChunk = 512;
constexpr double kMostFlops = 6e9;  // of the factors of one block
constexpr int kMostSteps = 40;

template <class T>
class FreeSet {
 public:
  FreeSet(Block<T>& block, const FreeSteps& settings, const Execution& run)
      : b_(block), settings_(settings), run_(run), n_groups_(block.keep_sums ? block.group_start.size() - 1 : 0) {
    offset_.assign(std::max<std::size_t>(n_groups_, 1), 0.0);
    group_.resize(b_.size);
    for (std::size_t g = 0; g < n_groups_; ++g)
      std::fill(group_.begin() + static_cast<std::ptrdiff_t>(b_.group_start[g]),
                group_.begin() + static_cast<std::ptrdiff_t>(b_.group_start[g + 1]), g);
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
  double slope(std::size_t k) const { return b_.gradient[k] + offset_[group_[k]]; }

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
      if (present_[g]) offset_[g] = new_offset_[g];
    return true;
  }

  bool solve() {
    const std::size_t m = free_.size(), ld = linalg::padded(m);
    double ridge = settings_.ridge * largest_diagonal();
    for (int attempt = 0;; ++attempt, ridge *= 100.0) {
      if (ld * ld > factor_.capacity()) LargeVector<double>().swap(factor_);  // not beside what it replaces
      factor_.resize(ld * ld);
      parallel_for((m + 63) / 64, run_.n_threads, [&](std::size_t c) {
        for (std::size_t p = c * 64; p < std::min(m, (c + 1) * 64); ++p) {
          const T* row = b_.K.data() + free_[p] * b_.ld;
          for (std::size_t q = 0; q <= p; ++q) factor_[p * ld + q] = static_cast<double>(row[free_[q]]);
          factor_[p * ld + p] += ridge;
        }
      });
      if (linalg::factor_cholesky(factor_.data(), m, scratch_, run_) == m) break;
      if (attempt == 3) return false;
    }
    d_.resize(ld);
    for (std::size_t p = 0; p < m; ++p) d_[p] = -b_.gradient[free_[p]];
    linalg::solve_cholesky(factor_.data(), m, d_.data());
    return keep_sums() && std::all_of(d_.begin(), d_.begin() + static_cast<std::ptrdiff_t>(m),
                                      [](double v) { return std::isfinite(v); });
  }

  double largest_diagonal() const {
    double largest = 1e-300;
    for (std::size_t k : free_) largest = std::max(largest, static_cast<double>(b_.K[k * b_.ld + k]));
    return largest;
  }

  // d -= sum_g b_g (K + ridge)^-1 1_g, with the b that make the sums of d vanish.
  bool keep_sums() {
    const std::size_t m = free_.size(), G = n_groups_;
    std::vector<std::vector<double>> z(G, std::vector<double>(m, 0.0));
    std::vector<double> S(G * (G + 1), 0.0);
    present_.assign(G, false);
    for (std::size_t p = 0; p < m && G > 0; ++p) {
      z[group_[free_[p]]][p] = 1.0;
      present_[group_[free_[p]]] = true;
    }
    for (std::size_t h = 0; h < G; ++h) {
      if (present_[h]) linalg::solve_cholesky(factor_.data(), m, z[h].data());
      for (std::size_t p = 0; p < m; ++p) S[group_[free_[p]] * (G + 1) + h] += z[h][p];
    }
    for (std::size_t p = 0; p < m && G > 0; ++p) S[group_[free_[p]] * (G + 1) + G] += d_[p];
    for (std::size_t g = 0; g < G; ++g)
      if (!present_[g]) S[g * (G + 1) + g] = 1.0;
    if (!eliminate(S, G)) return false;
    new_offset_.resize(G);
    for (std::size_t g = 0; g < G; ++g) {
      new_offset_[g] = S[g * (G + 1) + G];
      for (std::size_t p = 0; p < m; ++p) d_[p] -= new_offset_[g] * z[g][p];
    }
    return true;
  }

  // Gauss elimination of G equations, the right-hand side last; they are positive definite.
  static bool eliminate(std::vector<double>& S, std::size_t G) {
    for (std::size_t g = 0; g < G; ++g) {
      const double pivot = S[g * (G + 1) + g];
      if (!(pivot > 0.0)) return false;
      for (std::size_t c = 0; c <= G; ++c) S[g * (G + 1) + c] /= pivot;
      for (std::size_t h = 0; h < G; ++h) {
        const double factor = S[h * (G + 1) + g];
        if (h == g || factor == 0.0) continue;
        for (std::size_t c = 0; c <= G; ++c) S[h * (G + 1) + c] -= factor * S[g * (G + 1) + c];
      }
    }
    return true;
  }

  bool move() {
    double promised = 0.0;  // d'G + d'Kd / 2 where d is Newton's step: half of d'(G + b), as the sums of d vanish
    for (std::size_t p = 0; p < free_.size(); ++p) promised += 0.5 * d_[p] * b_.gradient[free_[p]];
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
    for (std::size_t p = 0; p < m; ++p) next_[p] = within(p, b_.a[free_[p]] + length * d_[p]);
    for (std::size_t g = 0; g < n_groups_; ++g)
      if (present_[g] && !repaired(g)) return false;
    return true;
  }
  double within(std::size_t p, double value) const {
    return b_.settled(free_[p], std::clamp(value, b_.lower[free_[p]], b_.upper[free_[p]]));
  }

  bool repaired(std::size_t g) {
    for (int k = 0; k < kMostRepairs; ++k) {
      double excess = 0.0, size = 0.0;
      std::size_t room = 0;
      for (std::size_t p = 0; p < free_.size(); ++p) {
        if (group_[free_[p]] != g) continue;
        excess += next_[p] - b_.a[free_[p]];
        size += std::abs(next_[p]);
        room += movable(p, next_[p]);
      }
      if (std::abs(excess) <= 1e-15 * size) return true;
      if (room == 0) return false;
      const double share = excess / static_cast<double>(room);
      for (std::size_t p = 0; p < free_.size(); ++p)
        if (group_[free_[p]] == g && movable(p, next_[p])) next_[p] = within(p, next_[p] - share);
    }
    return false;
  }
  bool movable(std::size_t p, double value) const { return value > b_.lower[free_[p]] && value < b_.upper[free_[p]]; }

  bool to_the_first_bound() {
    double length = 1.0;
    for (std::size_t p = 0; p < free_.size(); ++p) {
      const std::size_t k = free_[p];
      const double room = d_[p] > 0.0 ? b_.upper[k] - b_.a[k] : b_.lower[k] - b_.a[k];
      if (d_[p] != 0.0) length = std::min(length, room / d_[p]);
    }
    return length > 0.0 && clipped(length);
  }

  // change_ = K (next - a) over the block; returns what that changes in the objective.
  double step_by_change() {
    change_.assign(b_.ld, 0.0);
    const std::size_t chunks = (b_.size + kColumnsPerChunk - 1) / kColumnsPerChunk;
    parallel_for(chunks, run_.n_threads, [&](std::size_t c) {
      const std::size_t first = c * kColumnsPerChunk, last = std::min(b_.size, first + kColumnsPerChunk);
      for (std::size_t p = 0; p < free_.size(); ++p) {
        const double step = next_[p] - b_.a[free_[p]];
        if (step == 0.0) continue;
        const T* row = b_.K.data() + free_[p] * b_.ld;
        for (std::size_t j = first; j < last; ++j) change_[j] += step * static_cast<double>(row[j]);
      }
    });
    double fall = 0.0;
    for (std::size_t p = 0; p < free_.size(); ++p)
      fall += (next_[p] - b_.a[free_[p]]) * (b_.gradient[free_[p]] + 0.5 * change_[free_[p]]);
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
  std::size_t n_groups_;
  std::vector<std::size_t> group_, free_;
  std::vector<bool> present_;
  std::vector<double> offset_, new_offset_, d_, next_, change_, scratch_;
  LargeVector<double> factor_;
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
