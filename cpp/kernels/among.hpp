// Sums of dense kernel values among the rows of one list, in float64: each value is computed once and enters the sums
// of both its rows.
#pragma once

#include "kernels/function.hpp"
#include "kernels/kernel.hpp"

namespace maxmargin::kernels {

// f[k] += sum_j coef[j] K(x_rows[j], x_rows[k]). `centre` may be null.
void add_among_dense(const Function& f, const Design& X, Rows rows, const double* centre, const double* coef,
                     double* out, const Execution& run);

// Bytes that this takes for as many as n rows of d features.
double among_dense_bytes(std::size_t n, std::size_t d);

}  // namespace maxmargin::kernels
