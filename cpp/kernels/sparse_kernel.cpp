#include "kernels/sparse_kernel.hpp"

#include <algorithm>

#include "kernels/mirror.hpp"
#include "kernels/postings.hpp"
#include "kernels/self_values.hpp"
#include "kernels/sparse_panel.hpp"
#include "kernels/sparse_sums.hpp"

namespace maxmargin::kernels {
namespace {

constexpr std::size_t kWorthMirroring = 40;  // values of a row from which half of a square costs more than copying it
constexpr double kSquares = 2.0;             // cost of products by postings, of panels': below it squares are faster so
constexpr std::size_t kFewest = 128;         // rows of which postings are worth making

// out[lane][k] = the values of each target of a chunk with the rows of a panel.
template <Kind kKind>
void store_chunk(const Function& f, const SparsePanel<float>& panel, std::size_t lanes, const SparseRows<float>& right,
                 const RowIndex* targets, Range chunk, float* const* out) {
  using Panel = SparsePanel<float>;
  ScratchVector<float> values(Panel::kBatch * Panel::kWidth);
  for (std::size_t first = chunk.begin; first < chunk.end; first += Panel::kBatch) {
    const std::size_t batch = std::min(Panel::kBatch, chunk.end - first);
    panel.take<kKind>(f, right, targets, first, batch, values.data());
    for (std::size_t lane = 0; lane < lanes; ++lane)
      for (std::size_t k = 0; k < batch; ++k) out[lane][first + k] = values[k * Panel::kWidth + lane];
  }
}

// out[i * ld + j] = K(rows[list[i]], rows[list[j]]); a null list means all rows in order.
template <class T>
void square_of(const Function& f, const SparseColumns& places, const SparseRows<T>& rows, const RowIndex* list,
               std::size_t m, T* out, std::size_t ld, const Execution& run) {
  constexpr std::size_t kWidth = SparsePanel<T>::kWidth, kBatch = SparsePanel<T>::kBatch;
  const bool symmetric = rows.values.size() >= kWorthMirroring * rows.size();
  with_kind(f, [&]<Kind kKind>() {
    const auto columns = [&](std::size_t p) {
      SparsePanel<T> panel(places);
      const std::size_t count = std::min(kWidth, m - p * kWidth);
      panel.fill(rows, list, p * kWidth, count);
      LargeVector<T> values(kBatch * kWidth, T(0));
      const std::size_t last = symmetric ? p * kWidth + count : m;
      for (std::size_t first = 0; first < last; first += kBatch) {
        const std::size_t batch = std::min(kBatch, last - first);
        panel.template take<kKind>(f, rows, list, first, batch, values.data());
        for (std::size_t k = 0; k < batch; ++k)
          std::copy_n(values.data() + k * kWidth, count, out + (first + k) * ld + p * kWidth);
      }
    };
    parallel_for((m + kWidth - 1) / kWidth, run.n_threads, columns, run.interrupt);
  });
  if (symmetric) mirror(out, m, ld, run);
}

}  // namespace

SparseKernel::SparseKernel(const Design& X, const Function& f, Origin origin, std::vector<std::size_t> starts,
                           const Execution& run)
    : Kernel(X.n_rows()),
      X_(X),
      function_(f),
      origin_(std::move(origin)),
      places_(X, origin_.data()),
      rows_(X, Rows::all(X.n_rows()), origin_.data(), places_, f.terms(), std::move(starts), run),
      rounding_(f, SparsePanel<float>::kPacks, mean_size_of_rows()) {}

RowSize SparseKernel::mean_size_of_rows() const {
  RowSize mean;
  for (std::size_t k = 0; k < rows_.size(); ++k) {
    const RowSize size = size_of(static_cast<RowIndex>(k));
    mean.norm += size.norm / static_cast<double>(rows_.size());
    mean.terms += size.terms / static_cast<double>(rows_.size());
  }
  return mean;
}

bool SparseKernel::by_postings(std::size_t m) const {
  return !dear() && m >= kFewest && places_.n_features() <= rows_.values.size();
}

std::vector<std::size_t> SparseKernel::starts_of(const Design& X, const Origin& origin, const Execution& run) {
  return SparseRows<float>::starts_of(X, Rows::all(X.n_rows()), origin.data(), run);
}

Footprint SparseKernel::footprint_of(const Design& X, double values_per_row) {
  const std::size_t n = X.n_rows(), piece = std::min(n, rows_of_piece(values_per_row));
  const double of_left = bytes_of_left(X.n_features(), piece, values_per_row);
  const double rows = SparseRows<double>::bytes_of(piece, static_cast<double>(piece) * values_per_row);
  const double held = SparseRows<float>::bytes_of(n, static_cast<double>(n) * values_per_row);
  return {held + SparseColumns::bytes_of(X.n_features()), SparseRows<double>::bytes_of(1, values_per_row),
          2.0 * rows + of_left, values_per_row};
}

std::unique_ptr<Targets> SparseKernel::targets(std::vector<RowIndex> rows, const Execution&) const {
  return std::make_unique<Targets>(std::move(rows));
}

void SparseKernel::square(const std::vector<RowIndex>& rows, float* out, std::size_t ld, const Execution& run) const {
  if (by_postings(rows.size()))
    if (const auto lists = postings_of(rows_, rows.data(), rows.size(), places_.n_features(), kSquares))
      return square_by_postings(function_, *lists, rows_, rows.data(), out, ld, run);
  square_of(function_, places_, rows_, rows.data(), rows.size(), out, ld, run);
}

void SparseKernel::square(const std::vector<RowIndex>& rows, double* out, std::size_t ld, const Execution& run) const {
  const SparseRows<double> packed(X_, Rows::list(rows), origin_.data(), places_, function_.terms(), run);
  square_of<double>(function_, places_, packed, nullptr, rows.size(), out, ld, run);
}

void SparseKernel::add(const std::vector<RowIndex>& rows, const double* coef, const Targets& targets, Sums sums,
                       const Execution& run) const {
  const NarrowSums narrow(rows, coef, sums, spread_of(rows, coef));
  accumulate<float>(function_, places_, rows_, rows.data(), rows.size(), narrow.coef.data(), rows_,
                    targets.rows().data(), targets.rows().size(), by_postings(rows.size()), narrow.outputs, run);
}

void SparseKernel::rows(const std::vector<RowIndex>& rows, const Targets& targets, float* const* out,
                        const Execution& run) const {
  constexpr std::size_t kWidth = SparsePanel<float>::kWidth;
  const std::size_t m = rows.size(), n = targets.rows().size(), panels = (m + kWidth - 1) / kWidth;
  SparsePanel<float> panel(places_);
  for (std::size_t p = 0; p < panels; ++p) {
    const std::size_t first = p * kWidth, count = std::min(kWidth, m - first);
    panel.fill(rows_, rows.data(), first, count);
    with_kind(function_, [&]<Kind kKind>() {
      const auto store = [&](std::size_t c) {
        const Range chunk{c * kTargetsPerChunk, std::min(n, (c + 1) * kTargetsPerChunk)};
        store_chunk<kKind>(function_, panel, count, rows_, targets.rows().data(), chunk, out + first);
      };
      parallel_for((n + kTargetsPerChunk - 1) / kTargetsPerChunk, run.n_threads, store, run.interrupt);
    });
  }
}

void SparseKernel::add_exactly(const std::vector<RowIndex>& rows, const double* coef,
                               const std::vector<RowIndex>& targets, double* f, const Execution& run) const {
  add_sparse_in_pieces({function_, origin_, places_}, X_, Rows::list(rows), {{0, rows.size()}}, X_, Rows::list(targets),
                       coef, 1, f, run);
}

void SparseKernel::add_among(const std::vector<RowIndex>& rows, const double* coef, double* f,
                             const Execution& run) const {
  const Rows list = Rows::list(rows);
  const std::size_t piece = rows_of_piece(origin_.values_per_row);
  for (std::size_t a = 0; a < list.size; a += piece) {
    const SparseRows<double> left(X_, list.slice({a, std::min(list.size, a + piece)}), origin_.data(), places_,
                                  function_.terms(), run);
    accumulate_both(function_, places_, left, coef + a, left, coef + a, true, f + a, f + a, run);
    for (std::size_t b = a + piece; b < list.size; b += piece) {
      const SparseRows<double> right(X_, list.slice({b, std::min(list.size, b + piece)}), origin_.data(), places_,
                                     function_.terms(), run);
      accumulate_both(function_, places_, left, coef + a, right, coef + b, false, f + a, f + b, run);
    }
  }
}

void SparseKernel::diagonal(const std::vector<RowIndex>& rows, double* out, const Execution& run) const {
  self_values(function_, X_, Rows::list(rows), out, run);
}

}  // namespace maxmargin::kernels
