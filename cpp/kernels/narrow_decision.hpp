// Sums over support vectors in float32, with bounds on what rounding may have done to them: enough for most signs.
#pragma once

#include <vector>

#include "kernels/function.hpp"
#include "kernels/kernel.hpp"

namespace maxmargin::kernels {

// out as `decision` has it (design_kernel.hpp), from dense panels of float32; doubt[k] is the most that out[k] may be
// off by, infinite or no number where nothing is known.
void add_narrowly(const Design& X, const Design& S, const std::vector<Range>& blocks, const Function& f,
                  const double* coef, std::size_t n_outputs, double* out, double* doubt, const Execution& run);

}  // namespace maxmargin::kernels
