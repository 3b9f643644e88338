// Cholesky factorisation A = L L^T of a symmetric positive definite matrix, blocked and threaded.
#pragma once

#include <cstddef>
#include <vector>

#include "design/products.hpp"

namespace maxmargin::linalg {

// `A` is row-major, of leading dimension padded<T>(order); its lower triangle is overwritten by L. Returns the
// index of the first pivot that is not positive, or `order` on success; the rows of L before that one are there.
template <class T>
std::size_t factor_cholesky(T* A, std::size_t order, std::vector<T>& scratch, const Execution& run);

// x <- L^-1 x and x <- L^-T x, of the first rows of a factor
void solve_lower(const double* L, std::size_t ld, std::size_t order, double* x);
void solve_lower_transposed(const double* L, std::size_t ld, std::size_t order, double* x);

// x <- (L L^T)^-1 x
void solve_cholesky(const double* L, std::size_t order, double* x);

}  // namespace maxmargin::linalg
