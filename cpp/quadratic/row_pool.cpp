#include "quadratic/row_pool.hpp"

#include <algorithm>

namespace maxmargin::quadratic {
namespace {

constexpr RowIndex kNoRow = static_cast<RowIndex>(-1);

}  // namespace

double RowPool::computed() const {
  const Locked lock(lock_);
  return computed_;
}

void RowPool::pin(Slot slot) {
  ++pins_[slot];
  recently_[slot] = 1;
}

// A slot for one more row, without one: a new slot, or that of a row which gives way. None where all are held.
RowPool::Slot RowPool::claim() {
  if (row_of_.size() < most_) {
    if (row_of_.size() % kSlab == 0) add_slab();
    row_of_.push_back(kNoRow);
    pins_.push_back(0);
    recently_.push_back(0);
    return static_cast<Slot>(row_of_.size() - 1);
  }
  const Slot slot = least_wanted();
  if (slot != kNone && row_of_[slot] != kNoRow) {
    slot_of_[row_of_[slot]] = kNone;
    row_of_[slot] = kNoRow;
  }
  return slot;
}

void RowPool::add_slab() {
  ScratchVector<float>& slab = slabs_.emplace_back(kSlab * stride_);
  for (std::size_t row = 0; row < kSlab; ++row)
    std::fill_n(slab.data() + row * stride_ + targets().size(), stride_ - targets().size(), 0.0F);
}

// The first slot that nobody holds and that has not been used since the hand came by.
RowPool::Slot RowPool::least_wanted() {
  for (std::size_t looks = 0; looks < 2 * most_; ++looks) {
    const auto slot = static_cast<Slot>(hand_);
    hand_ = hand_ + 1 < most_ ? hand_ + 1 : 0;
    if (pins_[slot] > 0) continue;
    if (recently_[slot] == 0 || row_of_[slot] == kNoRow) return slot;
    recently_[slot] = 0;
  }
  return kNone;
}

RowPool::Hold::~Hold() {
  const Locked lock(pool_.lock_);
  for (Slot slot : slots_)
    if (slot != kNone) --pool_.pins_[slot];
}

std::size_t RowPool::Hold::provide(const RowIndex* rows, std::size_t count, const Execution& run) {
  slots_.reserve(count);
  values_.reserve(count);
  std::vector<std::size_t> missing;
  missing.reserve(count);
  {
    const Locked lock(pool_.lock_);
    for (std::size_t j = 0; j < count; ++j) {
      Slot slot = pool_.slot_of_[rows[j]];
      if (slot == kNone) {
        slot = pool_.claim();
        if (slot == kNone) break;
        missing.push_back(j);
      }
      pool_.pin(slot);
      slots_.push_back(slot);
      values_.push_back(pool_.values(slot));
    }
  }
  compute(rows, missing, run);
  return slots_.size();
}

void RowPool::Hold::compute(const RowIndex* rows, const std::vector<std::size_t>& missing, const Execution& run) {
  for (std::size_t first = 0; first < missing.size(); first += kSlab) {
    const std::size_t last = std::min(missing.size(), first + kSlab);
    std::vector<RowIndex> indices;
    std::vector<float*> at;
    for (std::size_t m = first; m < last; ++m) {
      indices.push_back(rows[missing[m]]);
      at.push_back(values_[missing[m]]);
    }
    pool_.kernel_.rows(indices, *pool_.targets_, at.data(), run);
    const Locked lock(pool_.lock_);  // others find them from here on, and not before: an interrupt
    pool_.computed_ += static_cast<double>(indices.size() * pool_.targets().size());  // may have come
    for (std::size_t m = first; m < last; ++m) {
      const Slot slot = slots_[missing[m]];
      if (pool_.slot_of_[rows[missing[m]]] != kNone) continue;  // another thread was as far before
      pool_.slot_of_[rows[missing[m]]] = slot;
      pool_.row_of_[slot] = rows[missing[m]];
    }
  }
}

void RowPool::Hold::find(const std::vector<RowIndex>& rows) {
  slots_.reserve(rows.size());
  values_.reserve(rows.size());
  const Locked lock(pool_.lock_);
  for (RowIndex row : rows) {
    const Slot slot = pool_.slot_of_[row];
    if (slot != kNone) pool_.pin(slot);
    slots_.push_back(slot);
    values_.push_back(slot != kNone ? pool_.values(slot) : nullptr);
  }
}

}  // namespace maxmargin::quadratic
