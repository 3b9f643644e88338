#include "kernels/sparse_sums.hpp"

#include <algorithm>

#include "kernels/sparse_targets.hpp"

namespace maxmargin::kernels {
namespace {

constexpr std::size_t kPanelBytes = 1 << 20;   // of left panels that are filled together
constexpr std::size_t kNumberBytes = 1 << 24;  // of the numbers of their columns
constexpr std::size_t kMostPanels = 32;
constexpr double kExactRows = 4096;       // rows turned into float64 at a time,
constexpr double kExactValues = 1 << 20;  // and what they hold: 12 MB, twice
// Costs of products by postings, of those against panels, below which sums are faster so.
template <class T>
constexpr double kSums = 0.6;
template <>
constexpr double kSums<float> = 0.85;
constexpr std::size_t kLanes = simd::kPackSize<double>;

// The lanes of a pack, added to those of a sum in float64: float32 ones, that are twice as many, by pairs.
void add_lanes(double* sum, simd::Pack<double> v) { simd::store_pack(sum, simd::load_pack(sum) + v); }
void add_lanes(double* sum, simd::Pack<float> v) {
  const simd::Halves wide = simd::widen(v);
  simd::store_pack(sum, simd::load_pack(sum) + (wide.first + wide.second));
}

double total(const double* lanes) {
  double sums[kLanes];
  std::copy(lanes, lanes + kLanes, sums);
#pragma GCC unroll 4
  for (std::size_t half = kLanes / 2; half > 0; half /= 2)
    for (std::size_t k = 0; k < half; ++k) sums[k] += sums[k + half];
  return sums[0];
}

// The sums of one chunk of targets over `count` panels. Lanes are added up once, at the end.
template <Kind kKind, class T>
void sum_chunk(const Function& f, const SparsePanel<T>* panels, std::size_t count, const T* coef, std::size_t stride,
               const SparseRows<T>& right, const RowIndex* targets, Range chunk, const std::vector<double*>& out) {
  using Panel = SparsePanel<T>;
  const std::size_t size = chunk.end - chunk.begin, n_outputs = out.size();
  LargeVector<double> sums(n_outputs * size * kLanes, 0.0);
  LargeVector<T> values(Panel::kBatch * Panel::kWidth, T(0));
  for (std::size_t p = 0; p < count; ++p)
    for (std::size_t first = 0; first < size; first += Panel::kBatch) {
      const std::size_t batch = std::min(Panel::kBatch, size - first);
      panels[p].template take<kKind>(f, right, targets, chunk.begin + first, batch, values.data());
      for (std::size_t c = 0; c < n_outputs; ++c) {
        simd::Pack<T> a[Panel::kPacks];
        for (std::size_t i = 0; i < Panel::kPacks; ++i)
          a[i] = simd::load_pack(coef + c * stride + p * Panel::kWidth + i * Panel::kPack);
        for (std::size_t k = 0; k < batch; ++k) {
          const T* row = values.data() + k * Panel::kWidth;
          simd::Pack<T> s = a[0] * simd::load_pack(row);
#pragma GCC unroll 8
          for (std::size_t i = 1; i < Panel::kPacks; ++i)
            s = simd::fma(a[i], simd::load_pack(row + i * Panel::kPack), s);
          add_lanes(sums.data() + (c * size + first + k) * kLanes, s);
        }
      }
    }
  for (std::size_t c = 0; c < n_outputs; ++c)
    for (std::size_t k = 0; k < size; ++k) out[c][chunk.begin + k] += total(sums.data() + (c * size + k) * kLanes);
}

// Panels that are filled together.
template <class T>
std::size_t panels_at_once(std::size_t of_panel, std::size_t n_features) {
  const std::size_t bytes = std::max<std::size_t>(of_panel, 1) * SparsePanel<T>::kWidth * sizeof(T);
  const std::size_t numbers = n_features * sizeof(std::uint32_t);  // that a panel may give its columns
  return std::clamp<std::size_t>(std::min(kPanelBytes / bytes, kNumberBytes / std::max<std::size_t>(numbers, 1)), 1,
                                 kMostPanels);
}

// Those of the rows list[first, first + size) of the left ones, of which there are m.
template <class T>
void fill(std::vector<SparsePanel<T>>& panels, std::size_t first, std::size_t count, const SparseRows<T>& left,
          const RowIndex* list, std::size_t m, const Execution& run) {
  constexpr std::size_t kWidth = SparsePanel<T>::kWidth;
  const auto one = [&](std::size_t p) {
    const std::size_t begin = (first + p) * kWidth;
    panels[p].fill(left, list, begin, std::min(kWidth, m - begin));
  };
  parallel_for(count, run.n_threads, one, run.interrupt);
}

// `kept` are all panels, where somebody has them.
template <class T>
void by_panels(const Function& f, const SparseColumns& places, const SparseRows<T>& left, const RowIndex* list,
               std::size_t m, const T* coef, const SparseRows<T>& right, const RowIndex* targets, std::size_t n,
               const std::vector<double*>& out, const Execution& run,
               const std::vector<SparsePanel<T>>* kept = nullptr) {
  if (m == 0) return;
  constexpr std::size_t kWidth = SparsePanel<T>::kWidth;
  const std::size_t panels = (m + kWidth - 1) / kWidth, n_outputs = out.size();
  const std::size_t together = panels_at_once<T>(places.of_panel(), places.n_features());
  std::vector<T> padded(n_outputs * panels * kWidth, T(0));
  for (std::size_t c = 0; c < n_outputs; ++c)
    std::copy(coef + c * m, coef + (c + 1) * m, padded.data() + c * panels * kWidth);
  std::vector<SparsePanel<T>> own(kept != nullptr ? 0 : std::min(together, panels), SparsePanel<T>(places));
  for (std::size_t begin = 0; begin < panels; begin += together) {
    const std::size_t count = std::min(together, panels - begin);
    if (kept == nullptr) fill(own, begin, count, left, list, m, run);
    const SparsePanel<T>* filled = kept != nullptr ? kept->data() + begin : own.data();
    with_kind(f, [&]<Kind kKind>() {
      const auto sum = [&](std::size_t chunk) {
        const Range mine{chunk * kTargetsPerChunk, std::min(n, (chunk + 1) * kTargetsPerChunk)};
        sum_chunk<kKind>(f, filled, count, padded.data() + begin * kWidth, panels * kWidth, right, targets, mine, out);
      };
      parallel_for((n + kTargetsPerChunk - 1) / kTargetsPerChunk, run.n_threads, sum, run.interrupt);
    });
  }
}

// The sums of one chunk of targets over one panel of left rows, the first of which is `first`, and those of the panel's
// rows over the chunk. Where both are of one list, values on the panel's own side of the diagonal are another's.
template <Kind kKind>
void sum_both(const Function& f, const SparsePanel<double>& panel, std::size_t first, const double* left_coef,
              const SparseRows<double>& right, const double* right_coef, Range chunk, bool same, double* at_left,
              double* at_right) {
  using Panel = SparsePanel<double>;
  constexpr std::size_t kPack = Panel::kPack, kPacks = Panel::kPacks, kWidth = Panel::kWidth;
  LargeVector<double> values(Panel::kBatch * kWidth, 0.0);
  simd::Pack<double> a[kPacks], left[kPacks];
  for (std::size_t i = 0; i < kPacks; ++i) {
    a[i] = simd::load_pack(left_coef + i * kPack);
    left[i] = simd::all(0.0);
  }
  double lanes[kLanes];
  for (std::size_t begin = same ? std::max(chunk.begin, first) : chunk.begin; begin < chunk.end;) {
    const std::size_t batch = std::min(Panel::kBatch, chunk.end - begin);
    panel.take<kKind>(f, right, nullptr, begin, batch, values.data());
    for (std::size_t k = 0; k < batch; ++k) {
      const double* row = values.data() + k * kWidth;
      simd::Pack<double> sum = a[0] * simd::load_pack(row);
      for (std::size_t i = 1; i < kPacks; ++i) sum = simd::fma(a[i], simd::load_pack(row + i * kPack), sum);
      simd::store_pack(lanes, sum);
      at_right[begin + k] += total(lanes);
      if (same && begin + k < first + kWidth) continue;
      const simd::Pack<double> c = simd::all(right_coef[begin + k]);
      for (std::size_t i = 0; i < kPacks; ++i) left[i] = simd::fma(c, simd::load_pack(row + i * kPack), left[i]);
    }
    begin += batch;
  }
  for (std::size_t i = 0; i < kPacks; ++i) simd::store_pack(at_left + i * kPack, left[i]);
}

}  // namespace

std::size_t rows_of_piece(double values_per_row) {
  return static_cast<std::size_t>(std::clamp(kExactValues / std::max(values_per_row, 1.0), 64.0, kExactRows));
}

std::vector<double> part_of(const double* coef, std::size_t m, Range rows, std::size_t n_outputs) {
  std::vector<double> part;
  for (std::size_t c = 0; c < n_outputs; ++c)
    part.insert(part.end(), coef + c * m + rows.begin, coef + c * m + rows.end);
  return part;
}

double bytes_of_left(std::size_t n_features, std::size_t n_rows, double values_per_row) {
  const double panels =
      static_cast<double>(panels_at_once<double>(SparseColumns::least_of_panel(n_features), n_features)) *
      SparsePanel<double>::bytes_of(n_features, values_per_row);
  return std::max(panels, Postings<double>::bytes_of(n_features, static_cast<double>(n_rows) * values_per_row));
}

template <class T>
void accumulate(const Function& f, const SparseColumns& places, const SparseRows<T>& left, const RowIndex* list,
                std::size_t m, const T* coef, const SparseRows<T>& right, const RowIndex* targets, std::size_t n,
                bool postings, const std::vector<double*>& out, const Execution& run) {
  if (postings)
    if (const auto lists = postings_of(left, list, m, places.n_features(), kSums<T>))
      return add_by_postings(f, *lists, coef, right, targets, n, out, run);
  by_panels(f, places, left, list, m, coef, right, targets, n, out, run);
}

template void accumulate(const Function&, const SparseColumns&, const SparseRows<float>&, const RowIndex*, std::size_t,
                         const float*, const SparseRows<float>&, const RowIndex*, std::size_t, bool,
                         const std::vector<double*>&, const Execution&);

void accumulate_both(const Function& f, const SparseColumns& places, const SparseRows<double>& left,
                     const double* left_coef, const SparseRows<double>& right, const double* right_coef, bool same,
                     double* at_left, double* at_right, const Execution& run) {
  constexpr std::size_t kWidth = SparsePanel<double>::kWidth;
  const std::size_t m = left.size(), n = right.size(), chunks = (n + kTargetsPerChunk - 1) / kTargetsPerChunk;
  const std::size_t panels = (m + kWidth - 1) / kWidth;
  const std::size_t together = std::min(panels_at_once<double>(places.of_panel(), places.n_features()), panels);
  std::vector<double> padded(panels * kWidth, 0.0);
  std::copy(left_coef, left_coef + m, padded.begin());
  std::vector<SparsePanel<double>> filled(together, SparsePanel<double>(places));
  ScratchVector<double> parts(chunks * together * kWidth);
  for (std::size_t begin = 0; begin < panels; begin += together) {
    const std::size_t count = std::min(together, panels - begin);
    fill(filled, begin, count, left, nullptr, m, run);
    with_kind(f, [&]<Kind kKind>() {
      const auto sum = [&](std::size_t c) {
        const Range mine{c * kTargetsPerChunk, std::min(n, (c + 1) * kTargetsPerChunk)};
        for (std::size_t p = 0; p < count; ++p) {
          const std::size_t first = (begin + p) * kWidth;
          sum_both<kKind>(f, filled[p], first, padded.data() + first, right, right_coef, mine, same,
                          parts.data() + (c * together + p) * kWidth, at_right);
        }
      };
      parallel_for(chunks, run.n_threads, sum, run.interrupt);
    });
    for (std::size_t c = 0; c < chunks; ++c)
      for (std::size_t j = begin * kWidth; j < std::min(m, (begin + count) * kWidth); ++j)
        at_left[j] += parts[c * together * kWidth + j - begin * kWidth];
  }
}

std::unique_ptr<KeptLeft> KeptLeft::of(const SparseColumns& places, SparseRows<double> rows, double most_bytes,
                                       const Execution& run) {
  using Panel = SparsePanel<double>;
  const std::size_t d = places.n_features(), m = rows.size(), panels = (m + Panel::kWidth - 1) / Panel::kWidth;
  const auto values = static_cast<double>(rows.values.size());
  const double bytes = SparseRows<double>::bytes_of(m, values);
  if (bytes + Postings<double>::bytes_of(d, values) > most_bytes) return nullptr;
  auto kept = std::make_unique<KeptLeft>(Made{}, std::move(rows));
  if (auto lists = postings_of(kept->rows_, nullptr, m, d, kSums<double>)) {
    kept->lists_ = std::make_unique<const Postings<double>>(std::move(*lists));
    return kept;
  }
  const double values_per_row = values / static_cast<double>(std::max<std::size_t>(m, 1));
  if (bytes + static_cast<double>(panels) * Panel::bytes_of(d, values_per_row) > most_bytes) return nullptr;
  kept->panels_.assign(panels, Panel(places));
  fill(kept->panels_, 0, panels, kept->rows_, nullptr, m, run);
  return kept;
}

void KeptLeft::add(const Function& f, const SparseColumns& places, const double* coef, const SparseRows<double>& right,
                   const std::vector<double*>& out, const Execution& run) const {
  if (lists_) return add_by_postings(f, *lists_, coef, right, nullptr, right.size(), out, run);
  by_panels(f, places, rows_, nullptr, rows_.size(), coef, right, nullptr, right.size(), out, run, &panels_);
}

void add_sparse_in_pieces(const SparseView& view, const Design& S, Rows left, const std::vector<Range>& blocks,
                          const Design& X, Rows right, const double* coef, std::size_t n_outputs, double* out,
                          const Execution& run) {
  const std::size_t piece = rows_of_piece(S.values_per_row());
  over_targets(view, X, right, run, [&](const SparseRows<double>& targets, std::size_t first) {
    for (std::size_t b = 0; b < blocks.size(); ++b)
      for (std::size_t begin = blocks[b].begin; begin < blocks[b].end; begin += piece) {
        const Range rows{begin, std::min(blocks[b].end, begin + piece)};
        const SparseRows<double> packed = view.rows(S, left.slice(rows), run);
        const std::vector<double> part = part_of(coef, left.size, rows, n_outputs);
        add_to(out + b * n_outputs * right.size + first, right.size, n_outputs, targets.size(),
               [&](const std::vector<double*>& sums) {
                 accumulate<double>(view.f, view.places, packed, nullptr, packed.size(), part.data(), targets, nullptr,
                                    targets.size(), true, sums, run);
               });
      }
  });
}

}  // namespace maxmargin::kernels
