// Kernel values and what float32 makes of them, bounded row by row, u = 2^-24:
//
//   |K(x, z)| <= m(x) m(z)      and a value in float32 is off by at most u e(x) e(z).
//
// With q = |x|^2 and sums of as many terms as the row has, D, each of whose roundings is one u of |x||z|, of |x|_1 +
// |z|_1 or of 1 (sparse rows have their |x|_1, and |x|_1^2 / D for q):
//
//   linear             m^2 = q                          e^2 = (D + 3) q
//   poly               m^2 = (gamma q + |coef0|)^n      e^2 = (n (D + 10) + 2) m^2
//   sigmoid            m^2 = 1                          e^2 = (D + 8) (gamma q + |coef0|) + 16
//   rbf                m^2 = 1                          e^2 = (A + s)^2 / A      s = gamma (D + 18) q
//   laplacian, chi2    m^2 = 1                          e^2 = (A + s)^2 / A      s = gamma (D + 12) sqrt(D q)
//
// because |<x, z>| <= |x||z|, sums of products of square roots are no more than roots of products of sums (Cauchy and
// Schwarz), and 16 + s(x) + s(z) <= (A + s(x)) (A + s(z)) / A for any A >= 16. For the same reasons, with one more
// rounding for each operation,
//
//   K + K'   m^2 + m'^2     e^2 + e'^2 + m^2 + m'^2
//   K K'     m^2 m'^2       m^2 e'^2 + e^2 m'^2 + m^2 m'^2 + u e^2 e'^2
//   c K      c m^2          c (e^2 + 2 m^2)
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numeric>

#include "kernels/function.hpp"

namespace maxmargin::kernels {

// A factor that float32 narrows by a rounding; infinite where it is another.
inline double within_float32(double factor) {
  return factor >= 1e-30 && factor <= 1e30 ? factor : std::numeric_limits<double>::infinity();
}

// A row: |x|^2, and how many terms a sum over its features has at most.
struct RowSize {
  double norm = 0.0, terms = 0.0;
};

// A row of which not |x|^2 but |x|_1 is known: the `norm` for which sqrt(terms norm) is just that.
inline RowSize size_of_absolute(double absolute, double terms) {
  return {terms > 0.0 ? absolute * absolute / terms : 0.0, terms};
}

// Of rows that all have as many.
inline RowSize mean_size(const float* norms, std::size_t n, std::size_t terms) {
  const double sum = std::accumulate(norms, norms + n, 0.0);
  return {sum / static_cast<double>(std::max<std::size_t>(n, 1)), static_cast<double>(terms)};
}

class Magnitudes {
 public:
  // `summed`: float32 roundings of a sum of kernel values. `mean`: of all rows, which makes A + s tight.
  Magnitudes(const Function& f, std::size_t summed, RowSize mean)
      : f_(f), summed_(static_cast<double>(summed) + 4.0), mean_(mean) {}

  // e(x), with what a sum of values adds; infinite, or no number, where nothing is known.
  double error(RowSize x) const {
    const Squares squares = of(f_, {x.norm + kSmallest, x.terms});
    return std::sqrt(squares.e + summed_ * squares.m);
  }

 private:
  struct Squares {
    double m, e;
  };
  static constexpr double kUnit = 0x1p-24;
  static constexpr double kSmallest = 1e-30;  // of |x|^2: less is too small for float32
  static constexpr double kSmall = 0.05;      // relative errors whose squares need no counting
  static constexpr double kInfinity = std::numeric_limits<double>::infinity();

  Squares of(const Function& f, RowSize x) const {
    if (!f.composed()) return kUnit * x.terms <= kSmall ? simple(f, x) : Squares{kInfinity, kInfinity};
    Squares a = of(f.parts.front(), x);
    if (f.kind == Kind::kScaled) {
      const double factor = within_float32(f.factor);
      return {factor * a.m, factor * (a.e + 2.0 * a.m)};
    }
    for (std::size_t i = 1; i < f.parts.size(); ++i) {
      const Squares b = of(f.parts[i], x);
      if (f.kind == Kind::kSum)
        a = {a.m + b.m, a.e + b.e + a.m + b.m};
      else
        a = {a.m * b.m, a.m * b.e + a.e * b.m + a.m * b.m + kUnit * a.e * b.e};
    }
    return a;
  }

  Squares simple(const Function& f, RowSize x) const {
    const double q = x.norm, terms = x.terms;
    const double affine = f.gamma * q + std::abs(f.coef0);
    switch (f.kind) {
      case Kind::kLinear:
        return {q, (terms + 3.0) * q};
      case Kind::kPoly: {
        const double relative = f.degree * (terms + 10.0) + 2.0, m = std::pow(affine, f.degree);
        return {m, f.degree == std::floor(f.degree) && kUnit * relative <= kSmall ? relative * m : kInfinity};
      }
      case Kind::kSigmoid:
        return {1.0, (terms + 8.0) * affine + 16.0};
      case Kind::kRbf:
        return exponential(f.gamma * (terms + 18.0) * q, f.gamma * (mean_.terms + 18.0) * mean_.norm);
      default: {
        const double slope = f.gamma * (terms + 12.0) * std::sqrt(terms);
        return exponential(slope * std::sqrt(q), slope * std::sqrt(mean_.norm));
      }
    }
  }

  static Squares exponential(double s, double typical) {
    const double A = 16.0 + typical;
    return {1.0, kUnit * s <= kSmall ? (A + s) * (A + s) / A : kInfinity};
  }

  Function f_;
  double summed_;
  RowSize mean_;
};

}  // namespace maxmargin::kernels
