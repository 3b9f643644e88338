#include "quadratic/row_store.hpp"

#include <algorithm>
#include <stdexcept>

#include "simd/vector.hpp"

namespace maxmargin::quadratic {
namespace {

constexpr std::size_t kTargetsAtOnce = 1024;  // of a sum: f and its spread stay in the first-level cache
constexpr std::size_t kRowsAtOnce = 16;       // of a square
static_assert(kTargetsAtOnce % RowPool::kPadded == 0);

}  // namespace

// Both the rows of the problem and the targets of each part are in the order of the data.
RowStore::RowStore(KeptRows& kept, std::vector<RowIndex> rows)
    : kept_(kept), rows_(std::move(rows)), place_(rows_.size()), asked_(rows_.size(), 0) {
  std::vector<std::uint32_t> part_of(kept.n_segments(), kNone), next;
  for (std::size_t k = 0; k < rows_.size(); ++k) {
    const std::uint32_t segment = kept.segment_of(rows_[k]);
    if (segment == KeptRows::kNowhere) throw std::invalid_argument("a row of the problem is in no segment");
    if (part_of[segment] == kNone) {
      part_of[segment] = static_cast<std::uint32_t>(parts_.size());
      parts_.push_back({&kept.pool(segment), std::vector<Position>(kept.pool(segment).targets().size(), kNone)});
      next.push_back(0);
    }
    const std::uint32_t part = part_of[segment];
    const std::vector<RowIndex>& targets = parts_[part].pool->targets();
    while (targets[next[part]] != rows_[k]) ++next[part];
    place_[k] = {part, next[part]};
    parts_[part].position[next[part]] = static_cast<Position>(k);
  }
}

void RowStore::add(const std::vector<Position>& rows, const double* coef, kernels::Sums sums, const Execution& run) {
  std::vector<RowIndex> indices;
  for (Position k : rows) {
    indices.push_back(rows_[k]);
    if (asked_[k] == 0) evaluations_ += static_cast<double>(rows_.size());
    asked_[k] = 1;
  }
  const std::vector<float> spread =
      sums.spread != nullptr ? kept_.kernel().spread_of(indices, coef) : std::vector<float>{};
  for (std::size_t first = 0; first < rows.size();) {
    std::size_t count = std::min(kept_.most_at_once(), rows.size() - first);
    Holds holds;
    for (const Part& part : parts_) {
      holds.push_back(std::make_unique<RowPool::Hold>(*part.pool));
      count = holds.back()->provide(indices.data() + first, count, run);
      if (count == 0) break;
    }
    if (count > 0) {
      sum(holds, count, coef + first, spread.empty() ? nullptr : spread.data() + first, sums, run);
      first += count;
    } else {
      holds.clear();
      wait_a_moment(run.interrupt);  // until another problem, which is not waiting, lets go of what it holds
    }
  }
}

// The sums at each target go by the order of the rows, in float64 from what f was: in how many steps makes no
// difference, nor does where the target is, as all are taken in whole packs.
void RowStore::sum(const Holds& holds, std::size_t count, const double* coef, const float* spread, kernels::Sums sums,
                   const Execution& run) const {
  std::vector<Place> chunks;
  for (std::uint32_t p = 0; p < parts_.size(); ++p)
    for (std::size_t begin = 0; begin < parts_[p].position.size(); begin += kTargetsAtOnce)
      chunks.push_back({p, static_cast<std::uint32_t>(begin)});
  const auto sum_chunk = [&](std::size_t c) {
    const RowPool::Hold& hold = *holds[chunks[c].part];
    const std::vector<Position>& position = parts_[chunks[c].part].position;
    const std::size_t begin = chunks[c].index, size = std::min(position.size(), begin + kTargetsAtOnce) - begin;
    alignas(64) double f[kTargetsAtOnce], spreads[kTargetsAtOnce];
    for (std::size_t t = 0; t < size; ++t) {
      const Position k = position[begin + t];
      f[t] = k != kNone ? sums.f[k] : 0.0;
      spreads[t] = k != kNone && spread != nullptr ? sums.spread[k] : 0.0;
    }
    const std::size_t padded = (size + RowPool::kPadded - 1) / RowPool::kPadded * RowPool::kPadded;
    std::fill(f + size, f + padded, 0.0);
    std::fill(spreads + size, spreads + padded, 0.0);
    for (std::size_t j = 0; j < count; ++j) {
      const float* K = hold[j] + begin;
      simd::axpy(coef[j], K, f, padded);
      if (spread != nullptr) simd::axpy(static_cast<double>(spread[j]), K, spreads, padded);
    }
    for (std::size_t t = 0; t < size; ++t) {
      const Position k = position[begin + t];
      if (k == kNone) continue;
      sums.f[k] = f[t];
      if (spread != nullptr) sums.spread[k] = spreads[t];
    }
  };
  parallel_for(chunks.size(), run.n_threads, sum_chunk, run.interrupt);
}

void RowStore::square(const std::vector<Position>& rows, float* out, std::size_t ld, const Execution& run) {
  std::vector<RowIndex> indices;
  double unasked = 0.0;
  for (Position k : rows) {
    indices.push_back(rows_[k]);
    unasked += asked_[k] == 0 ? 1.0 : 0.0;
  }
  evaluations_ += unasked * unasked;
  Holds holds;
  for (const Part& part : parts_) {
    holds.push_back(std::make_unique<RowPool::Hold>(*part.pool));
    holds.back()->find(indices);
  }
  std::vector<std::size_t> found, others;
  std::vector<RowIndex> anew;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const bool there = std::all_of(holds.begin(), holds.end(), [i](const auto& hold) { return (*hold)[i] != nullptr; });
    (there ? found : others).push_back(i);
    if (!there) anew.push_back(indices[i]);
  }
  ScratchVector<float> among(anew.size() * anew.size());
  if (!anew.empty()) kept_.kernel().square(anew, among.data(), anew.size(), run);
  copy(holds, rows, found, others, out, ld, run);
  parallel_for((others.size() + kRowsAtOnce - 1) / kRowsAtOnce, run.n_threads, [&](std::size_t c) {
    for (std::size_t s = c * kRowsAtOnce; s < std::min(others.size(), (c + 1) * kRowsAtOnce); ++s) {
      float* row = out + others[s] * ld;
      for (std::size_t j = 0; j < others.size(); ++j) row[others[j]] = among[s * others.size() + j];
    }
  });
}

// The rows of a square that are there, and what the others have in common with them.
void RowStore::copy(const Holds& holds, const std::vector<Position>& rows, const std::vector<std::size_t>& found,
                    const std::vector<std::size_t>& others, float* out, std::size_t ld, const Execution& run) const {
  parallel_for((found.size() + kRowsAtOnce - 1) / kRowsAtOnce, run.n_threads, [&](std::size_t c) {
    std::vector<const float*> K(parts_.size());
    const std::size_t last = std::min(found.size(), (c + 1) * kRowsAtOnce);
    for (std::size_t s = c * kRowsAtOnce; s < last; ++s) {
      for (std::size_t p = 0; p < parts_.size(); ++p) K[p] = (*holds[p])[found[s]];
      float* row = out + found[s] * ld;
      for (std::size_t j = 0; j < rows.size(); ++j) row[j] = K[place_[rows[j]].part][place_[rows[j]].index];
    }
    for (std::size_t i : others)
      for (std::size_t s = c * kRowsAtOnce; s < last; ++s) out[i * ld + found[s]] = out[found[s] * ld + i];
  });
}

}  // namespace maxmargin::quadratic
