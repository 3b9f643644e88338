// The right rows of sums in float64, as many at a time as there is room for.
#pragma once

#include <algorithm>
#include <vector>

#include "kernels/sparse_sums.hpp"

namespace maxmargin::kernels {

// body(targets, first): some of the right rows, and which of them is the first.
template <class Body>
void over_targets(const SparseView& view, const Design& X, Rows right, const Execution& run, const Body& body) {
  const std::size_t piece = rows_of_piece(X.values_per_row());
  for (std::size_t first = 0; first < right.size; first += piece)
    body(view.rows(X, right.slice({first, std::min(right.size, first + piece)}), run), first);
}

// to[c * stride + k] += what `add` adds to n_outputs sums at n targets.
template <class Add>
void add_to(double* to, std::size_t stride, std::size_t n_outputs, std::size_t n, const Add& add) {
  std::vector<double> sums(n_outputs * n, 0.0);
  std::vector<double*> outputs(n_outputs);
  for (std::size_t c = 0; c < n_outputs; ++c) outputs[c] = sums.data() + c * n;
  add(outputs);
  for (std::size_t c = 0; c < n_outputs; ++c)
    for (std::size_t k = 0; k < n; ++k) to[c * stride + k] += sums[c * n + k];
}

}  // namespace maxmargin::kernels
