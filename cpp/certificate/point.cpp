#include "certificate/point.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "losses/hinge.hpp"
#include "losses/squared_hinge.hpp"

namespace maxmargin {
namespace {

// What one class's multipliers are multiplied by so that both weigh the same.
struct Balance {
  double positive = 1.0, negative = 1.0;
};

Balance balance(const Problem& problem, const std::vector<double>& alpha) {
  if (!problem.fit_intercept) return {};
  double positive = 0.0, negative = 0.0;
  for (std::size_t i = 0; i < alpha.size(); ++i) (problem.y[i] > 0.0 ? positive : negative) += alpha[i];
  if (positive > negative) return {negative / positive, 1.0};
  if (negative > positive) return {1.0, positive / negative};
  return {};
}

}  // namespace

template <class Loss>
void make_feasible(const Problem& problem, std::vector<double>& alpha) {
  bool finite = true;
  for (std::size_t i = 0; i < alpha.size(); ++i) {
    finite = finite && std::isfinite(alpha[i]);
    alpha[i] = problem.c[i] > 0.0 && alpha[i] > 0.0 ? std::min(alpha[i], Loss::upper(problem.c[i])) : 0.0;
  }
  if (!finite) std::fill(alpha.begin(), alpha.end(), 0.0);
  const Balance scale = balance(problem, alpha);
  if (scale.positive == scale.negative) return;
  for (std::size_t i = 0; i < alpha.size(); ++i) alpha[i] *= problem.y[i] > 0.0 ? scale.positive : scale.negative;
}

template <class Loss>
PointSums evaluate_point(const Problem& problem, const double* w, double b, const double* multipliers, double* combined,
                         double* term, double* margin, const Execution& run) {
  const Design& X = problem.X;
  const std::size_t n = X.n_rows();
  std::vector<double> alpha(multipliers, multipliers + n), signed_alpha(n);
  make_feasible<Loss>(problem, alpha);
  for (std::size_t i = 0; i < n; ++i) signed_alpha[i] = alpha[i] * problem.y[i];
  multiply_transposed(X, Rows::all(n), signed_alpha.data(), combined, run);
  const std::size_t pieces = pieces_for(X, n);
  std::vector<PointSums> sums(pieces);
  double* const decision = signed_alpha.data();  // no longer needed
  parallel_for(
      pieces, run.n_threads,
      [&](std::size_t p) {
        const Range r = piece(n, pieces, p);
        X.dot(Rows::all(n).slice(r), w, decision + r.begin);
        for (std::size_t i = r.begin; i < r.end; ++i) {
          const double m = problem.y[i] * (decision[i] + b), z = 1.0 - m, c = problem.c[i];
          const double gap = c > 0.0 ? Loss::gap(alpha[i], z, c) : 0.0;
          sums[p].loss += c > 0.0 ? Loss::value(z, c) : 0.0;
          sums[p].dual += Loss::dual_value(alpha[i], c);
          sums[p].terms += gap;
          sums[p].total += alpha[i];
          if (term != nullptr) term[i] = gap;
          if (margin != nullptr) margin[i] = m;
        }
      },
      run.interrupt);
  PointSums total;
  for (const PointSums& s : sums) {
    total.loss += s.loss;
    total.dual += s.dual;
    total.terms += s.terms;
    total.total += s.total;
  }
  return total;
}

template void make_feasible<Hinge>(const Problem&, std::vector<double>&);
template void make_feasible<SquaredHinge>(const Problem&, std::vector<double>&);
template PointSums evaluate_point<Hinge>(const Problem&, const double*, double, const double*, double*, double*,
                                         double*, const Execution&);
template PointSums evaluate_point<SquaredHinge>(const Problem&, const double*, double, const double*, double*, double*,
                                                double*, const Execution&);

}  // namespace maxmargin
