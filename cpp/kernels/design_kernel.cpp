#include "kernels/design_kernel.hpp"

#include <algorithm>

#include "kernels/dense_kernel.hpp"
#include "kernels/dense_sums.hpp"
#include "kernels/long_rows.hpp"
#include "kernels/mirror.hpp"
#include "kernels/narrow_decision.hpp"
#include "kernels/sparse_kernel.hpp"
#include "kernels/sparse_sums.hpp"

namespace maxmargin::kernels {
namespace {

// A non-zero against a panel costs as much as two packed multiplications, and three where the panel is larger than the
// first-level cache.
constexpr double kSparsePays = 0.45, kWideSparsePays = 0.35;
constexpr std::size_t kWide = 192;         // features
constexpr double kMoreThanSampled = 1.25;  // values of all rows, where a sample has told of them

// Rows of a matrix that a thread packs at a time, on either side: as many as their float64 values allow.
constexpr double kFewestRows = 16.0, kMostRows = 256.0;
constexpr double kPackedValues = 1 << 21;  // 16 MB, twice
constexpr double kPackedBytes = 1 << 26;   // of all threads together
constexpr std::size_t kWorthMirroring =
    32;  // features from which half of a matrix in float64 costs more than copying it

// Where that is the shorter way.
template <class T>
bool matrix_by_long_rows(const Design& X, const Design& S, const Function& f, double* out, const Execution& run) {
  const auto *left = dynamic_cast<const DenseDesign<T>*>(&X), *right = dynamic_cast<const DenseDesign<T>*>(&S);
  if (!are_long(left, right, f)) return false;
  matrix_of_long_rows(*left, *right, f, out, run);
  return true;
}

bool rather_sparse(const Design& X, const Function& f, double values_per_row) {
  const double pays = X.n_features() <= kWide ? kSparsePays : kWideSparsePays;
  return f.of_one_sum() && values_per_row < pays * static_cast<double>(X.n_features());
}

}  // namespace

std::unique_ptr<Kernel> make_kernel(const Design& X, const Function& f, const Execution& run) {
  Origin origin = f.of_one_sum() ? origin_of(X, f) : Origin{};
  if (rather_sparse(X, f, origin.values_per_row)) {
    std::vector<std::size_t> starts = SparseKernel::starts_of(X, origin, run);
    const double sampled = origin.values_per_row * static_cast<double>(X.n_rows());
    if (X.sparse() || static_cast<double>(starts.back()) <= kMoreThanSampled * sampled)
      return std::make_unique<SparseKernel>(X, f, std::move(origin), std::move(starts), run);
  }
  return std::make_unique<DenseKernel>(X, f, run);
}

Footprint footprint(const Design& X, const Function& f) {
  const double values = f.of_one_sum() ? origin_of(X, f).values_per_row : 0.0;
  const double of_columns = f.products_per_value(static_cast<double>(X.n_features()));
  const double of_values = f.products_per_value(SparseKernel::kProductsOfAValue * values);
  Footprint dense = DenseKernel::footprint_of(X);
  dense.products_per_value = of_columns;
  if (!rather_sparse(X, f, values)) return dense;
  Footprint sparse = SparseKernel::footprint_of(X, X.sparse() ? values : kMoreThanSampled * values);
  sparse.products_per_value = of_values;
  if (X.sparse()) return sparse;
  // All rows may show that the sample was none of them, and then they are packed.
  return {std::max(sparse.held, dense.held), std::max(sparse.row_of_square, dense.row_of_square),
          std::max(sparse.sums, dense.sums), values, std::max(of_columns, of_values)};
}

bool sums_of_sparse_rows(const Design& S, bool sparse, const Function& f, Origin& origin) {
  if (!f.of_one_sum() || sparse != S.sparse()) return false;
  origin = origin_of(S, f);
  return rather_sparse(S, f, origin.values_per_row);
}

void decision(const Design& X, const Design& S, const std::vector<Range>& blocks, const Function& f, const double* coef,
              std::size_t n_outputs, double* out, const Execution& run) {
  const Rows left = Rows::all(S.n_rows()), right = Rows::all(X.n_rows());
  std::fill(out, out + blocks.size() * n_outputs * right.size, 0.0);
  Origin origin;
  if (sums_of_sparse_rows(S, X.sparse(), f, origin)) {
    const SparseColumns places(S, origin.data());
    return add_sparse_in_pieces({f, origin, places}, S, left, blocks, X, right, coef, n_outputs, out, run);
  }
  const std::vector<double> centre = far_centre(S, f);
  add_in_pieces<double>({f, S, left, centre.empty() ? nullptr : centre.data(), coef, n_outputs}, blocks, X, right, out,
                        run);
}

bool narrow_decision(const Design& X, const Design& S, const std::vector<Range>& blocks, const Function& f,
                     const double* coef, std::size_t n_outputs, double* out, double* doubt, const Execution& run) {
  Origin origin;
  if (sums_of_sparse_rows(S, X.sparse(), f, origin)) return false;
  add_narrowly(X, S, blocks, f, coef, n_outputs, out, doubt, run);
  return true;
}

void matrix(const Design& X, const Design& S, const Function& f, double* out, const Execution& run) {
  const std::vector<double> mean = far_centre(S, f);
  const double* centre = mean.empty() ? nullptr : mean.data();
  if (centre == nullptr &&
      (matrix_by_long_rows<double>(X, S, f, out, run) || matrix_by_long_rows<float>(X, S, f, out, run)))
    return;
  const double values = kPackedValues / static_cast<double>(X.n_features());
  const auto rows = static_cast<std::size_t>(std::clamp(values, kFewestRows, kMostRows));
  const double bytes = 2.0 * sizeof(double) * static_cast<double>(rows * X.n_features());
  const int n_threads = std::min(run.n_threads, static_cast<int>(std::max(1.0, kPackedBytes / bytes)));
  const std::size_t m = S.n_rows();
  const bool symmetric = &X == &S && X.n_features() >= kWorthMirroring;
  parallel_for((X.n_rows() + rows - 1) / rows, n_threads,
               [&](std::size_t c) {
                 const Range range{c * rows, std::min(X.n_rows(), (c + 1) * rows)};
                 const PackedRows<double> left(X, Rows::all(X.n_rows()).slice(range), kLeft, centre, {1, nullptr});
                 for (std::size_t first = symmetric ? range.begin : 0; first < m; first += rows) {
                   const Range columns{first, std::min(m, first + rows)};
                   const PackedRows<double> right(S, Rows::all(m).slice(columns), kRight<double>, centre, {1, nullptr});
                   store(f, left, right, {0, left.panels()}, out + range.begin * m + first, m,
                         symmetric && first == range.begin);
                 }
               },
               run.interrupt);
  if (symmetric) mirror(out, m, m, run);
}

}  // namespace maxmargin::kernels
