// Whole-design products, threaded: X w and X^T v, in chunks that do not depend on the number of threads.
#pragma once

#include <cstddef>
#include <functional>

#include "design/design.hpp"
#include "parallel/interrupt.hpp"

namespace maxmargin {

// How a pass runs: on how many threads, and whom to ask whether to go on.
struct Execution {
  int n_threads = 1;
  Interrupt* interrupt = nullptr;
};

// out[k] = <x_rows[k], w>
void multiply(const Design& X, Rows rows, const double* w, double* out, const Execution& run);

// g += sum_k v[k] x_rows[k]
void multiply_transposed(const Design& X, Rows rows, const double* v, double* g, const Execution& run);

// The same with v made piece by piece: fill(range, out) writes v[range.begin], ... ; `live` of them, about, are not 0.
using RowValues = std::function<void(Range, double*)>;
void multiply_transposed(const Design& X, Rows rows, std::size_t live, const RowValues& fill, double* g,
                         const Execution& run);

// out[k] = ||x_rows[k]||^2
void squared_norms(const Design& X, Rows rows, double* out, const Execution& run);

// Whether no stored value is NaN or infinite.
bool all_finite(const Design& X, const Execution& run);

// Number of equal pieces for a pass over `size` rows: a function of the problem alone.
std::size_t pieces_for(const Design& X, std::size_t size);

}  // namespace maxmargin
