// Squared hinge loss: l(m) = max(0, 1 - m)^2, written in the slack z = 1 - m.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>

namespace maxmargin {

struct SquaredHinge {
  static constexpr const char* kName = "squared_hinge";
  // Once differentiable: the multiplier is the slope, 2 c max(0, z).
  static constexpr bool kSmooth = true;

  static double value(double z, double c) {
    const double s = std::max(z, 0.0);
    return c * s * s;
  }
  static double dual_value(double alpha, double c) { return c > 0.0 ? alpha - alpha * alpha / (4.0 * c) : 0.0; }
  static double dual_curvature(double c) { return 0.5 / c; }
  static double upper(double) { return std::numeric_limits<double>::infinity(); }
  static double gap(double alpha, double z, double c) {
    if (!(c > 0.0)) return 0.0;
    const double s = std::max(z, 0.0) - alpha / (2.0 * c);
    return c * s * s + alpha * std::max(-z, 0.0);
  }
  // The loss needs no smoothing: neither the previous multiplier nor kappa (always 2) plays a part.
  static double multiplier(double, double z, double c, double kappa) { return c * kappa * std::max(z, 0.0); }
  static bool curved(double, double z, double, double) { return z > 0.0; }
  static double slack(double, double z, double, double) { return std::max(0.0, -z); }
  static double kappa_of_width(double) { return 2.0; }
  static double start(double) { return 0.0; }
  static double coordinate_step(double alpha, double z, double c, double q) {
    return std::max(0.0, alpha + (z - alpha * dual_curvature(c)) * (1.0 / (q + dual_curvature(c))));
  }
};

}  // namespace maxmargin
