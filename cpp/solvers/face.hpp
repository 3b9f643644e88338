// Conjugate gradients on a face of the dual box: multipliers strictly inside their bounds move together, the others
// stay. Where the rows are correlated, thirty such products replace hundreds of epochs of single coordinates.
//
// More, Toraldo: On the solution of large quadratic programming problems with bound constraints, SIAM J. Optim. 1
// (1991).
#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

#include "design/design.hpp"
#include "design/products.hpp"
#include "simd/vector.hpp"
#include "solvers/dual_point.hpp"
#include "solvers/problem.hpp"

namespace maxmargin {

template <class Loss>
class Face {
 public:
  explicit Face(const Problem& problem) : problem_(problem) {}

  // One ascent of the dual over the multipliers of `rows` that are strictly inside; returns the products it took.
  int ascend(DualPoint& at, const std::vector<RowIndex>& rows, int most_products, const Execution& run) {
    run_ = run;
    choose(at, rows);
    if (free_.size() < 2) return 0;
    const int products = conjugate_gradients(at, most_products);
    search(at);
    return products;
  }

  std::size_t size() const { return free_.size(); }  // multipliers that were free
  // Whether bounds took most of what the last step promised: it was on the wrong face.
  bool blocked() const { return blocked_; }

 private:
  static constexpr double kBlocked = 0.5;
  static constexpr double kLeastRise = 1e-3;
  static constexpr int kMostHalvings = 5;

  void choose(const DualPoint& at, const std::vector<RowIndex>& rows) {
    free_.clear();
    for (RowIndex i : rows)
      if (at.alpha[i] > 0.0 && at.alpha[i] < Loss::upper(problem_.c[i])) free_.push_back(i);
    residual_.resize(free_.size());
    const double b = at.b + at.rho * at.balance;
    const Rows free{free_.data(), 0, free_.size()};
    multiply(problem_.X, free, at.w.data(), residual_.data(), run_);
    for (std::size_t k = 0; k < free_.size(); ++k) {
      const RowIndex i = free_[k];
      residual_[k] = 1.0 - problem_.y[i] * (residual_[k] + b) - Loss::dual_curvature(problem_.c[i]) * at.alpha[i];
      if (!std::isfinite(residual_[k])) residual_[k] = 0.0;
    }
    slope_ = residual_;
  }

  // step_ ~ argmax <slope, s> - s'Qs / 2 over the free multipliers, from s = 0.
  int conjugate_gradients(const DualPoint& at, int most_products) {
    const std::size_t m = free_.size();
    step_.assign(m, 0.0);
    direction_ = residual_;
    product_.resize(m);
    double square = simd::dot(residual_.data(), residual_.data(), m);
    const double reduction = 0.8 / most_products;  // who may take many steps is sure of the face
    const double enough = reduction * reduction * square;
    int k = 0;
    for (; k < most_products && square > enough; ++k) {
      if (run_.interrupt->requested()) throw Interrupted{};
      apply(at);
      const double curvature = simd::dot(direction_.data(), product_.data(), m);
      if (!(curvature > 0.0)) break;
      const double length = square / curvature;
      simd::axpy(length, direction_.data(), step_.data(), m);
      simd::axpy(-length, product_.data(), residual_.data(), m);
      const double next = simd::dot(residual_.data(), residual_.data(), m);
      for (std::size_t j = 0; j < m; ++j) direction_[j] = residual_[j] + next / square * direction_[j];
      square = next;
    }
    return k;
  }

  // product_ = Q direction_, with Q_ij = y_i y_j (<x_i, x_j> + rho), plus the loss's own curvature on the diagonal.
  void apply(const DualPoint& at) {
    const Rows free{free_.data(), 0, free_.size()};
    const double imbalance = combine(direction_, at.w.size());
    multiply(problem_.X, free, combined_.data(), product_.data(), run_);
    for (std::size_t k = 0; k < free_.size(); ++k) {
      const RowIndex i = free_[k];
      product_[k] =
          problem_.y[i] * (product_[k] + at.rho * imbalance) + Loss::dual_curvature(problem_.c[i]) * direction_[k];
    }
  }

  // combined_ = sum_k y_k v_k x_k; returns sum_k y_k v_k.
  double combine(const std::vector<double>& v, std::size_t n_features) {
    combined_.assign(n_features, 0.0);
    signed_.resize(v.size());
    double total = 0.0;
    for (std::size_t k = 0; k < v.size(); ++k) total += signed_[k] = problem_.y[free_[k]] * v[k];
    multiply_transposed(problem_.X, Rows::list(free_), signed_.data(), combined_.data(), run_);
    return total;
  }

  // Along the step, clipped at the bounds, halved until the dual rises.
  void search(DualPoint& at) {
    // Conjugate gradients end where the promised rise is half the slope along the step.
    const double promised = 0.5 * simd::dot(slope_.data(), step_.data(), step_.size());
    blocked_ = true;
    double t = 1.0;
    for (int trial = 0; trial <= kMostHalvings; ++trial, t *= 0.5) {
      double linear = 0.0, quadratic = 0.0;
      moved_.resize(free_.size());
      for (std::size_t k = 0; k < free_.size(); ++k) {
        const RowIndex i = free_[k];
        const double c = problem_.c[i];
        moved_[k] = std::clamp(at.alpha[i] + t * step_[k], 0.0, Loss::upper(c)) - at.alpha[i];
        linear += slope_[k] * moved_[k];
        quadratic += Loss::dual_curvature(c) * moved_[k] * moved_[k];
      }
      const double imbalance = combine(moved_, at.w.size());
      quadratic += simd::dot(combined_.data(), combined_.data(), combined_.size()) + at.rho * imbalance * imbalance;
      const double rise = linear - 0.5 * quadratic;
      if (!(rise > kLeastRise * std::abs(linear))) continue;
      blocked_ = rise < kBlocked * promised;
      for (std::size_t k = 0; k < free_.size(); ++k) at.alpha[free_[k]] += moved_[k];
      simd::axpy(1.0, combined_.data(), at.w.data(), at.w.size());
      at.balance += imbalance;
      return;
    }
  }

  const Problem& problem_;
  Execution run_{1, nullptr};
  std::vector<RowIndex> free_;
  bool blocked_ = false;
  std::vector<double> slope_, residual_, direction_, product_, step_, moved_, signed_, combined_;
};

}  // namespace maxmargin
