#include "quadratic/row_store.hpp"

#include <algorithm>

#include "simd/vector.hpp"

namespace maxmargin::quadratic {
namespace {

constexpr double kDear = 200.0;               // products per value from which it is cheaper to read than to compute it
constexpr std::size_t kFewest = 128;          // rows; for less room, nothing is kept
constexpr std::size_t kTargetsAtOnce = 1024;  // of a sum: f and its spread stay in the first-level cache

}  // namespace

RowStore::RowStore(const kernels::Kernel& kernel, const kernels::Targets& targets, double bytes)
    : kernel_(kernel), targets_(targets), n_(targets.rows().size()), stride_((n_ + 15) / 16 * 16) {
  if (n_ == 0 || kernel.products_per_value() < kDear) return;
  const auto rows = static_cast<std::size_t>(std::min(bytes / static_cast<double>(stride_ * sizeof(float)), 1e9));
  if (rows < kFewest) return;
  most_ = rows / kSlab * kSlab >= n_ ? n_ : rows / kSlab * kSlab;
  slot_of_.assign(n_, kNone);
}

void RowStore::add(const std::vector<Position>& rows, const double* coef, kernels::Sums sums, const Execution& run) {
  std::vector<RowIndex> indices;
  for (Position k : rows) indices.push_back(targets_.rows()[k]);
  const std::vector<float> spread = sums.spread != nullptr ? kernel_.spread_of(indices, coef) : std::vector<float>{};
  for (std::size_t first = 0; first < rows.size(); first += most_) {
    const std::size_t count = std::min(most_, rows.size() - first);
    provide(rows.data() + first, count, run);
    const auto sum = [&](std::size_t c) {
      const std::size_t begin = c * kTargetsAtOnce, size = std::min(n_, begin + kTargetsAtOnce) - begin;
      for (std::size_t j = first; j < first + count; ++j) {
        const float* K = values(slot_of_[rows[j]]) + begin;
        simd::axpy(coef[j], K, sums.f + begin, size);
        if (!spread.empty()) simd::axpy(static_cast<double>(spread[j]), K, sums.spread + begin, size);
      }
    };
    parallel_for((n_ + kTargetsAtOnce - 1) / kTargetsAtOnce, run.n_threads, sum, run.interrupt);
  }
}

void RowStore::provide(const Position* rows, std::size_t count, const Execution& run) {
  ++call_;
  std::vector<Position> missing;
  for (std::size_t j = 0; j < count; ++j) {
    if (slot_of_[rows[j]] == kNone)
      missing.push_back(rows[j]);
    else
      used_at_[slot_of_[rows[j]]] = call_;
  }
  for (std::size_t first = 0; first < missing.size(); first += kSlab) {
    const std::size_t last = std::min(missing.size(), first + kSlab);
    std::vector<RowIndex> indices;
    std::vector<Slot> claimed;
    std::vector<float*> at;
    for (std::size_t j = first; j < last; ++j) {
      claimed.push_back(claim());
      at.push_back(values(claimed.back()));
      indices.push_back(targets_.rows()[missing[j]]);
    }
    kernel_.rows(indices, targets_, at.data(), run);
    for (std::size_t j = first; j < last; ++j) {  // not before: an interrupt may have come
      slot_of_[missing[j]] = claimed[j - first];
      position_of_[claimed[j - first]] = missing[j];
    }
    evaluations_ += static_cast<double>(indices.size()) * static_cast<double>(n_);
  }
}

// A slot for one more row: a new one, or that of the row which has not been used for longest.
RowStore::Slot RowStore::claim() {
  if (position_of_.size() < most_) {
    if (position_of_.size() % kSlab == 0) slabs_.emplace_back(kSlab * stride_);
    position_of_.push_back(kNone);
    used_at_.push_back(call_);
    return static_cast<Slot>(position_of_.size() - 1);
  }
  const auto oldest = std::min_element(used_at_.begin(), used_at_.end());
  *oldest = call_;
  const auto slot = static_cast<Slot>(oldest - used_at_.begin());
  if (position_of_[slot] != kNone) slot_of_[position_of_[slot]] = kNone;
  position_of_[slot] = kNone;
  return slot;
}

void RowStore::square(const std::vector<Position>& rows, float* out, std::size_t ld, const Execution& run) {
  constexpr std::size_t kTogether = 16;
  std::vector<std::size_t> found, others;
  std::vector<RowIndex> anew;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const bool there = slot_of_[rows[i]] != kNone;
    (there ? found : others).push_back(i);
    if (!there) anew.push_back(targets_.rows()[rows[i]]);
  }
  ScratchVector<float> among(anew.size() * anew.size());
  if (!anew.empty()) kernel_.square(anew, among.data(), anew.size(), run);
  evaluations_ += static_cast<double>(anew.size()) * static_cast<double>(anew.size());
  parallel_for((found.size() + kTogether - 1) / kTogether, run.n_threads, [&](std::size_t c) {
    const std::size_t last = std::min(found.size(), (c + 1) * kTogether);
    for (std::size_t s = c * kTogether; s < last; ++s) {
      const float* K = values(slot_of_[rows[found[s]]]);
      float* row = out + found[s] * ld;
      for (std::size_t j = 0; j < rows.size(); ++j) row[j] = K[rows[j]];
    }
    for (std::size_t i : others)
      for (std::size_t s = c * kTogether; s < last; ++s) out[i * ld + found[s]] = out[found[s] * ld + i];
  });
  parallel_for((others.size() + kTogether - 1) / kTogether, run.n_threads, [&](std::size_t c) {
    for (std::size_t s = c * kTogether; s < std::min(others.size(), (c + 1) * kTogether); ++s)
      for (std::size_t j = 0; j < others.size(); ++j) out[others[s] * ld + others[j]] = among[s * others.size() + j];
  });
}

}  // namespace maxmargin::quadratic
