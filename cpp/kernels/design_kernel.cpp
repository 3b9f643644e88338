#include "kernels/design_kernel.hpp"

#include <algorithm>

#include "kernels/dense_kernel.hpp"
#include "kernels/sparse_kernel.hpp"

namespace maxmargin::kernels {
namespace {

// A non-zero against a panel costs about four packed multiplications.
constexpr double kSparsePays = 0.25;

bool rather_sparse(const Design& X, const Function& f) {
  return X.sparse() && f.of_products() && X.values_per_row() < kSparsePays * static_cast<double>(X.n_features());
}

}  // namespace

std::unique_ptr<Kernel> make_kernel(const Design& X, const Function& f, const Execution& run) {
  if (rather_sparse(X, f)) return std::make_unique<SparseKernel>(X, f, run);
  return std::make_unique<DenseKernel>(X, f, run);
}

void decision(const Design& X, const Design& S, const Function& f, const double* coef, std::size_t n_outputs,
              double* out, const Execution& run) {
  const Rows left = Rows::all(S.n_rows()), right = Rows::all(X.n_rows());
  std::fill(out, out + n_outputs * right.size, 0.0);
  // By the support vectors, which are those of every row: the way must not depend on the rows beside it.
  if (X.sparse() && rather_sparse(S, f))
    add_sparse_in_pieces(f, S, left, X, right, coef, n_outputs, out, run);
  else
    add_in_pieces(f, S, left, X, right, nullptr, coef, n_outputs, out, run);
}

void matrix(const Design& X, const Design& S, const Function& f, double* out, const Execution& run) {
  constexpr std::size_t kRows = 256;
  const std::size_t m = S.n_rows();
  parallel_for((X.n_rows() + kRows - 1) / kRows, run.n_threads,
               [&](std::size_t c) {
                 const Range range{c * kRows, std::min(X.n_rows(), (c + 1) * kRows)};
                 const PackedRows<double> left(X, Rows::all(X.n_rows()).slice(range), kLeft, nullptr, {1, nullptr});
                 for (std::size_t first = 0; first < m; first += kRows) {
                   const Range columns{first, std::min(m, first + kRows)};
                   const PackedRows<double> right(S, Rows::all(m).slice(columns), kRight<double>, nullptr,
                                                  {1, nullptr});
                   store(f, left, right, {0, left.panels()}, out + range.begin * m + first, m);
                 }
               },
               run.interrupt);
}

}  // namespace maxmargin::kernels
