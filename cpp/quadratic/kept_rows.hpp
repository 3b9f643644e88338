// Rows of kernel values kept for all problems of one data set and one kernel - pairs of classes, classes, values of C,
// folds - whether they are solved one after the other or side by side on threads.
//
// No label is in a kernel value, so what problems have in common are rows, and targets: those of a segment, which is a
// class where pairs of classes are told apart, and everything where each class is told from the rest. A problem takes
// the parts of its rows at the segments that it has, and whoever comes next finds them.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "quadratic/row_pool.hpp"

namespace maxmargin::quadratic {

class KeptRows {
 public:
  static constexpr std::uint32_t kNowhere = 0xffffffff;

  // `segment` of each row of the kernel, 0, 1, ...; negative where no problem has the row. Targets that are packed for
  // it are some of the bytes. Where these are too few, or where keeping rows does not pay, none are kept.
  KeptRows(const kernels::Kernel& kernel, const std::int64_t* segment, double bytes, const Execution& run);
  // For one problem, with these targets for the one segment; their own bytes are counted elsewhere.
  KeptRows(const kernels::Kernel& kernel, std::shared_ptr<const kernels::Targets> targets, double bytes);

  KeptRows(const KeptRows&) = delete;
  KeptRows& operator=(const KeptRows&) = delete;

  bool in_use() const { return !pools_.empty(); }
  const kernels::Kernel& kernel() const { return kernel_; }
  std::size_t n_segments() const { return pools_.size(); }
  RowPool& pool(std::size_t segment) { return *pools_[segment]; }
  // Where a row of the kernel is a target; kNowhere.
  std::uint32_t segment_of(RowIndex row) const { return segment_.empty() ? 0 : segment_[row]; }
  // Rows that a problem may hold at a time: others want to hold some too.
  std::size_t most_at_once() const;
  // That it may come to hold.
  double most_bytes() const;
  // Values, for all problems so far.
  double computed() const;

 private:
  const kernels::Kernel& kernel_;
  std::vector<std::uint32_t> segment_;  // of each row of the kernel; empty where all are in one
  std::vector<std::unique_ptr<RowPool>> pools_;
  double own_bytes_ = 0.0;  // of targets that were packed for it, and the list of segments
};

}  // namespace maxmargin::quadratic
