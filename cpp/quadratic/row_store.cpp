#include "quadratic/row_store.hpp"

#include <algorithm>

#include "simd/vector.hpp"

namespace maxmargin::quadratic {
namespace {

constexpr double kDear = 200.0;       // products per value from which it is cheaper to read one than to compute it
constexpr std::size_t kFewest = 128;  // rows; for less room, nothing is kept
constexpr std::size_t kTargetsAtOnce =
    1024;  // of a sum over stored rows: f and its spread stay in the first-level cache

}  // namespace

// Some terms of a sum: sums.f += coef[j] K(rows[j], .), and what goes with it.
struct RowStore::Terms {
  kernels::Sums sums;
  std::vector<Position> rows;
  std::vector<double> coef, spread;

  void push(Position k, double c, const float* s) {
    rows.push_back(k);
    coef.push_back(c);
    if (s != nullptr) spread.push_back(static_cast<double>(*s));
  }
  Terms slice(std::size_t first, std::size_t count) const {
    const auto part = [&](const auto& list) {
      const auto begin = list.begin() + static_cast<std::ptrdiff_t>(std::min(first, list.size()));
      return std::decay_t<decltype(list)>(
          begin, begin + std::min<std::ptrdiff_t>(static_cast<std::ptrdiff_t>(count), list.end() - begin));
    };
    return {sums, part(rows), part(coef), part(spread)};
  }
  // From their values at the targets, for some of these.
  template <class Values>
  void accumulate(const std::vector<Values>& at, Range targets) const {
    for (std::size_t j = 0; j < at.size(); ++j) {
      const float* K = at[j] + targets.begin;
      simd::axpy(coef[j], K, sums.f + targets.begin, targets.end - targets.begin);
      if (!spread.empty()) simd::axpy(spread[j], K, sums.spread + targets.begin, targets.end - targets.begin);
    }
  }
};

RowStore::RowStore(const kernels::Kernel& kernel, const kernels::Targets& targets, double bytes)
    : kernel_(kernel), targets_(targets), n_(targets.rows().size()), stride_((n_ + 15) / 16 * 16) {
  const double rows = bytes / static_cast<double>(stride_ * sizeof(float)) - static_cast<double>(kSlab);
  if (kernel.products_per_value() < kDear || rows < static_cast<double>(kFewest)) return;
  most_ = static_cast<std::size_t>(std::min(rows, static_cast<double>(n_)));
  slot_of_.assign(n_, kNone);
}

void RowStore::add(const std::vector<Position>& rows, const double* coef, kernels::Sums sums, const Execution& run) {
  ++call_;
  std::vector<RowIndex> indices;
  for (Position k : rows) indices.push_back(targets_.rows()[k]);
  const std::vector<float> spread = sums.spread != nullptr ? kernel_.spread_of(indices, coef) : std::vector<float>{};
  Terms found{sums, {}, {}, {}}, anew{sums, {}, {}, {}};
  for (std::size_t j = 0; j < rows.size(); ++j) {
    const bool there = slot_of_[rows[j]] != kNone;
    if (there) used_at_[slot_of_[rows[j]]] = call_;
    (there ? found : anew).push(rows[j], coef[j], spread.empty() ? nullptr : &spread[j]);
  }
  if (!found.rows.empty()) add_found(found, run);
  for (std::size_t first = 0; first < anew.rows.size(); first += kSlab) add_anew(anew.slice(first, kSlab), run);
}

void RowStore::add_found(const Terms& terms, const Execution& run) {
  std::vector<const float*> at;
  for (Position k : terms.rows) at.push_back(values(slot_of_[k]));
  parallel_for(
      (n_ + kTargetsAtOnce - 1) / kTargetsAtOnce, run.n_threads,
      [&](std::size_t c) { terms.accumulate(at, {c * kTargetsAtOnce, std::min(n_, (c + 1) * kTargetsAtOnce)}); },
      run.interrupt);
}

// A slot for one more row: a new one, or that of the row not used for longest, or none where all are in use now.
RowStore::Slot RowStore::claim() {
  if (position_of_.size() < most_) {
    if (position_of_.size() % kSlab == 0) slabs_.emplace_back(kSlab * stride_);
    position_of_.push_back(kNone);
    used_at_.push_back(call_);
    return static_cast<Slot>(position_of_.size() - 1);
  }
  const auto oldest = std::min_element(used_at_.begin(), used_at_.end());
  if (*oldest == call_) return kNone;
  const auto slot = static_cast<Slot>(oldest - used_at_.begin());
  *oldest = call_;
  slot_of_[position_of_[slot]] = kNone;
  return slot;
}

void RowStore::add_anew(const Terms& terms, const Execution& run) {
  std::vector<float*> at;
  std::vector<RowIndex> rows;
  std::vector<Slot> claimed;
  for (Position k : terms.rows) {
    claimed.push_back(claim());
    if (claimed.back() == kNone) passing_.resize(kSlab * stride_);
    at.push_back(claimed.back() != kNone ? values(claimed.back()) : passing_.data() + at.size() * stride_);
    rows.push_back(targets_.rows()[k]);
  }
  kernel_.rows(rows, targets_, at.data(), [&](Range chunk) { terms.accumulate(at, chunk); }, run);
  evaluations_ += static_cast<double>(rows.size()) * static_cast<double>(n_);
  for (std::size_t j = 0; j < claimed.size(); ++j) {  // not before: an interrupt may have come
    if (claimed[j] == kNone) continue;
    slot_of_[terms.rows[j]] = claimed[j];
    position_of_[claimed[j]] = terms.rows[j];
  }
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
