// Sparse rows in float32 or float64 with 32-bit columns, and dense panels of some of them over the columns they use.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "design/design.hpp"
#include "kernels/function.hpp"
#include "memory/large_vector.hpp"

namespace maxmargin::kernels {

template <class T>
struct SparseRows {
  std::vector<std::size_t> start;  // (n + 1,)
  LargeVector<std::uint32_t> columns;
  LargeVector<T> values;
  std::vector<T> norms;
  std::size_t n_features = 0;

  SparseRows(const Design& X, Rows rows) : n_features(X.n_features()) {
    start.reserve(rows.size + 1);
    start.push_back(0);
    norms.resize(rows.size);
    const std::size_t stored = X.stored_values(rows);
    columns.reserve(stored);
    values.reserve(stored);
    std::vector<std::uint32_t> row_columns;
    std::vector<double> row_values;
    for (std::size_t k = 0; k < rows.size; ++k) {
      row_columns.clear();
      row_values.clear();
      X.append_row(rows[k], row_columns, row_values);
      double norm = 0.0;
      for (double v : row_values) {
        values.push_back(static_cast<T>(v));
        norm += static_cast<double>(values.back()) * static_cast<double>(values.back());
      }
      columns.insert(columns.end(), row_columns.begin(), row_columns.end());
      start.push_back(columns.size());
      norms[k] = static_cast<T>(norm);
    }
  }

  std::size_t size() const { return norms.size(); }
  // The most values that a row has.
  std::size_t longest() const {
    std::size_t most = 0;
    for (std::size_t k = 0; k < size(); ++k) most = std::max(most, start[k + 1] - start[k]);
    return most;
  }
  std::size_t nbytes() const { return static_cast<std::size_t>(bytes_of(size(), static_cast<double>(values.size()))); }
  static double bytes_of(std::size_t n_rows, double stored) {
    return static_cast<double>((n_rows + 1) * sizeof(std::size_t) + n_rows * sizeof(T)) +
           stored * (sizeof(std::uint32_t) + sizeof(T));
  }
};

// Left rows as lanes: panel[slot(column) * kWidth + lane]. With few features the slot is the column itself; with many,
// columns in use are numbered, and slot 0 is a row of zeros for all others.
template <class T>
class SparsePanel {
 public:
  static constexpr std::size_t kWidth = 2 * simd::kPackSize<T>;

  explicit SparsePanel(std::size_t n_features) : numbered_(n_features > kFewFeatures) {
    if (numbered_)
      slot_.assign(n_features, 0);
    else
      values_.assign(n_features * kWidth, T(0));
  }

  // Bytes of a panel of rows with so many values on average.
  static double bytes_of(std::size_t n_features, double values_per_row) {
    const double all = static_cast<double>(n_features);
    if (n_features <= kFewFeatures) return all * kWidth * sizeof(T);
    return all * sizeof(std::uint32_t) + std::min(all, (1.0 + values_per_row) * kWidth) * kWidth * sizeof(T);
  }

  // The rows list[first, first + count) of `rows`; list null means the rows themselves.
  void fill(const SparseRows<T>& rows, const RowIndex* list, std::size_t first, std::size_t count) {
    clear();
    count_ = count;
    for (std::size_t lane = 0; lane < count; ++lane) {
      const std::size_t i = list != nullptr ? list[first + lane] : first + lane;
      norms_[lane] = rows.norms[i];
      for (std::size_t p = rows.start[i]; p < rows.start[i + 1]; ++p)
        values_[take_slot(rows.columns[p]) * kWidth + lane] += rows.values[p];
    }
  }

  // Kernel values of row i of `rows` with every lane.
  template <Kind kKind>
  void take(const Function& f, const SparseRows<T>& rows, std::size_t i, simd::Pack<T> (&out)[2]) const {
    const std::size_t first = rows.start[i], count = rows.start[i + 1] - first;
    const T* x = rows.values.data() + first;
    const std::uint32_t* column = rows.columns.data() + first;
    const T* base = values_.data();
    if (numbered_) {
      const std::uint32_t* slot = slot_.data();
      products(x, count, out, [=](std::size_t p) { return base + slot[column[p]] * kWidth; });
    } else {
      products(x, count, out, [=](std::size_t p) { return base + column[p] * kWidth; });
    }
    const simd::Pack<T> norm = simd::all(rows.norms[i]);
    out[0] = value<kKind, T>(f, out[0], norm, simd::load_pack(norms_));
    out[1] = value<kKind, T>(f, out[1], norm, simd::load_pack(norms_ + simd::kPackSize<T>));
    if (count_ < kWidth) clear_padding(out);
  }

 private:
  static constexpr std::size_t kFewFeatures = 1024;

  // A kernel value with no row may be no number, and 0 times that is none either.
  void clear_padding(simd::Pack<T> (&out)[2]) const {
    T lanes[kWidth];
    simd::store_pack(lanes, out[0]);
    simd::store_pack(lanes + simd::kPackSize<T>, out[1]);
    std::fill(lanes + count_, lanes + kWidth, T(0));
    out[0] = simd::load_pack(lanes);
    out[1] = simd::load_pack(lanes + simd::kPackSize<T>);
  }

  void clear() {
    if (numbered_) {
      for (std::uint32_t column : used_) slot_[column] = 0;
      used_.clear();
      values_.assign(kWidth, T(0));
    } else {
      std::fill(values_.begin(), values_.end(), T(0));
    }
    std::fill(norms_, norms_ + kWidth, T(0));
  }

  std::size_t take_slot(std::uint32_t column) {
    if (!numbered_) return column;
    std::uint32_t& slot = slot_[column];
    if (slot == 0) {
      used_.push_back(column);
      slot = static_cast<std::uint32_t>(used_.size());
      values_.resize(values_.size() + kWidth, T(0));
    }
    return slot;
  }

  // sum_p x[p] lanes(p) for both packs; two sums each hide the latency of the additions.
  template <class Lanes>
  static void products(const T* x, std::size_t count, simd::Pack<T> (&sum)[2], const Lanes& lanes) {
    simd::Pack<T> even0 = simd::all(T(0)), even1 = even0, odd0 = even0, odd1 = even0;
    std::size_t p = 0;
    for (; p + 2 <= count; p += 2) {
      const T *a = lanes(p), *b = lanes(p + 1);
      const simd::Pack<T> xa = simd::all(x[p]), xb = simd::all(x[p + 1]);
      even0 = simd::fma(xa, simd::load_pack(a), even0);
      even1 = simd::fma(xa, simd::load_pack(a + simd::kPackSize<T>), even1);
      odd0 = simd::fma(xb, simd::load_pack(b), odd0);
      odd1 = simd::fma(xb, simd::load_pack(b + simd::kPackSize<T>), odd1);
    }
    if (p < count) {
      const T* a = lanes(p);
      even0 = simd::fma(simd::all(x[p]), simd::load_pack(a), even0);
      even1 = simd::fma(simd::all(x[p]), simd::load_pack(a + simd::kPackSize<T>), even1);
    }
    sum[0] = even0 + odd0;
    sum[1] = even1 + odd1;
  }

  bool numbered_;
  std::size_t count_ = 0;  // rows in the panel
  std::vector<std::uint32_t> slot_, used_;
  LargeVector<T> values_;
  alignas(64) T norms_[kWidth] = {};
};

}  // namespace maxmargin::kernels
