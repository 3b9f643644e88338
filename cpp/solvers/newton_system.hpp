// The linear systems of the Newton solver: (D + kappa X_J^T C_J X_J) step = -gradient, where D is the identity
// on w and nothing on b, and J the curved rows. Three ways: a factored d x d matrix kept up to date as rows
// enter and leave J; the |J| x |J| matrix of inner products; or conjugate gradients that build neither.
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

std::unique_ptr<NewtonSystem> make_cholesky_system(const Problem& problem, const Execution& run);
std::unique_ptr<NewtonSystem> make_dual_system(const Problem& problem, const Execution& run);
std::unique_ptr<NewtonSystem> make_conjugate_gradient_system(const Problem& problem, const Execution& run);

// Largest number of features for which the d x d matrix is formed.
inline constexpr std::size_t kMostCholeskyFeatures = 2500;

}  // namespace maxmargin
