// Compressed sparse rows: float32 or float64 values, int32 or int64 indices, sorted within each row.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "design/design.hpp"
#include "simd/vector.hpp"

namespace maxmargin {

// What the columns of compressed rows are like; 0, -1 and true for none.
struct ColumnOrder {
  std::int64_t lowest = 0, highest = -1;
  bool rising = true;  // strictly, within every row
};

// `row_start` must be 0 first and never fall. Falls are counted over all rows in one go, which vector units are good
// at; the columns rise within every row if as many falls lie between one row and the next.
template <class I>
ColumnOrder column_order(const I* columns, const I* row_start, std::size_t n_rows) {
  const auto stored = static_cast<std::size_t>(row_start[n_rows]);
  if (stored == 0) return {};
  std::size_t falls = 0;
  for (std::size_t p = 1; p < stored; ++p) falls += static_cast<std::size_t>(columns[p] <= columns[p - 1]);
  I lowest = columns[0], highest = columns[0];
  for (std::size_t i = 0; i < n_rows; ++i) {
    const I first = row_start[i], last = row_start[i + 1];
    if (first == last) continue;
    falls -= static_cast<std::size_t>(first > 0 && columns[first] <= columns[first - 1]);
    lowest = std::min(lowest, columns[first]);
    highest = std::max(highest, columns[last - 1]);
  }
  if (falls == 0) return {static_cast<std::int64_t>(lowest), static_cast<std::int64_t>(highest), true};
  const auto [low, high] = std::minmax_element(columns, columns + stored);
  return {static_cast<std::int64_t>(*low), static_cast<std::int64_t>(*high), false};
}

template <class T, class I>
class CsrDesign final : public Design {
 public:
  CsrDesign(const T* values, const I* columns, const I* row_start, std::size_t n_rows, std::size_t n_features)
      : Design(n_rows, n_features), values_(values), columns_(columns), row_start_(row_start) {}

  bool sparse() const override { return true; }
  std::size_t stored_values() const override { return static_cast<std::size_t>(row_start_[n_rows()] - row_start_[0]); }
  std::size_t stored_values(Rows rows) const override {
    std::size_t count = 0;
    for (std::size_t k = 0; k < rows.size; ++k) count += static_cast<std::size_t>(end(rows[k]) - begin(rows[k]));
    return count;
  }

  void dot(Rows rows, const double* w, double* out) const override {
    for (std::size_t k = 0; k < rows.size; ++k) {
      if (rows.index != nullptr && k + kAhead < rows.size) prefetch_row(rows[k + kAhead]);
      out[k] = dot_row(rows[k], w);
    }
  }

  void add(Rows rows, const double* v, double* g) const override {
    for (std::size_t k = 0; k < rows.size; ++k)
      if (v[k] != 0.0) add_row(rows[k], v[k], g);
  }

  void squared_norms(Rows rows, double* out) const override {
    for (std::size_t k = 0; k < rows.size; ++k) {
      const auto p = static_cast<std::size_t>(begin(rows[k]));
      out[k] = simd::squared_norm(values_ + p, static_cast<std::size_t>(end(rows[k])) - p);
    }
  }

  void unpack(Rows rows, double* out) const override {
    std::fill(out, out + rows.size * n_features(), 0.0);
    for (std::size_t k = 0; k < rows.size; ++k)
      for (I p = begin(rows[k]); p < end(rows[k]); ++p) out[k * n_features() + column(p)] += value(p);
  }

  void add_outer(Rows rows, const double* v, double* G, std::size_t ld) const override {
    for (std::size_t k = 0; k < rows.size; ++k)
      for (I p = begin(rows[k]); p < end(rows[k]); ++p) {
        const double a = v[k] * value(p);
        double* g = G + column(p) * ld;
        for (I q = begin(rows[k]); q <= p; ++q) g[column(q)] += a * value(q);
      }
  }

  bool all_finite(Rows rows) const override {
    if (rows.index == nullptr) {
      const auto first = static_cast<std::size_t>(begin(rows.first));
      const auto last = static_cast<std::size_t>(begin(rows.first + rows.size));
      return simd::all_finite(values_ + first, last - first);
    }
    bool finite = true;
    for (std::size_t k = 0; k < rows.size; ++k) {
      const auto p = static_cast<std::size_t>(begin(rows[k]));
      finite &= simd::all_finite(values_ + p, static_cast<std::size_t>(end(rows[k])) - p);
    }
    return finite;
  }

  double dot_row(std::size_t i, const double* w) const override {
    const auto p = static_cast<std::size_t>(begin(i));
    return simd::dot_at(values_ + p, columns_ + p, w, static_cast<std::size_t>(end(i)) - p);
  }

  void add_row(std::size_t i, double v, double* g) const override {
    for (I p = begin(i); p < end(i); ++p) g[column(p)] += v * value(p);
  }

  void clear_row(std::size_t i, double* x) const override {
    for (I p = begin(i); p < end(i); ++p) x[column(p)] = 0.0;
  }

  void append_row(std::size_t i, std::vector<std::uint32_t>& columns, std::vector<double>& values) const override {
    const auto count = static_cast<std::size_t>(end(i) - begin(i)), first = columns.size(), start = values.size();
    columns.resize(first + count);
    values.resize(start + count);
    for (std::size_t k = 0; k < count; ++k) {
      const I p = begin(i) + static_cast<I>(k);
      columns[first + k] = static_cast<std::uint32_t>(column(p));
      values[start + k] = value(p);
    }
  }

  void prefetch_row(std::size_t i) const override {
    constexpr std::size_t kLine = 64, kMostLines = 4;  // of longer rows the processor fetches the rest by itself
    const auto p = static_cast<std::size_t>(begin(i)), q = static_cast<std::size_t>(end(i));
    for (std::size_t at = p; at < std::min(q, p + kMostLines * kLine / sizeof(T)); at += kLine / sizeof(T))
      simd::prefetch(values_ + at);
    for (std::size_t at = p; at < std::min(q, p + kMostLines * kLine / sizeof(I)); at += kLine / sizeof(I))
      simd::prefetch(columns_ + at);
  }

 private:
  static constexpr std::size_t kAhead = 8;

  I begin(std::size_t i) const { return row_start_[i]; }
  I end(std::size_t i) const { return row_start_[i + 1]; }
  double value(I p) const { return static_cast<double>(values_[p]); }
  std::size_t column(I p) const { return static_cast<std::size_t>(columns_[p]); }

  const T* values_;
  const I* columns_;
  const I* row_start_;
};

}  // namespace maxmargin
