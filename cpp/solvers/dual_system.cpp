// The Newton system through the inner products of the curved rows, for designs with more features than that:
//     step_w = -gradient_w - X_J^T t,   (X_J X_J^T + diag(1 / (kappa c_J))) t = step_b - X_J gradient_w,   sum t =
//     -gradient_b
// (the Woodbury form of the d x d system). Inner products are kept for every row that has been in J.
#include <algorithm>
#include <cmath>

#include "linalg/cholesky.hpp"
#include "linalg/tile.hpp"
#include "solvers/newton_system.hpp"

namespace maxmargin {
namespace {

constexpr std::size_t kFewRows = 128;  // solved directly at once
constexpr double kSmallestCurvature = 1e-10;

class DualSystem final : public NewtonSystem {
 public:
  DualSystem(const Problem& problem, std::size_t most_rows, const Execution& run)
      : problem_(problem),
        most_rows_(most_rows),
        run_(run),
        iterative_(problem, run),
        slot_of_(problem.X.n_rows(), kNone) {}

  void update(RowArrays& rows) override { iterative_.update(rows); }

  bool solve(const std::vector<double>& gradient, double kappa, std::vector<double>& step) override {
    if (list_.size() > most_rows_) return iterative_.solve(gradient, kappa, step);
    if (list_.size() > kFewRows && try_iterating(gradient, kappa, step)) return true;
    return solve_directly(gradient, kappa, step);
  }

 private:
  static constexpr std::uint32_t kNone = 0xffffffffu;

  // Rent or buy: conjugate gradients until they have cost as much as inner products and a factorisation would
  // have; from then on the direct way. Never more than twice the cheaper of the two.
  bool try_iterating(const std::vector<double>& gradient, double kappa, std::vector<double>& step) {
    const double size = static_cast<double>(list_.size()), per_row = problem_.X.values_per_row();
    double missing = 0.0;
    for (RowIndex i : list_) missing += slot_of_[i] == kNone;
    // In nanoseconds, roughly, of one core.
    const double direct = size * size * size / 60.0 + 2.0 * size * size + missing * size * per_row;
    const double iteration = 2.5 * size * per_row + 0.3 * static_cast<double>(problem_.X.n_features());
    if (spent_ >= direct) return false;
    const int affordable = 1 + static_cast<int>(std::min((direct - spent_) / iteration, 400.0));
    const bool solved = iterative_.solve_within(affordable, gradient, kappa, step);
    spent_ += iteration * iterative_.iterations();
    return solved;
  }

  bool solve_directly(const std::vector<double>& gradient, double kappa, std::vector<double>& step) {
    remember_inner_products();
    const std::size_t d = problem_.X.n_features(), size = list_.size();
    for (std::size_t j = 0; j < d; ++j) step[j] = -gradient[j];
    if (problem_.fit_intercept) step[d] = 0.0;
    if (size == 0) {
      if (problem_.fit_intercept) step[d] = -gradient[d] / kSmallestCurvature;
      return true;
    }
    if (!factor(kappa)) return iterative_.solve(gradient, kappa, step);
    t_.resize(size);
    multiply(problem_.X, Rows::list(list_), step.data(), t_.data(), run_);
    linalg::solve_cholesky(matrix_.data(), size, t_.data());
    if (problem_.fit_intercept) {
      ones_.assign(size, 1.0);
      linalg::solve_cholesky(matrix_.data(), size, ones_.data());
      double sum_t = 0.0, sum_ones = 0.0;
      for (std::size_t k = 0; k < size; ++k) sum_t += t_[k], sum_ones += ones_[k];
      step[d] = (-gradient[d] - sum_t) / sum_ones;
      for (std::size_t k = 0; k < size; ++k) t_[k] += step[d] * ones_[k];
    }
    for (double& t : t_) t = -t;
    multiply_transposed(problem_.X, Rows::list(list_), t_.data(), step.data(), run_);
    return std::all_of(step.begin(), step.end(), [](double s) { return std::isfinite(s); });
  }

  // A slot for every curved row, and its inner products with all rows that have one.
  void remember_inner_products() {
    std::size_t missing = 0;
    for (RowIndex i : list_) missing += slot_of_[i] == kNone;
    if (slots_.size() + missing > most_rows_) {
      for (RowIndex i : slots_) slot_of_[i] = kNone;
      slots_.clear();
    }
    const std::size_t first_new = slots_.size();
    for (RowIndex i : list_)
      if (slot_of_[i] == kNone) {
        slot_of_[i] = static_cast<std::uint32_t>(slots_.size());
        slots_.push_back(i);
      }
    if (slots_.size() == first_new) return;
    products_.resize(slots_.size() * (slots_.size() + 1) / 2);
    const std::size_t count = slots_.size() - first_new;
    const std::size_t pieces = std::min<std::size_t>(count, 16);
    parallel_for(
        pieces, run_.n_threads,
        [&](std::size_t p) {
          std::vector<double> x(problem_.X.n_features(), 0.0);
          const Range r = piece(count, pieces, p);
          for (std::size_t s = first_new + r.begin; s < first_new + r.end; ++s) {
            problem_.X.add_row(slots_[s], 1.0, x.data());
            problem_.X.dot(Rows{slots_.data(), 0, s + 1}, x.data(), products_.data() + s * (s + 1) / 2);
            problem_.X.clear_row(slots_[s], x.data());
          }
        },
        run_.interrupt);
  }

  double product(RowIndex i, RowIndex j) const {
    const std::size_t a = std::max(slot_of_[i], slot_of_[j]), b = std::min(slot_of_[i], slot_of_[j]);
    return products_[a * (a + 1) / 2 + b];
  }

  bool factor(double kappa) {
    const std::size_t size = list_.size(), ld = linalg::padded(size);
    matrix_.resize(ld * ld);
    for (double ridge : {0.0, 1e-12, 1e-8}) {
      for (std::size_t k = 0; k < size; ++k) {
        for (std::size_t l = 0; l <= k; ++l) matrix_[k * ld + l] = product(list_[k], list_[l]);
        matrix_[k * ld + k] = matrix_[k * ld + k] * (1.0 + ridge) + 1.0 / (kappa * weight_[k]);
      }
      if (linalg::factor_cholesky(matrix_.data(), size, scratch_, run_) == size) return true;
    }
    return false;
  }

  const Problem& problem_;
  const std::size_t most_rows_;  // whose inner products are kept
  const Execution& run_;
  ConjugateGradientSystem iterative_;
  const std::vector<RowIndex>& list_ = iterative_.rows();
  const std::vector<double>& weight_ = iterative_.weights();
  std::vector<std::uint32_t> slot_of_;
  std::vector<RowIndex> slots_;
  LargeVector<double> products_;  // lower triangle by rows, over slots
  LargeVector<double> matrix_;
  std::vector<double> scratch_, t_, ones_;
  double spent_ = 0.0;  // on conjugate gradients so far
};

}  // namespace

std::unique_ptr<NewtonSystem> make_dual_system(const Problem& problem, std::size_t most_rows, const Execution& run) {
  return std::make_unique<DualSystem>(problem, most_rows, run);
}

}  // namespace maxmargin
