#include <algorithm>
#include <cmath>

#include "linalg/cholesky.hpp"
#include "linalg/gram.hpp"
#include "solvers/newton_system.hpp"

namespace maxmargin {
namespace {

class CholeskySystem final : public NewtonSystem {
 public:
  CholeskySystem(const Problem& problem, const Execution& run)
      : accumulator_(problem.X, problem.fit_intercept), intercept_(problem.fit_intercept), run_(run) {
    gram_.assign(accumulator_.leading_dimension() * accumulator_.leading_dimension(), 0.0);
  }

  void update(RowArrays& rows) override {
    std::size_t changed = 0, curved = 0;
    for (std::size_t k = 0; k < rows.size(); ++k) {
      changed += rows.curved[k] != rows.counted[k];
      curved += rows.curved[k];
    }
    // Enough additions and subtractions have blurred the matrix, or starting afresh is cheaper.
    const bool afresh = changed >= curved || since_fresh_ > 20 * (curved + accumulator_.order());
    if (afresh) std::fill(gram_.begin(), gram_.end(), 0.0);
    list_.clear();
    weight_.clear();
    list_.reserve(afresh ? curved : changed);  // no memory for rows that never come
    weight_.reserve(afresh ? curved : changed);
    for (std::size_t k = 0; k < rows.size(); ++k) {
      if (afresh ? rows.curved[k] == 0 : rows.curved[k] == rows.counted[k]) continue;
      list_.push_back(static_cast<RowIndex>(rows.design_row(k)));
      weight_.push_back(rows.curved[k] ? rows.c(k) : -rows.c(k));
    }
    rows.counted = rows.curved;
    since_fresh_ = afresh ? 0 : since_fresh_ + list_.size();
    accumulator_.add(Rows::list(list_), weight_.data(), gram_.data(), run_);
  }

  bool solve(const std::vector<double>& gradient, double kappa, std::vector<double>& step) override {
    const std::size_t order = accumulator_.order(), ld = accumulator_.leading_dimension();
    LargeVector<double>& matrix = accumulator_.scratch();
    if (matrix.size() < gram_.size()) matrix.resize(gram_.size());
    // A matrix that rounding has made indefinite is helped by a ridge that is small beside its diagonal.
    for (double ridge : {0.0, 1e-12, 1e-8}) {
      for (std::size_t i = 0; i < order; ++i) {
        for (std::size_t j = 0; j <= i; ++j) matrix[i * ld + j] = kappa * gram_[i * ld + j];
        matrix[i * ld + i] *= 1.0 + ridge;
        matrix[i * ld + i] += 1.0;
      }
      if (intercept_) {
        double& corner = matrix[(order - 1) * ld + order - 1];
        corner = std::max(corner - 1.0, kSmallestCurvature) * (1.0 + 1e-14);
      }
      if (linalg::factor_cholesky(matrix.data(), order, scratch_, run_) < order) continue;
      for (std::size_t i = 0; i < order; ++i) step[i] = -gradient[i];
      linalg::solve_cholesky(matrix.data(), order, step.data());
      return std::all_of(step.begin(), step.end(), [](double s) { return std::isfinite(s); });
    }
    return false;
  }

 private:
  // With no curved row the intercept has no curvature; its step is then left to the line search.
  static constexpr double kSmallestCurvature = 1e-10;

  linalg::GramAccumulator accumulator_;
  bool intercept_;
  const Execution& run_;
  LargeVector<double> gram_;
  std::vector<double> scratch_, weight_;
  std::vector<RowIndex> list_;
  std::size_t since_fresh_ = 0;
};

}  // namespace

std::unique_ptr<NewtonSystem> make_cholesky_system(const Problem& problem, const Execution& run) {
  return std::make_unique<CholeskySystem>(problem, run);
}

}  // namespace maxmargin
