// How far float32 may have moved sums of rbf kernel values.
//
// From float32 norms and products of `depth` terms, each with relative error u = 2^-24, |x - z|^2 is off by at most
// u (depth + 18) (|x|^2 + |z|^2). With s(x) = gamma (depth + 18) |x|^2 the kernel value is then off by K (e^E - 1) with
// E = u (s(x) + s(z)), and by a few u K for the exponential and for the sum that it enters: A u K in all. Since
//
//   A + s(x) + s(z) <= (A + s(x)) (1 + s(z) / A),
//
// a sum over z of c_z K(x, z) is off by at most u (A + s(x)) times its spread, the sum of |c_z| (1 + s(z) / A) K(x, z).
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

namespace maxmargin::kernels {

class Rounding {
 public:
  // `terms`: float32 roundings of a sum of kernel values. `norms`: |x|^2 of all n rows, whose mean makes A + s(x)
  // tight.
  Rounding(const Function& f, std::size_t depth, std::size_t terms, const float* norms, std::size_t n)
      : slope_(f.gamma * (static_cast<double>(depth) + 18.0)), known_(f.kind == Kind::kRbf && f.gamma <= kLargest) {
    const double sum = std::accumulate(norms, norms + n, 0.0);
    base_ = static_cast<double>(terms) + kExponential + slope_ * sum / static_cast<double>(std::max<std::size_t>(n, 1));
  }

  // 1 + s(z) / A, by which the size of a coefficient is multiplied.
  double of_source(double norm) const { return small(norm) ? 1.0 + slope_ * norm / base_ : kInfinity; }
  double of_target(double norm) const {
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

 private:
  static constexpr double kSmallest = 1e-30;  // of a number that float32 narrows by a rounding
  static constexpr double kLargest = 1e30;    // of gamma
  static constexpr double kInfinity = std::numeric_limits<double>::infinity();
  static constexpr double kUnit = 0x1p-24, kExponential = 16.0;
  static constexpr double kSmall = 0.05;   // E of either row; e^E - 1 <= 1.1 E up to twice that,
  static constexpr double kLinear = 1.25;  // and a spread of computed values may be a tenth too small

  // And not so small that float32 loses digits of it.
  bool small(double norm) const { return kUnit * slope_ * norm <= kSmall && (norm == 0.0 || norm >= kSmallest); }

  double slope_, base_;
  bool known_;
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
