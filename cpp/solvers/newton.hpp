// Semismooth Newton augmented Lagrangian method for the (squared) hinge with L2 penalty.
//
// Outer iteration (proximal point on the dual; Rockafellar 1976; for SVMs Yan and Li 2020, Niu et al. 2019):
//     (w, b) <- argmin 1/2 ||w||^2 + sum_i phi_i(z_i; alpha_i, kappa),   z_i = 1 - y_i (<w, x_i> + b)
//     alpha_i <- clip(alpha_i + c_i kappa z_i, 0, c_i),   kappa grows
// where phi_i is the Moreau envelope of the hinge centred at alpha_i. The inner problem is piecewise quadratic;
// Newton's method with an exact line search solves it in a few steps, each a linear system over the rows in the
// curved band J only. The squared hinge is smooth: one inner problem, no outer iteration.
#pragma once

#include "solvers/problem.hpp"

namespace maxmargin {

template <class Loss>
Solution solve_newton(const Problem& problem, const Settings& settings, Start start, Monitor& monitor);

}  // namespace maxmargin
