#include "kernels/among.hpp"

#include <algorithm>
#include <array>

#include "kernels/dense_sums.hpp"
#include "kernels/sweep.hpp"

namespace maxmargin::kernels {
namespace {

constexpr std::size_t kBlock = 192;  // rows of a task: whole panels of every instruction set
static_assert(kBlock % kLeft == 0 && kBlock % kRight<double> == 0);
constexpr double kPieceValues = 1 << 20;  // float64 values packed at a time: 8 MB, twice
constexpr std::size_t kMostBlocks = 48;   // of a piece: sums of all pairs of them are kept, 7 MB

using Pack = simd::Pack<double>;

struct Task {
  std::size_t left, right;  // blocks
};

// Sums of a task: at its right rows over the left ones and, where the task is off the diagonal, at its left rows
// over the right ones.
struct TaskSums {
  std::array<double, kBlock> at_right{}, at_left{};
};

class AccumulateBoth {
 public:
  AccumulateBoth(const double* left_coef, const double* right_coef, std::size_t first_left, std::size_t first_right,
                 std::size_t n_right, TaskSums& sums)
      : left_coef_(left_coef),
        right_coef_(right_coef),
        first_left_(first_left),
        first_right_(first_right),
        n_right_(n_right),
        sums_(sums) {
    for (Pack& s : at_left_) s = simd::all(0.0);
  }

  void open(std::size_t p) {
    const std::size_t left_over = n_right_ - p * kRight<double>;
    partial_ = left_over < kRight<double>;
    if (partial_) {
      std::array<double, kRight<double>> row{};
      std::fill(row.begin(), row.begin() + static_cast<std::ptrdiff_t>(left_over), 1.0);
      row0_ = simd::load_pack(row.data());
      row1_ = simd::load_pack(row.data() + kHalf);
    }
    c0_ = simd::load_pack(right_coef_ + p * kRight<double>);
    c1_ = simd::load_pack(right_coef_ + p * kRight<double> + kHalf);
    s0_ = s1_ = simd::all(0.0);
  }
  // A kernel value with a row of padding may be no number, and 0 times that is none either.
  void take(std::size_t first, std::size_t count, const Tile<double>& tile) {
    for (std::size_t i = 0; i < count; ++i) {
      const Pack v0 = partial_ ? present(row0_, tile.v[i][0]) : tile.v[i][0];
      const Pack v1 = partial_ ? present(row1_, tile.v[i][1]) : tile.v[i][1];
      const Pack a = simd::all(left_coef_[first + i]);
      s0_ = simd::fma(a, v0, s0_);
      s1_ = simd::fma(a, v1, s1_);
      Pack& here = at_left_[first - first_left_ + i];
      here = simd::fma(c0_, v0, simd::fma(c1_, v1, here));
    }
  }
  void close(std::size_t p) {
    double* at = sums_.at_right.data() + (p * kRight<double> - first_right_);
    simd::store_pack(at, simd::load_pack(at) + s0_);
    simd::store_pack(at + kHalf, simd::load_pack(at + kHalf) + s1_);
  }
  void finish() {
    for (std::size_t k = 0; k < kBlock; ++k) {
      double lanes[kHalf];
      simd::store_pack(lanes, at_left_[k]);
      for (double v : lanes) sums_.at_left[k] += v;
    }
  }

 private:
  static constexpr std::size_t kHalf = simd::kPackSize<double>;

  // The values where `row` is 1, else 0.
  static Pack present(Pack row, Pack values) {
    const Pack zero = simd::all(0.0);
    return simd::select<double>(simd::less<double>(zero, row), values, zero);
  }

  const double *left_coef_, *right_coef_;  // of all rows, padded with zeros to whole blocks
  std::size_t first_left_, first_right_, n_right_;
  bool partial_ = false;  // whether the right panel has rows of padding
  TaskSums& sums_;
  std::array<Pack, kBlock> at_left_;
  Pack c0_, c1_, s0_, s1_;
  Pack row0_, row1_;  // of a partial panel: 1 where the right row is one, 0 where it is padding
};

Range panels_of(std::size_t block, std::size_t width, std::size_t panels) {
  return {block * kBlock / width, std::min(panels, (block + 1) * kBlock / width)};
}

// The rows of one piece against those of another that does not lie before it.
class Pair {
 public:
  Pair(const Function& f, const PackedRows<double>& left, const PackedRows<double>& right, bool same)
      : f_(f), left_(left), right_(right), same_(same) {
    const std::size_t rows = (left.n_rows() + kBlock - 1) / kBlock, columns = (right.n_rows() + kBlock - 1) / kBlock;
    for (std::size_t i = 0; i < rows; ++i)
      for (std::size_t j = same ? i : 0; j < columns; ++j) tasks_.push_back({i, j});
  }

  void add(const double* left_coef, const double* right_coef, double* at_left, double* at_right,
           const Execution& run) const {
    std::vector<TaskSums> sums(tasks_.size());
    parallel_for(
        tasks_.size(), run.n_threads, [&](std::size_t t) { solve(tasks_[t], left_coef, right_coef, sums[t]); },
        run.interrupt);
    for (std::size_t t = 0; t < tasks_.size(); ++t) {
      add(sums[t].at_right, tasks_[t].right, right_.n_rows(), at_right);
      if (!on_diagonal(tasks_[t])) add(sums[t].at_left, tasks_[t].left, left_.n_rows(), at_left);
    }
  }

 private:
  bool on_diagonal(const Task& task) const { return same_ && task.left == task.right; }

  void solve(const Task& task, const double* left_coef, const double* right_coef, TaskSums& sums) const {
    AccumulateBoth sink(left_coef, right_coef, task.left * kBlock, task.right * kBlock, right_.n_rows(), sums);
    sweep(f_, left_, panels_of(task.left, kLeft, left_.panels()), right_,
          panels_of(task.right, kRight<double>, right_.panels()), sink);
    if (!on_diagonal(task)) sink.finish();
  }

  static void add(const std::array<double, kBlock>& sums, std::size_t block, std::size_t n, double* out) {
    for (std::size_t k = 0; k < std::min(kBlock, n - block * kBlock); ++k) out[block * kBlock + k] += sums[k];
  }

  const Function& f_;
  const PackedRows<double>&left_, &right_;
  bool same_;
  std::vector<Task> tasks_;
};

// A block alone would be more than a piece.
bool too_wide(std::size_t d) { return static_cast<double>(d * kBlock) > kPieceValues; }

// Rows that are packed together.
std::size_t rows_of_piece(std::size_t d) {
  const auto blocks = static_cast<std::size_t>(kPieceValues / static_cast<double>(d * kBlock));
  return std::clamp(blocks, std::size_t{1}, kMostBlocks) * kBlock;
}

}  // namespace

double among_dense_bytes(std::size_t n, std::size_t d) {
  if (too_wide(d)) return sizeof(double) * std::max(kPieceValues, 32.0 * static_cast<double>(d));  // as `add_in_pieces`
  const std::size_t piece = rows_of_piece(d), rows = std::min(n, piece), blocks = (rows + kBlock - 1) / kBlock;
  const std::size_t tasks = n > piece ? blocks * blocks : blocks * (blocks + 1) / 2;
  return PackedRows<double>::bytes_of(rows, d, kLeft) + PackedRows<double>::bytes_of(rows, d, kRight<double>) +
         static_cast<double>(tasks * sizeof(TaskSums));
}

void add_among_dense(const Function& f, const Design& X, Rows rows, const double* centre, const double* coef,
                     double* out, const Execution& run) {
  if (too_wide(X.n_features()))
    return add_in_pieces<double>({f, X, rows, centre, coef, 1}, {{0, rows.size}}, X, rows, out, run);
  const std::size_t piece = rows_of_piece(X.n_features());
  std::vector<double> padded((rows.size + kBlock - 1) / kBlock * kBlock, 0.0);
  std::copy(coef, coef + rows.size, padded.begin());
  for (std::size_t a = 0; a < rows.size; a += piece) {
    const PackedRows<double> left(X, rows.slice({a, std::min(rows.size, a + piece)}), kLeft, centre, run);
    for (std::size_t b = a; b < rows.size; b += piece) {
      const PackedRows<double> right(X, rows.slice({b, std::min(rows.size, b + piece)}), kRight<double>, centre, run);
      Pair(f, left, right, a == b).add(padded.data() + a, padded.data() + b, out + a, out + b, run);
    }
  }
}

}  // namespace maxmargin::kernels
