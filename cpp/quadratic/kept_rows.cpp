#include "quadratic/kept_rows.hpp"

#include <algorithm>

namespace maxmargin::quadratic {
namespace {

constexpr std::size_t kFewest = 128;            // rows; for less room, nothing is kept
constexpr std::size_t kHoldersWithoutWait = 4;  // problems that may hold as many rows as they can

// Targets of all rows are there already.
double bytes_packed(const kernels::Kernel& kernel, std::size_t n) {
  return n < kernel.n_rows() ? kernel.bytes_of_targets(n) : 0.0;
}

// The rows that every segment has room for: all that there are, or as many as fit into the bytes. 0 for few.
std::size_t room_for(std::size_t n_rows, const std::vector<std::vector<RowIndex>>& segments, double bytes) {
  double a_row = 0.0;
  std::size_t n = 0;
  for (const std::vector<RowIndex>& rows : segments) {
    a_row += RowPool::bytes_a_row(rows.size());
    n += rows.size();
  }
  if (n == 0) return 0;
  bytes -= static_cast<double>(n_rows * segments.size() * sizeof(std::uint32_t));  // which say where each row is
  const auto rows = static_cast<std::size_t>(std::clamp(bytes / a_row, 0.0, 1e9)) / RowPool::kSlab * RowPool::kSlab;
  return rows < kFewest ? 0 : std::min(rows, n);
}

}  // namespace

KeptRows::KeptRows(const kernels::Kernel& kernel, const std::int64_t* segment, double bytes, const Execution& run)
    : kernel_(kernel) {
  if (!kernel.dear()) return;
  std::vector<std::vector<RowIndex>> members;
  segment_.assign(kernel.n_rows(), kNowhere);
  for (std::size_t i = 0; i < kernel.n_rows(); ++i) {
    if (segment[i] < 0) continue;
    const auto s = static_cast<std::size_t>(segment[i]);
    if (s >= members.size()) members.resize(s + 1);
    members[s].push_back(static_cast<RowIndex>(i));
    segment_[i] = static_cast<std::uint32_t>(s);
  }
  double own = static_cast<double>(segment_.size() * sizeof(std::uint32_t));
  for (const std::vector<RowIndex>& rows : members) own += bytes_packed(kernel, rows.size());
  const std::size_t rows = room_for(kernel.n_rows(), members, bytes - own);
  if (rows == 0) return;
  own_bytes_ = own;
  for (std::vector<RowIndex>& list : members)
    pools_.push_back(std::make_unique<RowPool>(kernel, kernel.targets(std::move(list), run), rows));
}

KeptRows::KeptRows(const kernels::Kernel& kernel, std::shared_ptr<const kernels::Targets> targets, double bytes)
    : kernel_(kernel) {
  if (!kernel.dear()) return;
  const std::size_t rows = room_for(kernel.n_rows(), {targets->rows()}, bytes);
  if (rows > 0) pools_.push_back(std::make_unique<RowPool>(kernel, std::move(targets), rows));
}

double KeptRows::most_bytes() const {
  double bytes = own_bytes_;
  for (const auto& pool : pools_) bytes += pool->most_bytes();
  return bytes;
}

double KeptRows::computed() const {
  double values = 0.0;
  for (const auto& pool : pools_) values += pool->computed();
  return values;
}

std::size_t KeptRows::most_at_once() const {
  return std::max(RowPool::kSlab, pools_.front()->most() / kHoldersWithoutWait);
}

}  // namespace maxmargin::quadratic
