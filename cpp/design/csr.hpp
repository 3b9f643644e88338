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

// `row_start` must be 0 first and never fall.
template <class I>
ColumnOrder column_order(const I* columns, const I* row_start, std::size_t n_rows) {
  if (row_start[n_rows] == 0) return {};
  I lowest = columns[0], highest = columns[0];
  bool rising = true;
  for (std::size_t i = 0; i < n_rows; ++i) {
    if (row_start[i] == row_start[i + 1]) continue;
    I low = columns[row_start[i]], high = low;
    unsigned falls = 0;
    for (I p = row_start[i] + 1; p < row_start[i + 1]; ++p) {
      low = std::min(low, columns[p]);
      high = std::max(high, columns[p]);
      falls |= static_cast<unsigned>(columns[p] <= columns[p - 1]);
    }
    lowest = std::min(lowest, low);
    highest = std::max(highest, high);
    rising = rising && falls == 0;
  }
  return {static_cast<std::int64_t>(lowest), static_cast<std::int64_t>(highest), rising};
}

template <class T, class I>
class CsrDesign final : public Design {
 public:
  CsrDesign(const T* values, const I* columns, const I* row_start, std::size_t n_rows, std::size_t n_features)
      : Design(n_rows, n_features), values_(values), columns_(columns), row_start_(row_start) {}

  bool sparse() const override { return true; }
  std::size_t stored_values() const override { return static_cast<std::size_t>(row_start_[n_rows()] - row_start_[0]); }

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
      double total = 0.0;
      for (I p = begin(rows[k]); p < end(rows[k]); ++p) total += value(p) * value(p);
      out[k] = total;
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
    for (I p = begin(i); p < end(i); ++p) {
      columns.push_back(static_cast<std::uint32_t>(column(p)));
      values.push_back(value(p));
    }
  }

  void prefetch_row(std::size_t i) const override {
    const auto p = static_cast<std::size_t>(begin(i));
    simd::prefetch(values_ + p);
    simd::prefetch(columns_ + p);
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
