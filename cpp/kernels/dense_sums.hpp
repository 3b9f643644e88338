// Sums of kernel values over dense left rows, so many of which are packed at a time as fit in a few megabytes.
#pragma once

#include <vector>

#include "design/products.hpp"
#include "kernels/function.hpp"
#include "kernels/packed_rows.hpp"

namespace maxmargin::kernels {

// Right panels of a chunk: from the problem alone, never from the number of threads.
std::size_t panels_per_chunk(std::size_t n_left, std::size_t depth, std::size_t width, std::size_t most);

// Left rows of one block, packed, and their coefficients for each output in turn.
template <class T>
struct DensePiece {
  std::size_t block;
  PackedRows<T> rows;
  std::vector<T> coef;
};

// Left rows that are packed at a time.
std::size_t rows_at_once(std::size_t n_features);

// What sums over some left rows are of, whose coefficients for output c begin at coef[c * left.size].
template <class T>
struct DenseSums {
  const Function& f;
  const Design& S;
  Rows left;
  const double* centre;  // may be null
  const T* coef;
  std::size_t n_outputs;

  DensePiece<T> pack(std::size_t block, Range rows, const Execution& run) const;
};

// out[(piece.block * n_outputs + c) * right.size + k] += sum_j coef[c * m + j] K(s_j, x_right[k]) over the m rows of
// each piece. Chunks of right rows are those of `n_left` left ones. Where `norms` is not null, it gets |x|^2 of the
// right rows.
template <class T>
void add_pieces(const Function& f, const std::vector<DensePiece<T>>& pieces, std::size_t n_left, const Design& X,
                Rows right, const double* centre, std::size_t n_outputs, double* out, const Execution& run,
                double* norms = nullptr);

// The same over the left rows of all blocks.
template <class T>
void add_in_pieces(const DenseSums<T>& sums, const std::vector<Range>& blocks, const Design& X, Rows right, double* out,
                   const Execution& run, double* norms = nullptr);

}  // namespace maxmargin::kernels
