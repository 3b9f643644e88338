// Rows of kernel values at one list of targets, kept in float32 for whoever wants them next: the problem that they were
// computed for, or one beside it on another thread.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "kernels/kernel.hpp"
#include "memory/large_vector.hpp"
#include "parallel/lock.hpp"

namespace maxmargin::quadratic {

// Rows stay as long as there is room; then one that has not been used for a while gives way. A row that two threads
// want at the same time may be computed twice, to the same bits.
class RowPool {
 public:
  // With room for `most` rows.
  RowPool(const kernels::Kernel& kernel, std::shared_ptr<const kernels::Targets> targets, std::size_t most)
      : kernel_(kernel),
        targets_(std::move(targets)),
        stride_(stride_of(targets_->rows().size())),
        most_(most),
        slot_of_(kernel.n_rows(), kNone) {}

  const std::vector<RowIndex>& targets() const { return targets_->rows(); }
  std::size_t most() const { return most_; }
  // Of a row, and of what says where it is; of all that the pool may come to hold.
  static double bytes_a_row(std::size_t n_targets) {
    return static_cast<double>(stride_of(n_targets) * sizeof(float)) + kBytesASlot;
  }
  double most_bytes() const {
    const auto slots = static_cast<double>((most_ + kSlab - 1) / kSlab * kSlab);
    return slots * bytes_a_row(targets().size()) + static_cast<double>(slot_of_.size() * sizeof(Slot));
  }

  // Values, so far.
  double computed() const;

  static constexpr std::size_t kSlab = 64;    // rows that are allocated, and computed, together
  static constexpr std::size_t kPadded = 16;  // zeros follow the values of a row up to a multiple of that

  // Rows that stay where they are as long as this lives.
  class Hold {
   public:
    explicit Hold(RowPool& pool) : pool_(pool) {}
    ~Hold();
    Hold(const Hold&) = delete;
    Hold& operator=(const Hold&) = delete;

    // The rows, computed where they are not there: as many of the first ones as there is room for now.
    std::size_t provide(const RowIndex* rows, std::size_t count, const Execution& run);
    // Those of the rows that are there.
    void find(const std::vector<RowIndex>& rows);
    // The values of the j-th row; null where `find` has found none.
    const float* operator[](std::size_t j) const { return values_[j]; }

   private:
    void compute(const RowIndex* rows, const std::vector<std::size_t>& missing, const Execution& run);

    RowPool& pool_;
    std::vector<std::uint32_t> slots_;
    std::vector<float*> values_;
  };

 private:
  using Slot = std::uint32_t;
  static constexpr Slot kNone = 0xffffffff;
  static constexpr double kBytesASlot = 9.0;  // of the three vectors below that have an entry for each

  static std::size_t stride_of(std::size_t n_targets) { return (n_targets + kPadded - 1) / kPadded * kPadded; }
  float* values(Slot slot) { return slabs_[slot / kSlab].data() + slot % kSlab * stride_; }
  // All of these with the lock held.
  void pin(Slot slot);
  Slot claim();
  void add_slab();
  Slot least_wanted();

  const kernels::Kernel& kernel_;
  const std::shared_ptr<const kernels::Targets> targets_;
  const std::size_t stride_, most_;
  mutable Lock lock_;
  std::vector<ScratchVector<float>> slabs_;
  std::vector<Slot> slot_of_;           // of each row of the kernel; none where it is not there
  std::vector<RowIndex> row_of_;        // of each slot in use; of those whose row is not there (yet), none
  std::vector<std::uint32_t> pins_;     // of each slot: how many hold it
  std::vector<std::uint8_t> recently_;  // whether it has been used since the hand came by
  std::size_t hand_ = 0;                // goes round the slots
  double computed_ = 0.0;
};

}  // namespace maxmargin::quadratic
