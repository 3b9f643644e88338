#include "design/products.hpp"

#include <algorithm>
#include <atomic>
#include <vector>

namespace maxmargin {
namespace {

// About 150 microseconds of arithmetic: less is not worth handing to another thread, much more would make
// an interrupt wait.
constexpr double kValuesPerPiece = 262144;
// X^T v needs one partial result per piece, so it uses few pieces.
constexpr std::size_t kMostPartials = 8;

}  // namespace

std::size_t pieces_for(const Design& X, std::size_t size) {
  const double values = static_cast<double>(size) * (X.values_per_row() + 4.0);
  return std::clamp<std::size_t>(static_cast<std::size_t>(values / kValuesPerPiece), 1, std::max<std::size_t>(size, 1));
}

void multiply(const Design& X, Rows rows, const double* w, double* out, const Execution& run) {
  const std::size_t pieces = pieces_for(X, rows.size);
  parallel_for(
      pieces, run.n_threads,
      [&](std::size_t i) {
        const Range r = piece(rows.size, pieces, i);
        X.dot(rows.slice(r), w, out + r.begin);
      },
      run.interrupt);
}

namespace {

// values(range) are those of v in that range of the rows.
template <class Values>
void add_pieces(const Design& X, Rows rows, std::size_t live, const Values& values, double* g, const Execution& run) {
  const std::size_t d = X.n_features();
  // Partial vectors must stay small beside the work that fills them.
  const double work = static_cast<double>(live) * (X.values_per_row() + 4.0);
  const std::size_t affordable = static_cast<std::size_t>(work / (kValuesPerPiece + 4.0 * static_cast<double>(d)));
  const std::size_t pieces = std::clamp<std::size_t>(affordable, 1, kMostPartials);
  const std::size_t steps = std::max<std::size_t>(1, pieces_for(X, rows.size) / pieces);
  std::vector<double> partials(pieces > 1 ? pieces * d : 0, 0.0);
  parallel_for(
      pieces, run.n_threads,
      [&](std::size_t i) {
        const Range r = piece(rows.size, pieces, i);
        double* target = pieces > 1 ? partials.data() + i * d : g;
        std::vector<double> scratch;
        for (std::size_t s = 0; s < steps; ++s) {
          const Range q = piece(r.end - r.begin, steps, s);
          const Range here{r.begin + q.begin, r.begin + q.end};
          X.add(rows.slice(here), values(here, scratch), target);
        }
      },
      run.interrupt);
  for (std::size_t i = 0; i < (pieces > 1 ? pieces : 0); ++i)
    for (std::size_t j = 0; j < d; ++j) g[j] += partials[i * d + j];
}

}  // namespace

void multiply_transposed(const Design& X, Rows rows, const double* v, double* g, const Execution& run) {
  std::size_t live = 0;
  for (std::size_t k = 0; k < rows.size; ++k) live += v[k] != 0.0;
  add_pieces(X, rows, live, [v](Range r, std::vector<double>&) { return v + r.begin; }, g, run);
}

void multiply_transposed(const Design& X, Rows rows, std::size_t live, const RowValues& fill, double* g,
                         const Execution& run) {
  const auto values = [&fill](Range r, std::vector<double>& scratch) {
    scratch.resize(r.end - r.begin);
    fill(r, scratch.data());
    return scratch.data();
  };
  add_pieces(X, rows, live, values, g, run);
}

void squared_norms(const Design& X, Rows rows, double* out, const Execution& run) {
  const std::size_t pieces = pieces_for(X, rows.size);
  parallel_for(
      pieces, run.n_threads,
      [&](std::size_t i) {
        const Range r = piece(rows.size, pieces, i);
        X.squared_norms(rows.slice(r), out + r.begin);
      },
      run.interrupt);
}

bool all_finite(const Design& X, const Execution& run) {
  const std::size_t pieces = pieces_for(X, X.n_rows());
  std::atomic<bool> finite{true};
  parallel_for(
      pieces, run.n_threads,
      [&](std::size_t i) {
        if (!X.all_finite(Rows::all(X.n_rows()).slice(piece(X.n_rows(), pieces, i)))) finite = false;
      },
      run.interrupt);
  return finite;
}

}  // namespace maxmargin
