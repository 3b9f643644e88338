#include "linalg/gram.hpp"

#include <algorithm>

#include "linalg/tile.hpp"

namespace maxmargin::linalg {
namespace {

constexpr std::size_t kDepth = 192;     // rows packed at a time: two panels of a tile column fit L1
constexpr std::size_t kMostCopies = 4;  // partial matrices when rows are shared out between threads
constexpr double kShareOfRows = 16.0;   // of the bytes of sparse rows that all of them may take
constexpr std::size_t kNarrow = 16;     // features up to which panels would be mostly padding
constexpr std::size_t kRowsUnpacked = 64;
constexpr double kSparseFactor = 6.0;  // one scattered product costs about as much as six packed ones

}  // namespace

GramAccumulator::GramAccumulator(const Design& X, bool intercept)
    : X_(X), intercept_(intercept), order_(X.n_features() + (intercept ? 1 : 0)), ld_(padded(order_)) {}

void GramAccumulator::add(Rows rows, const double* v, double* G, const Execution& run) {
  if (rows.size == 0) return;
  const double per_row = X_.values_per_row();
  const double d = static_cast<double>(order_);
  if (order_ <= kNarrow && !X_.sparse())
    add_narrow(rows, v, G, run);
  else if (X_.sparse() && kSparseFactor * per_row * per_row < d * d)
    add_sparse(rows, v, G, run);
  else
    add_packed(rows, v, G, run);
}

void GramAccumulator::add_sparse(Rows rows, const double* v, double* G, const Execution& run) {
  const double work = static_cast<double>(rows.size) * (X_.values_per_row() * X_.values_per_row() + 8.0);
  const double per_copy = 8e5 + 2.0 * static_cast<double>(ld_ * ld_);
  // One copy lies where the factor will; more of them must be small beside the rows.
  const double room = 1.5 * static_cast<double>(X_.stored_values()) / (kShareOfRows * static_cast<double>(ld_ * ld_));
  const std::size_t most = std::clamp<std::size_t>(static_cast<std::size_t>(room), 2, kMostCopies);
  const auto copies = std::clamp<std::size_t>(static_cast<std::size_t>(work / per_copy), 1, most);
  scratch_.assign((copies - 1) * ld_ * ld_, 0.0);
  parallel_for(
      copies, run.n_threads,
      [&](std::size_t c) {
        double* target = c == 0 ? G : scratch_.data() + (c - 1) * ld_ * ld_;
        const Range r = piece(rows.size, copies, c);
        const Rows mine = rows.slice(r);
        X_.add_outer(mine, v + r.begin, target, ld_);
        if (intercept_) {
          double* last = target + (order_ - 1) * ld_;
          X_.add(mine, v + r.begin, last);
          for (std::size_t k = r.begin; k < r.end; ++k) last[order_ - 1] += v[k];
        }
      },
      run.interrupt);
  for (std::size_t c = 0; c + 1 < copies; ++c)
    for (std::size_t e = 0; e < ld_ * ld_; ++e) G[e] += scratch_[c * ld_ * ld_ + e];
}

// Few features: one outer product a row, the matrix in registers and L1.
void GramAccumulator::add_narrow(Rows rows, const double* v, double* G, const Execution& run) {
  constexpr std::size_t kMostVectors = kNarrow / simd::kLanes;
  const std::size_t vectors = (order_ + simd::kLanes - 1) / simd::kLanes, width = vectors * simd::kLanes;
  const double work = static_cast<double>(rows.size * order_ * width);
  const auto copies = std::clamp<std::size_t>(static_cast<std::size_t>(work / 4e6), 1, kMostCopies);
  const std::size_t per_copy = order_ * width;
  scratch_.assign(copies * per_copy, 0.0);
  const std::size_t d = X_.n_features();
  parallel_for(
      copies, run.n_threads,
      [&](std::size_t c) {
        double* const sums = scratch_.data() + c * per_copy;
        double unpacked[kRowsUnpacked * kNarrow], x[kNarrow + simd::kLanes] = {};
        if (intercept_) x[d] = 1.0;
        const Range r = piece(rows.size, copies, c);
        for (std::size_t begin = r.begin; begin < r.end; begin += kRowsUnpacked) {
          const Range block{begin, std::min(begin + kRowsUnpacked, r.end)};
          X_.unpack(rows.slice(block), unpacked);
          for (std::size_t k = block.begin; k < block.end; ++k) {
            std::copy_n(unpacked + (k - block.begin) * d, d, x);
            simd::Lanes xv[kMostVectors];
            for (std::size_t u = 0; u < vectors; ++u) xv[u] = simd::load(x + u * simd::kLanes);
            for (std::size_t i = 0; i < order_; ++i) {
              const simd::Lanes a = simd::broadcast(v[k] * x[i]);
              double* const row = sums + i * width;
              for (std::size_t u = 0; u < vectors; ++u)
                simd::store(row + u * simd::kLanes, simd::multiply_add(a, xv[u], simd::load(row + u * simd::kLanes)));
            }
          }
        }
      },
      run.interrupt);
  for (std::size_t c = 0; c < copies; ++c)
    for (std::size_t i = 0; i < order_; ++i)
      for (std::size_t j = 0; j <= i; ++j) G[i * ld_ + j] += scratch_[c * per_copy + i * width + j];
}

void GramAccumulator::pack(Rows rows, const double* v, double* plain, double* scaled, double* buffer) const {
  const std::size_t d = X_.n_features();
  std::fill(plain, plain + ld_ * kDepth, 0.0);
  for (std::size_t k = 0; k < rows.size; ++k) {
    X_.unpack(rows.slice({k, k + 1}), buffer);
    if (intercept_) buffer[d] = 1.0;
    for (std::size_t j = 0; j < order_; j += kWidth) {
      const std::size_t width = std::min(kWidth, order_ - j);
      double* p = plain + j * kDepth + k * kWidth;
      double* s = scaled + j * kDepth + k * kWidth;
      for (std::size_t e = 0; e < width; ++e) {
        p[e] = buffer[j + e];
        s[e] = v[k] * buffer[j + e];
      }
      for (std::size_t e = width; e < kWidth; ++e) s[e] = 0.0;
    }
  }
}

void GramAccumulator::add_packed(Rows rows, const double* v, double* G, const Execution& run) {
  const std::size_t groups = ld_ / kWidth;
  const double work = static_cast<double>(rows.size) * static_cast<double>(ld_) * static_cast<double>(ld_) / 2;
  // Narrow designs share out rows (each thread its own matrix), wide ones share out tiles.
  const bool by_rows = groups <= 8;
  const double per_copy = 4e6 + 2.0 * static_cast<double>(ld_ * ld_);
  const std::size_t copies =
      by_rows ? std::clamp<std::size_t>(static_cast<std::size_t>(work / per_copy), 1, kMostCopies) : 1;
  const std::size_t panel = ld_ * kDepth;
  const std::size_t per_piece = 2 * panel + ld_ + (by_rows ? ld_ * ld_ : 0);
  scratch_.resize(copies * per_piece);
  parallel_for(
      copies, by_rows ? run.n_threads : 1,
      [&](std::size_t c) {
        double* base = scratch_.data() + c * per_piece;
        double* plain = base;
        double* scaled = base + panel;
        double* buffer = base + 2 * panel;
        double* target = c == 0 ? G : buffer + ld_;
        if (c != 0) std::fill(target, target + ld_ * ld_, 0.0);
        const Range r = piece(rows.size, copies, c);
        for (std::size_t begin = r.begin; begin < r.end; begin += kDepth) {
          const Range block{begin, std::min(begin + kDepth, r.end)};
          const std::size_t depth = block.end - block.begin;
          pack(rows.slice(block), v + block.begin, plain, scaled, buffer);
          const auto row_of_tiles = [&](std::size_t reversed) {
            const std::size_t g = groups - 1 - reversed;
            for (std::size_t h = 0; h <= g; ++h)
              add_tile(scaled + g * kWidth * kDepth, plain + h * kWidth * kDepth, depth,
                       target + g * kWidth * ld_ + h * kWidth, ld_);
          };
          if (by_rows)
            for (std::size_t g = 0; g < groups; ++g) row_of_tiles(g);
          else
            parallel_for(groups, run.n_threads, row_of_tiles, run.interrupt);
        }
      },
      by_rows ? run.interrupt : nullptr);
  for (std::size_t c = 1; c < copies; ++c) {
    const double* part = scratch_.data() + c * per_piece + 2 * panel + ld_;
    for (std::size_t e = 0; e < ld_ * ld_; ++e) G[e] += part[e];
  }
}

}  // namespace maxmargin::linalg
