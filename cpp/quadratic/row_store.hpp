// Rows of kernel values kept in float32 for the next time that their multipliers move: where a value is dear - long
// sparse rows, hundreds of columns - and the same free multipliers move in block after block.
#pragma once

#include <cstdint>
#include <vector>

#include "kernels/kernel.hpp"
#include "memory/large_vector.hpp"

namespace maxmargin::quadratic {

// Rows stay as long as there is room; then the one that has not been used for longest gives way.
class RowStore {
 public:
  using Position = std::uint32_t;  // of a row among the targets

  // With room for as many rows as fit into the bytes; for none where keeping them does not pay.
  RowStore(const kernels::Kernel& kernel, const kernels::Targets& targets, double bytes);

  bool in_use() const { return most_ > 0; }
  // That it may come to hold.
  double most_bytes() const {
    return static_cast<double>((most_ + kSlab - 1) / kSlab * kSlab * stride_ * sizeof(float));
  }
  // sums.f[t] += sum_j coef[j] K(rows[j], target t), in float64 and in the order of the rows, whatever is stored;
  // sums.spread as in Kernel::add.
  void add(const std::vector<Position>& rows, const double* coef, kernels::Sums sums, const Execution& run);
  // out[i * ld + j] = K(rows[i], rows[j]). A row may be there more than once.
  void square(const std::vector<Position>& rows, float* out, std::size_t ld, const Execution& run);
  // How many values were computed, rather than found.
  double evaluations() const { return evaluations_; }

 private:
  using Slot = std::uint32_t;
  static constexpr Slot kNone = 0xffffffff;

  // Computes those that are not there; none of the others gives way.
  void provide(const Position* rows, std::size_t count, const Execution& run);
  Slot claim();
  float* values(Slot slot) { return slabs_[slot / kSlab].data() + slot % kSlab * stride_; }

  static constexpr std::size_t kSlab = 64;  // rows that are allocated together

  const kernels::Kernel& kernel_;
  const kernels::Targets& targets_;
  const std::size_t n_, stride_;
  std::size_t most_ = 0;
  std::vector<ScratchVector<float>> slabs_;
  std::vector<Slot> slot_of_;           // of each target
  std::vector<Position> position_of_;   // of each slot in use
  std::vector<std::uint64_t> used_at_;  // the call in which each was used last
  std::uint64_t call_ = 0;
  double evaluations_ = 0.0;
};

}  // namespace maxmargin::quadratic
