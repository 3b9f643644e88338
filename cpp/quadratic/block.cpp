#include "quadratic/block.hpp"

#include <algorithm>
#include <cmath>

#include "simd/pack.hpp"

namespace maxmargin::quadratic {
namespace {

using simd::all;
using simd::Lanes;
using simd::load_pack;
using simd::Pack;

constexpr std::size_t kStep = simd::kPackSize<float>;
constexpr std::size_t kHalf = simd::kPackSize<double>;
constexpr double kNever = 1e30;  // keeps a variable at its bound out of a choice
constexpr float kTiny = 1e-12F;  // curvature of two equal rows
constexpr std::int64_t kStepsBetweenLooks = 2048;

struct Extremes {
  double lowest = kNever, highest = -kNever;
  std::size_t up = 0, down = 0;  // may rise with the lowest gradient; may fall with the highest
  double violation() const { return highest - lowest; }
};

class Minimiser {
 public:
  explicit Minimiser(Block<float>& block)
      : b_(block),
        above_(block.a.size(), kNever),
        below_(block.a.size(), kNever),
        fall_(block.a.size()),
        diagonal_(block.a.size(), 1.0F) {
    for (std::size_t k = 0; k < b_.size; ++k) {
      diagonal_[k] = b_.K[k * b_.ld + k];
      at_bound(k);
    }
    // Indices as numbers, so that they travel through the same selections as the values.
    positions_.resize(block.a.size());
    for (std::size_t k = 0; k < positions_.size(); ++k) positions_[k] = static_cast<double>(k);
    for (std::size_t g = 0; g + 1 < b_.group_start.size(); ++g) extremes_.push_back(pass(g, 0.0, nullptr, nullptr));
  }

  double violation() const { return extremes_[worst()].violation(); }

  // One step on the pair that gains most in the worst group; false if nothing can move.
  bool pair_step() {
    const std::size_t g = worst();
    const Extremes& e = extremes_[g];
    const std::size_t i = e.up, j = second(g, i, e);
    const double difference = b_.gradient[j] - b_.gradient[i];
    const double curvature = std::max(diagonal_[i] + diagonal_[j] - 2.0F * b_.K[i * b_.ld + j], kTiny);
    const double step = std::min({difference / curvature, b_.upper[i] - b_.a[i], b_.a[j] - b_.lower[j]});
    if (!(step > 0.0)) return false;
    move(i, step);
    move(j, -step);
    for (std::size_t h = 0; h < extremes_.size(); ++h)
      extremes_[h] = pass(h, step, b_.K.data() + i * b_.ld, b_.K.data() + j * b_.ld);
    return true;
  }

  // Without sums to keep: the variable that violates most moves alone.
  bool single_step() {
    const Extremes& e = extremes_[0];
    const std::size_t i = -e.lowest > e.highest ? e.up : e.down;
    const double aim = b_.a[i] - b_.gradient[i] / std::max(diagonal_[i], kTiny);
    const double step = std::clamp(aim, b_.lower[i], b_.upper[i]) - b_.a[i];
    if (step == 0.0) return false;
    move(i, step);
    extremes_[0] = pass(0, step, b_.K.data() + i * b_.ld, nullptr);
    return true;
  }
  double largest_gradient() const { return std::max(-extremes_[0].lowest, extremes_[0].highest); }

 private:
  std::size_t worst() const {
    std::size_t best = 0;
    for (std::size_t g = 1; g < extremes_.size(); ++g)
      if (extremes_[g].violation() > extremes_[best].violation()) best = g;
    return best;
  }

  void at_bound(std::size_t k) {
    above_[k] = b_.a[k] < b_.upper[k] ? 0.0 : kNever;
    below_[k] = b_.a[k] > b_.lower[k] ? 0.0 : kNever;
  }

  void move(std::size_t k, double step) {
    b_.a[k] = b_.settled(k, b_.a[k] + step);
    at_bound(k);
  }

  // gradient += step (Ki - Kj) over group g, and its extremes.
  Extremes pass(std::size_t g, double step, const float* Ki, const float* Kj) {
    const std::size_t first = b_.group_start[g], last = b_.group_start[g + 1];
    Pack<double> lowest = all(kNever), highest = all(-kNever), up = all(0.0), down = up;
    const Pack<double> s = all(step);
    std::size_t k = first;
    for (; k + kHalf <= last; k += kHalf) {
      Pack<double> G = load_pack(b_.gradient.data() + k);
      if (Ki != nullptr) {
        const Lanes change = Kj != nullptr ? simd::load(Ki + k) - simd::load(Kj + k) : simd::load(Ki + k);
        G = simd::fma(s, as_pack(change), G);
        simd::store_pack(b_.gradient.data() + k, G);
      }
      const Pack<double> rise = G + load_pack(above_.data() + k), fall = G - load_pack(below_.data() + k);
      const Pack<double> here = load_pack(positions_.data() + k);
      const auto lower = simd::less<double>(rise, lowest);
      lowest = simd::select<double>(lower, rise, lowest);
      up = simd::select<double>(lower, here, up);
      const auto higher = simd::less<double>(highest, fall);
      highest = simd::select<double>(higher, fall, highest);
      down = simd::select<double>(higher, here, down);
      for (std::size_t lane = 0; lane < kHalf; ++lane)
        fall_[k + lane] = static_cast<float>(simd::at<double>(fall, lane));
    }
    Extremes e;
    for (std::size_t lane = 0; lane < kHalf; ++lane) {
      consider(e, simd::at<double>(lowest, lane), simd::at<double>(up, lane), simd::at<double>(highest, lane),
               simd::at<double>(down, lane));
    }
    for (; k < last; ++k) {
      if (Ki != nullptr)
        b_.gradient[k] += step * (static_cast<double>(Ki[k]) - (Kj != nullptr ? static_cast<double>(Kj[k]) : 0.0));
      const double fall = b_.gradient[k] - below_[k];
      fall_[k] = static_cast<float>(fall);
      consider(e, b_.gradient[k] + above_[k], positions_[k], fall, positions_[k]);
    }
    return e;
  }

  static void consider(Extremes& e, double rise, double up, double fall, double down) {
    // Ties go to the lowest index, whatever the width of a pack.
    if (rise < e.lowest || (rise == e.lowest && static_cast<std::size_t>(up) < e.up)) {
      e.lowest = rise;
      e.up = static_cast<std::size_t>(up);
    }
    if (fall > e.highest || (fall == e.highest && static_cast<std::size_t>(down) < e.down)) {
      e.highest = fall;
      e.down = static_cast<std::size_t>(down);
    }
  }

  // The partner of i whose step gains most: argmax (G_j - G_i)^2 / (K_ii + K_jj - 2 K_ij).
  std::size_t second(std::size_t g, std::size_t i, const Extremes& e) const {
    const std::size_t first = b_.group_start[g], last = b_.group_start[g + 1];
    const float* Ki = b_.K.data() + i * b_.ld;
    const auto Gi = static_cast<float>(b_.gradient[i]);
    const float Kii = diagonal_[i];
    const Pack<float> zero = all(0.0F), tiny = all(kTiny), gi = all(Gi), kii = all(Kii), two = all(-2.0F);
    Pack<float> best = zero, where = all(-1.0F), here = iota(first);
    std::size_t k = first;
    for (; k + kStep <= last; k += kStep, here = here + all(static_cast<float>(kStep))) {
      const Pack<float> d = simd::larger<float>(load_pack(fall_.data() + k) - gi, zero);
      const Pack<float> curvature =
          simd::larger<float>(simd::fma(two, load_pack(Ki + k), load_pack(diagonal_.data() + k) + kii), tiny);
      const Pack<float> gain = d * d / curvature;
      const auto more = simd::less<float>(best, gain);
      best = simd::select<float>(more, gain, best);
      where = simd::select<float>(more, here, where);
    }
    float most = 0.0F;
    std::size_t j = e.down;
    for (std::size_t lane = 0; lane < kStep; ++lane) {
      const float gain = simd::at<float>(best, lane);
      const float at = simd::at<float>(where, lane);
      if (at >= 0.0F && (gain > most || (gain == most && static_cast<std::size_t>(at) < j))) {
        most = gain;
        j = static_cast<std::size_t>(at);
      }
    }
    for (; k < last; ++k) {
      const float d = std::max(fall_[k] - Gi, 0.0F);
      const float gain = d * d / std::max(diagonal_[k] + Kii - 2.0F * Ki[k], kTiny);
      if (gain > most) {
        most = gain;
        j = k;
      }
    }
    // float32 cannot tell the last differences apart: the pair that violates most always gains.
    return b_.gradient[j] > b_.gradient[i] && below_[j] == 0.0 ? j : e.down;
  }

  static Pack<float> iota(std::size_t first) {
    float lanes[kStep];
    for (std::size_t k = 0; k < kStep; ++k) lanes[k] = static_cast<float>(first + k);
    return load_pack(lanes);
  }
  static Pack<double> as_pack(Lanes v) {
    Pack<double> p;
    static_assert(sizeof p == sizeof v);
    std::memcpy(&p, &v, sizeof p);
    return p;
  }

  Block<float>& b_;
  std::vector<double> above_, below_, positions_;
  std::vector<float> fall_, diagonal_;
  std::vector<Extremes> extremes_;
};

}  // namespace

BlockResult solve_block(Block<float>& block, double aim, std::int64_t most_steps, Interrupt& interrupt) {
  Minimiser minimiser(block);
  BlockResult result;
  for (;; ++result.steps) {
    result.violation = block.keep_sums ? minimiser.violation() : minimiser.largest_gradient();
    if (!(result.violation > aim) || result.steps >= most_steps) return result;
    if ((result.steps & (kStepsBetweenLooks - 1)) == kStepsBetweenLooks - 1 && interrupt.requested()) return result;
    if (!(block.keep_sums ? minimiser.pair_step() : minimiser.single_step())) return result;
  }
}

}  // namespace maxmargin::quadratic
