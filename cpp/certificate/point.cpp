#include "certificate/point.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "losses/hinge.hpp"
#include "losses/squared_hinge.hpp"

namespace maxmargin {
namespace {

// Multipliers clipped to their bounds and, with an intercept, those of the heavier class scaled down until both classes
// weigh the same; all 0 if one of them is not finite.
template <class Loss>
class Feasible {
 public:
  Feasible(const Problem& problem, const double* alpha) : problem_(problem), alpha_(alpha) {
    const std::size_t n = problem.X.n_rows();
    double positive = 0.0, negative = 0.0;
    bool finite = true;
    for (std::size_t i = 0; i < n; ++i) {
      const double a = clipped(i);
      finite = finite && std::isfinite(alpha[i]);
      live_ += a > 0.0;
      (problem.y[i] > 0 ? positive : negative) += a;
    }
    if (!finite) positive_ = negative_ = 0.0;
    if (!finite || !problem.fit_intercept) return;
    if (positive > negative) positive_ = negative / positive;
    if (negative > positive) negative_ = positive / negative;
  }

  std::size_t live() const { return live_; }
  double operator[](std::size_t i) const {
    const double scale = problem_.y[i] > 0 ? positive_ : negative_;
    return scale > 0.0 ? clipped(i) * scale : 0.0;
  }

 private:
  double clipped(std::size_t i) const {
    const double a = alpha_[i], c = problem_.c[i];
    return c > 0.0 && a > 0.0 ? std::min(a, Loss::upper(c)) : 0.0;
  }

  const Problem& problem_;
  const double* alpha_;
  double positive_ = 1.0, negative_ = 1.0;
  std::size_t live_ = 0;
};

}  // namespace

template <class Loss>
void make_feasible(const Problem& problem, std::vector<double>& alpha) {
  const Feasible<Loss> feasible(problem, alpha.data());
  for (std::size_t i = 0; i < alpha.size(); ++i) alpha[i] = feasible[i];
}

// Nothing that is as long as the rows is made on the way.
template <class Loss>
PointSums evaluate_point(const Problem& problem, const double* w, double b, const double* multipliers, double* combined,
                         double* term, double* margin, const Execution& run) {
  const Design& X = problem.X;
  const std::size_t n = X.n_rows();
  const Feasible<Loss> alpha(problem, multipliers);
  const auto signed_alpha = [&](Range r, double* out) {
    for (std::size_t i = r.begin; i < r.end; ++i) out[i - r.begin] = alpha[i] * problem.y[i];
  };
  multiply_transposed(X, Rows::all(n), alpha.live(), signed_alpha, combined, run);
  const std::size_t pieces = pieces_for(X, n);
  std::vector<PointSums> sums(pieces);
  parallel_for(
      pieces, run.n_threads,
      [&](std::size_t p) {
        const Range r = piece(n, pieces, p);
        std::vector<double> decision(r.end - r.begin);
        X.dot(Rows::all(n).slice(r), w, decision.data());
        for (std::size_t i = r.begin; i < r.end; ++i) {
          const double m = problem.y[i] * (decision[i - r.begin] + b), z = 1.0 - m, c = problem.c[i], a = alpha[i];
          const double gap = c > 0.0 ? Loss::gap(a, z, c) : 0.0;
          sums[p].loss += c > 0.0 ? Loss::value(z, c) : 0.0;
          sums[p].dual += Loss::dual_value(a, c);
          sums[p].terms += gap;
          sums[p].total += a;
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
