// Kernel functions of the rows of a design.
#pragma once

#include <memory>
#include <vector>

#include "kernels/function.hpp"
#include "kernels/kernel.hpp"
#include "kernels/origin.hpp"

namespace maxmargin::kernels {

// Borrows X. Dense panels, or sparse rows against dense panels, whichever costs less.
std::unique_ptr<Kernel> make_kernel(const Design& X, const Function& f, const Execution& run);

// What that will take.
Footprint footprint(const Design& X, const Function& f);

// Whether sums over support vectors are of sparse rows, seen from `origin`: by these, which are those of every row, and
// by the storage of the rows alone, as the way must not depend on the rows beside one.
bool sums_of_sparse_rows(const Design& S, bool sparse, const Function& f, Origin& origin);

// out[(b * n_outputs + c) * n + i] = sum_j coef[c * m + j] K(x_i, s_j) over the j of block b, for the n rows of X and
// the m of S, in float64.
void decision(const Design& X, const Design& S, const std::vector<Range>& blocks, const Function& f, const double* coef,
              std::size_t n_outputs, double* out, const Execution& run);

// The same in float32 with, in `doubt`, the most that each sum may be off by (narrow_decision.hpp). False, and nothing
// is computed, where float64 goes another way than by dense panels, which is about as fast.
bool narrow_decision(const Design& X, const Design& S, const std::vector<Range>& blocks, const Function& f,
                     const double* coef, std::size_t n_outputs, double* out, double* doubt, const Execution& run);

// out[i * m + j] = K(x_i, s_j) in float64.
void matrix(const Design& X, const Design& S, const Function& f, double* out, const Execution& run);

}  // namespace maxmargin::kernels
