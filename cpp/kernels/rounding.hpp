// How far float32 may have moved sums of kernel values, u = 2^-24.
//
// What is of rbf alone. From float32 norms and a product of t terms, each with relative error u, |x - z|^2 is off by at
// most u (18 (|x|^2 + |z|^2) + 2t |x||z|), and 2t |x||z| <= t(x) |x|^2 + t(z) |z|^2 where a product has no more terms
// than either of its rows: t^2 <= t(x) t(z). With s(x) = gamma (t(x) + 18) |x|^2 the kernel value is then off by K (e^E
// - 1) with E = u (s(x) + s(z)), and by a few u K for the exponential and for the sum that it enters: A u K in all.
// Since
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
#include <vector>

#include "kernels/function.hpp"
#include "kernels/kernel.hpp"
#include "kernels/magnitudes.hpp"

namespace maxmargin::kernels {

class Rounding {
 public:
  // `summed`: float32 roundings of a sum of kernel values. `mean`: of the rows, which makes A + s(x) tight.
  Rounding(const Function& f, std::size_t summed, RowSize mean)
      : relative_(f.each([](const Function& part) { return part.kind == Kind::kRbf; })), magnitudes_(f, summed, mean) {
    const Relative error = relative_of(f);
    gamma_ = error.gamma;
    base_ = static_cast<double>(summed) + error.base + slope(mean);
    known_ = relative_ && error.gamma <= kLargest && error.most <= kLargest;
    vanishing_ = f.composed() ? kVanishing * error.most : 0.0;
  }

  // 1 + s(z) / A, by which the size of a coefficient is multiplied.
  double of_source(RowSize x) const { return small(x) ? 1.0 + slope(x) / base_ : kInfinity; }
  double of_target(RowSize x) const {
    if (!relative_) return kLinear * kUnit * magnitudes_.error(x);
    return known_ && small(x) ? kLinear * kUnit * (base_ + slope(x)) : kInfinity;
  }

  // The coefficients of a spread: the sizes of those of the sum, each times its row's factor.
  template <class SizeOf>
  std::vector<float> spread_of(const std::vector<RowIndex>& rows, const double* coef, const SizeOf& size_of) const {
    std::vector<float> spread;
    for (std::size_t j = 0; known_ && j < rows.size(); ++j) {
      const double size = std::abs(coef[j]), factor = of_source(size_of(rows[j]));
      spread.push_back(size < kSmallest ? std::numeric_limits<float>::infinity() : static_cast<float>(size * factor));
    }
    return spread;
  }

  // What is added to the spread of every target.
  template <class SizeOf>
  double common_spread(const std::vector<RowIndex>& rows, const double* coef, const SizeOf& size_of) const {
    double sum = 0.0;
    for (std::size_t j = 0; j < rows.size() && (!relative_ || vanishing_ > 0.0); ++j)
      sum += std::abs(coef[j]) * (relative_ ? vanishing_ : magnitudes_.error(size_of(rows[j])));
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
  bool small(RowSize x) const { return kUnit * slope(x) <= kSmall && (x.norm == 0.0 || x.norm >= kSmallest); }
  double slope(RowSize x) const { return gamma_ * (x.terms + 18.0) * x.norm; }

  double gamma_ = 0.0, base_ = 0.0, vanishing_ = 0.0;
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
