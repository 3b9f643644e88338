// How far float32 may have moved sums of kernel values, u = 2^-24.
//
// What is of rbf alone. From float32 norms and products of `depth` terms, each with relative error u, |x - z|^2 is off
// by at most u (depth + 18) (|x|^2 + |z|^2). With s(x) = gamma (depth + 18) |x|^2 the kernel value is then off by
// K (e^E - 1) with E = u (s(x) + s(z)), and by a few u K for the exponential and for the sum that it enters: A u K in
// all. Since
//
//   A + s(x) + s(z) <= (A + s(x)) (1 + s(z) / A),
//
// a sum over z of c_z K(x, z) is off by at most u (A + s(x)) times its spread, the sum of |c_z| (1 + s(z) / A) K(x, z).
// A product of such values adds their A and their gamma, and a sum, none of whose parts is negative, has the largest of
// either.
//
// What is not goes by `magnitudes.hpp`: an error of at most u e(x) e(z) in each value, whatever the value is, so that
// the sum is off by at most u e(x) times the sum of |c_z| e(z), which is the same for all x.
//
// Higham: Accuracy and stability of numerical algorithms (2002), section 3.1, for sums of products.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numeric>
#include <vector>

#include "kernels/function.hpp"
#include "kernels/kernel.hpp"
#include "kernels/magnitudes.hpp"

namespace maxmargin::kernels {

class Rounding {
 public:
  // `terms`: float32 roundings of a sum of kernel values. `norms`: |x|^2 of all n rows, whose mean makes A + s(x)
  // tight.
  Rounding(const Function& f, std::size_t depth, std::size_t terms, const float* norms, std::size_t n)
      : relative_(f.each([](const Function& part) { return part.kind == Kind::kRbf; })) {
    const double sum = std::accumulate(norms, norms + n, 0.0);
    const double mean = sum / static_cast<double>(std::max<std::size_t>(n, 1));
    magnitudes_ = Magnitudes(f, depth, terms, mean);
    const Relative error = relative_of(f);
    slope_ = error.gamma * (static_cast<double>(depth) + 18.0);
    base_ = static_cast<double>(terms) + error.base + slope_ * mean;
    known_ = relative_ && error.gamma <= kLargest && error.most <= kLargest;
    vanishing_ = f.composed() ? kVanishing * error.most : 0.0;
  }

  // 1 + s(z) / A, by which the size of a coefficient is multiplied.
  double of_source(double norm) const { return small(norm) ? 1.0 + slope_ * norm / base_ : kInfinity; }
  double of_target(double norm) const {
    if (!relative_) return kLinear * kUnit * magnitudes_.error(norm);
    return known_ && small(norm) ? kLinear * kUnit * (base_ + slope_ * norm) : kInfinity;
  }

  // The coefficients of a spread: the sizes of those of the sum, each times its row's factor.
  std::vector<float> spread_of(const std::vector<RowIndex>& rows, const double* coef, const float* norms) const {
    std::vector<float> spread;
    for (std::size_t j = 0; known_ && j < rows.size(); ++j) {
      const double size = std::abs(coef[j]), factor = of_source(static_cast<double>(norms[rows[j]]));
      spread.push_back(size < kSmallest ? std::numeric_limits<float>::infinity() : static_cast<float>(size * factor));
    }
    return spread;
  }

  // What is added to the spread of every target.
  double common_spread(const std::vector<RowIndex>& rows, const double* coef, const float* norms) const {
    double sum = 0.0;
    for (std::size_t j = 0; j < rows.size() && (!relative_ || vanishing_ > 0.0); ++j)
      sum += std::abs(coef[j]) * (relative_ ? vanishing_ : magnitudes_.error(static_cast<double>(norms[rows[j]])));
    return sum;
  }

 private:
  static constexpr double kSmallest = 1e-30;  // of a number that float32 narrows by a rounding
  static constexpr double kLargest = 1e30;    // of gamma, and of a value
  static constexpr double kInfinity = std::numeric_limits<double>::infinity();
  static constexpr double kUnit = 0x1p-24, kExponential = 16.0;
  static constexpr double kVanishing = 1e-24;  // times u: more than the least that an exponential is in float32
  static constexpr double kSmall = 0.05;       // E of either row; e^E - 1 <= 1.1 E up to twice that,
  static constexpr double kLinear = 1.25;      // and a spread of computed values may be a tenth too small

  struct Relative {
    double gamma, base, most;  // |x - z|^2 counts so much, roundings, and the largest value
  };

  static Relative relative_of(const Function& f) {
    if (!f.composed()) return {f.gamma, kExponential, 1.0};
    Relative error = relative_of(f.parts.front());
    if (f.kind == Kind::kScaled) return {error.gamma, error.base + 2.0, within_float32(f.factor) * error.most};
    for (std::size_t i = 1; i < f.parts.size(); ++i) {
      const Relative other = relative_of(f.parts[i]);
      if (f.kind == Kind::kSum)
        error = {std::max(error.gamma, other.gamma), std::max(error.base, other.base) + 1.0, error.most + other.most};
      else
        error = {error.gamma + other.gamma, error.base + other.base + 1.0, error.most * other.most};
    }
    return error;
  }

  // And not so small that float32 loses digits of it.
  bool small(double norm) const { return kUnit * slope_ * norm <= kSmall && (norm == 0.0 || norm >= kSmallest); }

  double slope_ = 0.0, base_ = 0.0, vanishing_ = 0.0;
  bool relative_, known_ = false;
  Magnitudes magnitudes_;
};

// What a kernel adds up in float32: the sums themselves and, where asked for and known, their spread.
struct NarrowSums {
  std::vector<float> coef;       // of the rows, for each output in turn
  std::vector<double*> outputs;  // sums, spread

  NarrowSums(const std::vector<RowIndex>& rows, const double* wide, Sums sums, const std::vector<float>& spread)
      : coef(wide, wide + rows.size()), outputs{sums.f} {
    if (sums.spread == nullptr || spread.empty()) return;
    outputs.push_back(sums.spread);
    coef.insert(coef.end(), spread.begin(), spread.end());
  }
};

}  // namespace maxmargin::kernels
