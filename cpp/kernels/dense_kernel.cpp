#include "kernels/dense_kernel.hpp"

#include <algorithm>
#include <cmath>

#include "kernels/among.hpp"
#include "kernels/dense_sums.hpp"
#include "kernels/mirror.hpp"
#include "kernels/self_values.hpp"

namespace maxmargin::kernels {
namespace {

constexpr std::size_t kRowValues = 1 << 17;  // float32 values of right rows that stay in the second-level cache
constexpr std::size_t kRowPanels = 16;       // of those rows, at the most
constexpr std::size_t kWorthMirroring = 64;  // features from which half of a square costs more than copying it

struct PackedTargets final : Targets {
  PackedTargets(std::vector<RowIndex> list, std::shared_ptr<const PackedRows<float>> p, bool is_own)
      : Targets(std::move(list)), packed(std::move(p)), own(is_own) {}
  std::size_t nbytes() const override { return own ? packed->nbytes() : 0; }
  std::shared_ptr<const PackedRows<float>> packed;
  bool own;
};

template <class T, class Body>
void over_panels(const PackedRows<T>& left, std::size_t panels, const Execution& run, const Body& body) {
  const std::size_t per_chunk = panels_per_chunk(left.n_rows(), left.depth(), kRight<T>, panels);
  const std::size_t chunks = (panels + per_chunk - 1) / per_chunk;
  parallel_for(
      chunks, run.n_threads, [&](std::size_t c) { body(Range{c * per_chunk, std::min(panels, (c + 1) * per_chunk)}); },
      run.interrupt);
}

}  // namespace

std::vector<double> mean_row(const Design& X, const Execution& run) {
  const std::size_t n = X.n_rows();
  const std::vector<double> weights(n, 1.0 / static_cast<double>(n));
  std::vector<double> mean(X.n_features(), 0.0);
  multiply_transposed(X, Rows::all(n), weights.data(), mean.data(), run);
  return mean;
}

DenseKernel::DenseKernel(const Design& X, const Function& f, const Execution& run)
    : Kernel(X.n_rows()),
      X_(X),
      function_(f),
      centre_(f.shift_invariant() ? mean_row(X, run) : std::vector<double>{}),
      all_(std::make_shared<PackedRows<float>>(X, Rows::all(X.n_rows()), kRight<float>,
                                               centre_.empty() ? nullptr : centre_.data(), run)),
      rounding_(f, kLeft, mean_size(all_->norms(0), X.n_rows(), X.n_features())) {}

Footprint DenseKernel::footprint_of(const Design& X) {
  const std::size_t n = X.n_rows(), d = X.n_features();
  const double row = static_cast<double>(d + 1) * sizeof(float);
  return {PackedRows<float>::bytes_of(n, d, kRight<float>) + static_cast<double>(d * sizeof(double)), 2.0 * row,
          among_dense_bytes(n, d), static_cast<double>(d)};
}

std::unique_ptr<Targets> DenseKernel::targets(std::vector<RowIndex> rows, const Execution& run) const {
  bool all = rows.size() == n_rows();
  for (std::size_t k = 0; all && k < rows.size(); ++k) all = rows[k] == k;
  auto packed = all ? all_
                    : std::make_shared<const PackedRows<float>>(X_, Rows::list(rows), kRight<float>,
                                                                centre_.empty() ? nullptr : centre_.data(), run);
  return std::make_unique<PackedTargets>(std::move(rows), std::move(packed), !all);
}

template <class T>
void DenseKernel::compute_square(const std::vector<RowIndex>& rows, T* out, std::size_t ld,
                                 const Execution& run) const {
  const double* centre = centre_.empty() ? nullptr : centre_.data();
  const PackedRows<T> left(X_, Rows::list(rows), kLeft, centre, run);
  const PackedRows<T> right(X_, Rows::list(rows), kRight<T>, centre, run);
  const bool symmetric = left.depth() >= kWorthMirroring;
  const std::size_t per_chunk = panels_per_chunk(right.n_rows(), left.depth(), kLeft, left.panels());
  parallel_for((left.panels() + per_chunk - 1) / per_chunk, run.n_threads,
               [&](std::size_t c) {
                 store(function_, left, right, {c * per_chunk, std::min(left.panels(), (c + 1) * per_chunk)}, out, ld,
                       symmetric);
               },
               run.interrupt);
  if (symmetric) mirror(out, rows.size(), ld, run);
}

void DenseKernel::square(const std::vector<RowIndex>& rows, float* out, std::size_t ld, const Execution& run) const {
  compute_square(rows, out, ld, run);
}

void DenseKernel::square(const std::vector<RowIndex>& rows, double* out, std::size_t ld, const Execution& run) const {
  compute_square(rows, out, ld, run);
}

void DenseKernel::add(const std::vector<RowIndex>& rows, const double* coef, const Targets& targets, Sums sums,
                      const Execution& run) const {
  const auto& packed = *static_cast<const PackedTargets&>(targets).packed;
  const PackedRows<float> left(X_, Rows::list(rows), kLeft, centre_.empty() ? nullptr : centre_.data(), run);
  const NarrowSums narrow(rows, coef, sums, spread_of(rows, coef));
  over_panels(left, packed.panels(), run, [&](Range panels) {
    Accumulate<float> sink(narrow.coef.data(), rows.size(), narrow.outputs, packed.n_rows());
    sweep(function_, left, packed, panels, sink);
  });
}

void DenseKernel::rows(const std::vector<RowIndex>& rows, const Targets& targets, float* const* out,
                       const Execution& run) const {
  const auto& right = *static_cast<const PackedTargets&>(targets).packed;
  const PackedRows<float> left(X_, Rows::list(rows), kLeft, centre_.empty() ? nullptr : centre_.data(), run);
  const std::size_t most = std::clamp<std::size_t>(kRowValues / (right.depth() * kRight<float>), 1, kRowPanels);
  parallel_for((right.panels() + most - 1) / most, run.n_threads,
               [&](std::size_t c) {
                 const Range panels{c * most, std::min(right.panels(), (c + 1) * most)};
                 store_rows(function_, left, right, panels, out);
               },
               run.interrupt);
}

void DenseKernel::add_exactly(const std::vector<RowIndex>& rows, const double* coef,
                              const std::vector<RowIndex>& targets, double* f, const Execution& run) const {
  const double* centre = centre_.empty() ? nullptr : centre_.data();
  add_in_pieces<double>({function_, X_, Rows::list(rows), centre, coef, 1}, {{0, rows.size()}}, X_, Rows::list(targets),
                        f, run);
}

void DenseKernel::add_among(const std::vector<RowIndex>& rows, const double* coef, double* f,
                            const Execution& run) const {
  add_among_dense(function_, X_, Rows::list(rows), centre_.empty() ? nullptr : centre_.data(), coef, f, run);
}

void DenseKernel::diagonal(const std::vector<RowIndex>& rows, double* out, const Execution& run) const {
  self_values(function_, X_, Rows::list(rows), out, run);
}

}  // namespace maxmargin::kernels
