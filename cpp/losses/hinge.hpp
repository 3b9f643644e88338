// Hinge loss: l(m) = max(0, 1 - m), written in the slack z = 1 - m.
#pragma once

#include <algorithm>
#include <cmath>

namespace maxmargin {

struct Hinge {
  static constexpr const char* kName = "hinge";
  // The loss has a kink, so its dual multiplier is not a function of z: solvers iterate on it.
  static constexpr bool kSmooth = false;

  // c l(m)
  static double value(double z, double c) { return c * std::max(z, 0.0); }
  // Dual contribution of a multiplier, -c l*(-alpha / c).
  static double dual_value(double alpha, double) { return alpha; }
  // Largest multiplier.
  static double upper(double c) { return c; }
  // -d^2 dual_value / d alpha^2
  static double dual_curvature(double) { return 0.0; }
  // Fenchel-Young gap of one row; zero exactly when alpha is a subgradient at z.
  static double gap(double alpha, double z, double c) { return z > 0.0 ? (c - alpha) * z : -alpha * z; }
  // argmax over the multiplier a of a z - c l*(a / c) - (a - alpha)^2 / (2 c kappa).
  static double multiplier(double alpha, double z, double c, double kappa) {
    const double t = alpha + c * kappa * z;
    return t < 0.0 ? 0.0 : (t > c ? c : t);
  }
  // Whether the multiplier moves with z there (then d multiplier / d z = c kappa).
  static bool curved(double alpha, double z, double c, double kappa) {
    const double t = alpha + c * kappa * z;
    return (t > 0.0) & (t < c);
  }
  // How far z can move before a row at a bound becomes curved; 0 for curved rows.
  static double slack(double alpha, double z, double c, double kappa) {
    const double t = alpha + c * kappa * z;
    return std::max({0.0, -t, t - c}) / (c * kappa);
  }
  // Curvature parameter kappa of a smoothing whose curved band is |z| < width.
  static double kappa_of_width(double width) { return 0.5 / width; }
  // Multiplier to start from when nothing is known: the middle of the dual interval.
  static double start(double c) { return 0.5 * c; }
  // Exact minimiser of the dual along one coordinate: alpha + z / q, projected. Coordinate descent waits for every z,
  // but not for q: so it is inverted, and z multiplied.
  static double coordinate_step(double alpha, double z, double c, double q) {
    return std::min(std::max(alpha + z * (1.0 / q), 0.0), c);
  }
};

}  // namespace maxmargin
