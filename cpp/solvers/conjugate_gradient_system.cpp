#include <algorithm>
#include <cmath>

#include "simd/vector.hpp"
#include "solvers/newton_system.hpp"

namespace maxmargin {
namespace {

constexpr int kMostIterations = 2000;
constexpr double kForcing = 1e-2;  // residual of the Newton system, relative to the gradient
constexpr double kSmallestCurvature = 1e-10;

}  // namespace

ConjugateGradientSystem::ConjugateGradientSystem(const Problem& problem, const Execution& run)
    : problem_(problem), run_(run), combined_(problem.X.n_features()) {}

void ConjugateGradientSystem::update(RowArrays& rows) {
  rows.counted = rows.curved;
  list_.clear();
  weight_.clear();
  for (std::size_t k = 0; k < rows.size(); ++k) {
    if (!rows.curved[k]) continue;
    list_.push_back(static_cast<RowIndex>(rows.design_row(k)));
    weight_.push_back(rows.c(k));
  }
  norm_.resize(list_.size());
  squared_norms(problem_.X, Rows::list(list_), norm_.data(), run_);
  for (auto* v : {&inverse_, &t_, &residual_, &direction_, &image_, &conditioned_}) v->resize(list_.size());
}

bool ConjugateGradientSystem::solve(const std::vector<double>& gradient, double kappa, std::vector<double>& step) {
  solve_within(kMostIterations, gradient, kappa, step);
  return std::all_of(step.begin(), step.end(), [](double s) { return std::isfinite(s); });
}

// Projected preconditioned conjugate gradients (Gould, Hribar and Nocedal 2001) on
//     A t = step_b - X_J gradient_w,  sum t = -gradient_b,   A = X_J X_J^T + diag(1 / (kappa c_J)).
bool ConjugateGradientSystem::solve_within(int most_iterations, const std::vector<double>& gradient, double kappa,
                                           std::vector<double>& step) {
  const std::size_t d = problem_.X.n_features(), size = list_.size();
  const bool intercept = problem_.fit_intercept;
  for (std::size_t j = 0; j < d; ++j) step[j] = -gradient[j];
  if (intercept) step[d] = size == 0 ? -gradient[d] / kSmallestCurvature : 0.0;
  iterations_ = 0;
  if (size == 0) return true;
  double total_inverse = 0.0;
  for (std::size_t k = 0; k < size; ++k) {
    inverse_[k] = 1.0 / (norm_[k] + 1.0 / (kappa * weight_[k]));
    total_inverse += inverse_[k];
  }
  // Largest part of r outside the constraint, and r made feasible and preconditioned.
  const auto multiplier = [&](const std::vector<double>& r) {
    return intercept ? simd::dot(inverse_.data(), r.data(), size) / total_inverse : 0.0;
  };
  // The part of the residual along the constraint is the step of b; left in, it would drown the rest in rounding.
  double along = 0.0;
  const auto precondition = [&] {
    const double shift = multiplier(residual_);
    along += shift;
    for (std::size_t k = 0; k < size; ++k) {
      residual_[k] -= shift;
      conditioned_[k] = inverse_[k] * residual_[k];
    }
  };
  multiply(problem_.X, Rows::list(list_), step.data(), residual_.data(), run_);
  std::fill(t_.begin(), t_.end(), 0.0);
  if (intercept && gradient[d] != 0.0) {
    for (std::size_t k = 0; k < size; ++k) t_[k] = -gradient[d] * inverse_[k] / total_inverse;
    apply(t_, kappa, image_);
    for (std::size_t k = 0; k < size; ++k) residual_[k] -= image_[k];
  }
  precondition();
  direction_ = conditioned_;
  double rs = simd::dot(residual_.data(), conditioned_.data(), size);
  // A residual r here is one of kappa X_J^T C_J r in the Newton system, whose right side is the gradient.
  const double goal = kForcing * kForcing * simd::dot(gradient.data(), gradient.data(), gradient.size());
  const auto residual = [&] {
    double total = 0.0;
    for (std::size_t k = 0; k < size; ++k) {
      const double r = kappa * weight_[k] * residual_[k];
      total += r * r * norm_[k];
    }
    return total;
  };
  bool accurate = residual() <= goal;
  for (iterations_ = 0; !accurate && iterations_ < most_iterations; ++iterations_) {
    apply(direction_, kappa, image_);
    const double curvature = simd::dot(direction_.data(), image_.data(), size);
    if (!(curvature > 0.0) || !std::isfinite(curvature)) break;
    const double length = rs / curvature;
    simd::axpy(length, direction_.data(), t_.data(), size);
    simd::axpy(-length, image_.data(), residual_.data(), size);
    precondition();
    const double next = simd::dot(residual_.data(), conditioned_.data(), size);
    for (std::size_t k = 0; k < size; ++k) direction_[k] = conditioned_[k] + next / rs * direction_[k];
    rs = next;
    accurate = residual() <= goal;
  }
  if (intercept) step[d] = -along;
  for (double& t : t_) t = -t;
  multiply_transposed(problem_.X, Rows::list(list_), t_.data(), step.data(), run_);
  return accurate;
}

// out = A v
void ConjugateGradientSystem::apply(const std::vector<double>& v, double kappa, std::vector<double>& out) {
  std::fill(combined_.begin(), combined_.end(), 0.0);
  multiply_transposed(problem_.X, Rows::list(list_), v.data(), combined_.data(), run_);
  multiply(problem_.X, Rows::list(list_), combined_.data(), out.data(), run_);
  for (std::size_t k = 0; k < list_.size(); ++k) out[k] += v[k] / (kappa * weight_[k]);
}

}  // namespace maxmargin
