#include "quadratic/block.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "simd/pack.hpp"

namespace maxmargin::quadratic {
namespace {

using simd::all;
using simd::load_pack;
using simd::Pack;

constexpr std::size_t kStep = simd::kPackSize<float>;
constexpr std::size_t kHalf = simd::kPackSize<double>;
constexpr float kNever = 1e30F;  // keeps a variable at its bound out of a choice
constexpr float kTiny = 1e-12F;  // curvature of two equal rows
constexpr std::int64_t kStepsBetweenLooks = 2048;

struct Extremes {
  std::size_t up = 0, down = 0;  // may rise with the lowest gradient; may fall with the highest
  double lowest = 0.0, highest = 0.0;
  double violation() const { return highest - lowest; }
};

// The best of several lanes, and where each is: the highest value, and of equal ones the first.
struct Best {
  Pack<float> value, place;

  void consider(Pack<float> candidate, Pack<float> here) {
    const auto more = simd::less<float>(value, candidate);
    value = simd::select<float>(more, candidate, value);
    place = simd::select<float>(more, here, place);
  }
  std::size_t where() const {
    float values[kStep], places[kStep];
    simd::store_pack(values, value);
    simd::store_pack(places, place);
    std::size_t best = 0;
    for (std::size_t k = 1; k < kStep; ++k)
      if (values[k] > values[best] || (values[k] == values[best] && places[k] < places[best])) best = k;
    return static_cast<std::size_t>(places[best]);
  }
};

// The gradient is float64. Choices go by its float32 distances from a point amid it, which keep their digits as the
// gradients of all free variables approach one number.
class Minimiser {
 public:
  explicit Minimiser(Block<float>& block)
      : b_(block), above_(block.a.size(), kNever), below_(block.a.size(), kNever), slope_(block.a.size(), 0.0F) {
    diagonal_.assign(block.a.size(), 1.0F);
    for (std::size_t k = 0; k < b_.size; ++k) {
      diagonal_[k] = b_.K[k * b_.ld + k];
      at_bound(k);
    }
    for (std::size_t g = 0; g + 1 < b_.group_start.size(); ++g) {
      middle_.push_back(b_.keep_sums ? middle_of(g) : 0.0);
      extremes_.push_back(pass(g, 0.0, nullptr, nullptr));
    }
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

  double middle_of(std::size_t g) const {
    double lowest = std::numeric_limits<double>::infinity(), highest = -lowest;
    for (std::size_t k = b_.group_start[g]; k < b_.group_start[g + 1]; ++k) {
      if (above_[k] == 0.0F) lowest = std::min(lowest, b_.gradient[k]);
      if (below_[k] == 0.0F) highest = std::max(highest, b_.gradient[k]);
    }
    return std::isfinite(lowest) && std::isfinite(highest) ? 0.5 * (lowest + highest) : 0.0;
  }

  void at_bound(std::size_t k) {
    above_[k] = b_.a[k] < b_.upper[k] ? 0.0F : kNever;
    below_[k] = b_.a[k] > b_.lower[k] ? 0.0F : kNever;
  }

  void move(std::size_t k, double step) {
    b_.a[k] = b_.settled(k, b_.a[k] + step);
    at_bound(k);
  }

  // gradient += step (Ki - Kj) over group g, and its extremes.
  Extremes pass(std::size_t g, double step, const float* Ki, const float* Kj) {
    const std::size_t first = b_.group_start[g], last = b_.group_start[g + 1];
    const Pack<double> s = all(step), middle = all(middle_[g]);
    Pack<float> here = iota(first);
    Best rising{all(-kNever), here}, falling = rising;
    std::size_t k = first;
    for (; k + kStep <= last; k += kStep, here = here + all(static_cast<float>(kStep))) {
      double* gradient = b_.gradient.data() + k;
      Pack<double> G0 = load_pack(gradient), G1 = load_pack(gradient + kHalf);
      if (Ki != nullptr) {
        const auto change = simd::widen(Kj != nullptr ? load_pack(Ki + k) - load_pack(Kj + k) : load_pack(Ki + k));
        G0 = simd::fma(s, change.first, G0);
        G1 = simd::fma(s, change.second, G1);
        simd::store_pack(gradient, G0);
        simd::store_pack(gradient + kHalf, G1);
      }
      const Pack<float> slope = simd::narrow(G0 - middle, G1 - middle);
      simd::store_pack(slope_.data() + k, slope);
      rising.consider(all(0.0F) - (slope + load_pack(above_.data() + k)), here);
      falling.consider(slope - load_pack(below_.data() + k), here);
    }
    Extremes e{first, first, 0.0, 0.0};
    if (k > first) e = {rising.where(), falling.where(), 0.0, 0.0};
    for (; k < last; ++k) {
      if (Ki != nullptr) b_.gradient[k] += step * static_cast<double>(Kj != nullptr ? Ki[k] - Kj[k] : Ki[k]);
      slope_[k] = static_cast<float>(b_.gradient[k] - middle_[g]);
      if (slope_[k] + above_[k] < slope_[e.up] + above_[e.up]) e.up = k;
      if (slope_[k] - below_[k] > slope_[e.down] - below_[e.down]) e.down = k;
    }
    if (first == last) return e;
    e.lowest = b_.gradient[e.up] + static_cast<double>(above_[e.up]);
    e.highest = b_.gradient[e.down] - static_cast<double>(below_[e.down]);
    return e;
  }

  // The partner of i whose step gains most: argmax (G_j - G_i)^2 / (K_ii + K_jj - 2 K_ij).
  std::size_t second(std::size_t g, std::size_t i, const Extremes& e) const {
    const std::size_t first = b_.group_start[g], last = b_.group_start[g + 1];
    const float* Ki = b_.K.data() + i * b_.ld;
    const float Gi = slope_[i], Kii = diagonal_[i];
    const Pack<float> zero = all(0.0F), tiny = all(kTiny), gi = all(Gi), kii = all(Kii), two = all(-2.0F);
    Pack<float> here = iota(first);
    Best best{zero, here};
    std::size_t k = first;
    for (; k + kStep <= last; k += kStep, here = here + all(static_cast<float>(kStep))) {
      const Pack<float> d = simd::larger<float>(load_pack(slope_.data() + k) - load_pack(below_.data() + k) - gi, zero);
      const Pack<float> curvature =
          simd::larger<float>(simd::fma(two, load_pack(Ki + k), load_pack(diagonal_.data() + k) + kii), tiny);
      best.consider(d * d / curvature, here);
    }
    const auto gain_of = [&](std::size_t at) {
      const float d = std::max(slope_[at] - below_[at] - Gi, 0.0F);
      return d * d / std::max(diagonal_[at] + Kii - 2.0F * Ki[at], kTiny);
    };
    std::size_t j = e.down;
    if (k > first && gain_of(best.where()) > 0.0F) j = best.where();
    for (; k < last; ++k)
      if (gain_of(k) > gain_of(j)) j = k;
    // float32 cannot tell the last differences apart: the pair that violates most always gains.
    return b_.gradient[j] > b_.gradient[i] && below_[j] == 0.0F ? j : e.down;
  }

  static Pack<float> iota(std::size_t first) {
    float lanes[kStep];
    for (std::size_t k = 0; k < kStep; ++k) lanes[k] = static_cast<float>(first + k);
    return load_pack(lanes);
  }

  Block<float>& b_;
  std::vector<double> middle_;                           // of each group's gradient, at first
  LargeVector<float> above_, below_, slope_, diagonal_;  // 0, or kNever at a bound; gradient - middle
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
