// Cholesky factorisation A = L L^T of a symmetric positive definite matrix, blocked and threaded.
#pragma once

#include <cstddef>
#include <vector>

#include "design/products.hpp"

namespace maxmargin::linalg {

// `A` is row-major, of leading dimension padded(order); its lower triangle is overwritten by L. Returns the
// index of the first pivot that is not positive, or `order` on success.
std::size_t factor_cholesky(double* A, std::size_t order, std::vector<double>& scratch, const Execution& run);

// x <- (L L^T)^-1 x
void solve_cholesky(const double* L, std::size_t order, double* x);

}  // namespace maxmargin::linalg
