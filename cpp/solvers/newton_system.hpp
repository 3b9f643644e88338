// The linear systems of the Newton solver: (D + kappa X_J^T C_J X_J) step = -gradient, where D is the identity
// on w and nothing on b, and J the curved rows. Three ways: a factored d x d matrix kept up to date as rows
// enter and leave J; the |J| x |J| matrix of inner products; or conjugate gradients on the latter, unbuilt.
#pragma once

#include <memory>
#include <vector>

#include "solvers/active_rows.hpp"

namespace maxmargin {

class NewtonSystem {
 public:
  virtual ~NewtonSystem() = default;
  // Makes the system that of the rows curved now; marks them as counted.
  virtual void update(RowArrays& rows) = 0;
  // gradient and step have n_features entries, and one more with an intercept. False: numerically singular.
  virtual bool solve(const std::vector<double>& gradient, double kappa, std::vector<double>& step) = 0;
};

// Conjugate gradients on the |J| x |J| system, never built: an iteration costs two passes over the curved rows.
class ConjugateGradientSystem final : public NewtonSystem {
 public:
  ConjugateGradientSystem(const Problem& problem, const Execution& run);
  void update(RowArrays& rows) override;
  bool solve(const std::vector<double>& gradient, double kappa, std::vector<double>& step) override;
  // The same with a budget; false if the residual is not small when it is spent (`step` is then a descent step).
  bool solve_within(int most_iterations, const std::vector<double>& gradient, double kappa, std::vector<double>& step);

  const std::vector<RowIndex>& rows() const { return list_; }
  const std::vector<double>& weights() const { return weight_; }
  int iterations() const { return iterations_; }  // of the last solve

 private:
  void apply(const std::vector<double>& v, double kappa, std::vector<double>& out);

  const Problem& problem_;
  const Execution& run_;
  std::vector<RowIndex> list_;
  std::vector<double> weight_, norm_, inverse_, t_, residual_, direction_, image_, conditioned_;  // over the rows of J
  int iterations_ = 0;
  std::vector<double> combined_;  // (d,)
};

// The d x d matrix where it is small beside the data and within so many bytes, else the one of the curved rows.
std::unique_ptr<NewtonSystem> make_system(const Problem& problem, double bytes, const Execution& run);

std::unique_ptr<NewtonSystem> make_cholesky_system(const Problem& problem, const Execution& run);
// With inner products of at most so many rows; more curved rows than that are left to conjugate gradients.
std::unique_ptr<NewtonSystem> make_dual_system(const Problem& problem, std::size_t most_rows, const Execution& run);

// Largest number of features for which the d x d matrix is formed.
inline constexpr std::size_t kMostCholeskyFeatures = 2500;

}  // namespace maxmargin
