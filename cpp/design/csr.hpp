// Compressed sparse rows: float32 or float64 values, int32 or int64 indices, sorted within each row.
#pragma once

#include <algorithm>
#include <cstddef>

#include "design/design.hpp"
#include "simd/vector.hpp"

namespace maxmargin {

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
    double total = 0.0;
    for (std::size_t k = 0; k < rows.size; ++k)
      for (I p = begin(rows[k]); p < end(rows[k]); ++p) total += 0.0 * value(p);
    return total == 0.0;
  }

  double dot_row(std::size_t i, const double* w) const override {
    // Four independent sums hide the latency of the additions behind the gathers.
    double s0 = 0, s1 = 0, s2 = 0, s3 = 0;
    I p = begin(i);
    const I stop = end(i);
    for (; p + 4 <= stop; p += 4) {
      s0 += value(p) * w[column(p)];
      s1 += value(p + 1) * w[column(p + 1)];
      s2 += value(p + 2) * w[column(p + 2)];
      s3 += value(p + 3) * w[column(p + 3)];
    }
    for (; p < stop; ++p) s0 += value(p) * w[column(p)];
    return (s0 + s1) + (s2 + s3);
  }

  void add_row(std::size_t i, double v, double* g) const override {
    for (I p = begin(i); p < end(i); ++p) g[column(p)] += v * value(p);
  }

  void clear_row(std::size_t i, double* x) const override {
    for (I p = begin(i); p < end(i); ++p) x[column(p)] = 0.0;
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
