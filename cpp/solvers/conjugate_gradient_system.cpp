#include <algorithm>
#include <cmath>

#include "simd/vector.hpp"
#include "solvers/newton_system.hpp"

namespace maxmargin {
namespace {

// Preconditioned conjugate gradients on (D + kappa X_J^T C_J X_J) step = -gradient.
class ConjugateGradientSystem final : public NewtonSystem {
 public:
  ConjugateGradientSystem(const Problem& problem, const Execution& run)
      : problem_(problem), run_(run), order_(problem.X.n_features() + (problem.fit_intercept ? 1 : 0)) {}

  void update(RowArrays& rows) override {
    rows.counted = rows.curved;
    list_.clear();
    weight_.clear();
    for (std::size_t k = 0; k < rows.size(); ++k) {
      if (!rows.curved[k]) continue;
      list_.push_back(rows.row.empty() ? static_cast<RowIndex>(k) : rows.row[k]);
      weight_.push_back(rows.c[k]);
    }
    product_.resize(list_.size());
    total_weight_ = 0.0;
    for (double c : weight_) total_weight_ += c;
  }

  bool solve(const std::vector<double>& gradient, double kappa, std::vector<double>& step) override {
    const std::size_t d = order_;
    // The intercept alone is badly scaled: precondition it by its own curvature.
    const double corner = std::max(kappa * total_weight_, 1e-10);
    const auto precondition = [&](const std::vector<double>& r, std::vector<double>& s) {
      s = r;
      if (problem_.fit_intercept) s[d - 1] /= corner;
    };
    std::fill(step.begin(), step.end(), 0.0);
    residual_.resize(d);
    for (std::size_t j = 0; j < d; ++j) residual_[j] = -gradient[j];
    precondition(residual_, direction_);
    image_.resize(d);
    double rs = simd::dot(residual_.data(), direction_.data(), d);
    const double goal = rs * kForcing * kForcing;
    for (int iteration = 0; iteration < kMostIterations && rs > goal; ++iteration) {
      apply(direction_, kappa, image_);
      const double curvature = simd::dot(direction_.data(), image_.data(), d);
      if (!(curvature > 0.0) || !std::isfinite(curvature)) return iteration > 0;
      const double length = rs / curvature;
      simd::axpy(length, direction_.data(), step.data(), d);
      simd::axpy(-length, image_.data(), residual_.data(), d);
      precondition(residual_, conditioned_);
      const double next = simd::dot(residual_.data(), conditioned_.data(), d);
      const double beta = next / rs;
      for (std::size_t j = 0; j < d; ++j) direction_[j] = conditioned_[j] + beta * direction_[j];
      rs = next;
    }
    return true;
  }

 private:
  static constexpr int kMostIterations = 250;
  static constexpr double kForcing = 1e-2;  // residual, relative to the gradient

  void apply(const std::vector<double>& v, double kappa, std::vector<double>& out) {
    const std::size_t n_features = problem_.X.n_features();
    const double vb = problem_.fit_intercept ? v[n_features] : 0.0;
    multiply(problem_.X, Rows::list(list_), v.data(), product_.data(), run_);
    double total = 0.0;
    for (std::size_t k = 0; k < list_.size(); ++k) {
      product_[k] = kappa * weight_[k] * (product_[k] + vb);
      total += product_[k];
    }
    std::copy_n(v.begin(), n_features, out.begin());
    if (problem_.fit_intercept) out[n_features] = total;
    multiply_transposed(problem_.X, Rows::list(list_), product_.data(), out.data(), run_);
  }

  const Problem& problem_;
  const Execution& run_;
  std::size_t order_;
  std::vector<RowIndex> list_;
  std::vector<double> weight_, product_, residual_, direction_, image_, conditioned_;
  double total_weight_ = 0.0;
};

}  // namespace

std::unique_ptr<NewtonSystem> make_conjugate_gradient_system(const Problem& problem, const Execution& run) {
  return std::make_unique<ConjugateGradientSystem>(problem, run);
}

}  // namespace maxmargin
