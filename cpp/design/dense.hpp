// Dense storage: any two strides, float32 or float64.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "design/design.hpp"
#include "simd/vector.hpp"

namespace maxmargin {

template <class T>
class DenseDesign final : public Design {
 public:
  // Strides in elements. Rows are contiguous when column_stride == 1.
  DenseDesign(const T* data, std::size_t n_rows, std::size_t n_features, std::ptrdiff_t row_stride,
              std::ptrdiff_t column_stride)
      : Design(n_rows, n_features), data_(data), row_stride_(row_stride), column_stride_(column_stride) {}

  bool contiguous_rows() const { return column_stride_ == 1; }
  const T* row(std::size_t i) const { return data_ + static_cast<std::ptrdiff_t>(i) * row_stride_; }

  bool sparse() const override { return false; }
  std::size_t stored_values() const override { return n_rows() * n_features(); }
  std::size_t stored_values(Rows rows) const override { return rows.size * n_features(); }

  void dot(Rows rows, const double* w, double* out) const override {
    if (contiguous_rows()) {
      std::size_t k = 0;
      for (; k + 4 <= rows.size; k += 4) {
        if (rows.index != nullptr)
          for (std::size_t a = k + kAhead; a < std::min(k + kAhead + 4, rows.size); ++a) prefetch_row(rows[a]);
        simd::dot4(row(rows[k]), row(rows[k + 1]), row(rows[k + 2]), row(rows[k + 3]), w, n_features(), out + k);
      }
      if (k < rows.size) {  // the same sums, so that no row's bits depend on how many there are
        const T* rest[4];
        for (std::size_t i = 0; i < 4; ++i) rest[i] = row(rows[std::min(k + i, rows.size - 1)]);
        double dots[4];
        simd::dot4(rest[0], rest[1], rest[2], rest[3], w, n_features(), dots);
        std::copy(dots, dots + (rows.size - k), out + k);
      }
      return;
    }
    // Columns outside, so that a column-major array is read along its columns.
    std::fill(out, out + rows.size, 0.0);
    for (std::size_t j = 0; j < n_features(); ++j) {
      const T* column = data_ + static_cast<std::ptrdiff_t>(j) * column_stride_;
      const double wj = w[j];
      if (wj == 0.0) continue;
      if (rows.index == nullptr && row_stride_ == 1) {
        simd::axpy(wj, column + rows.first, out, rows.size);
      } else {
        for (std::size_t k = 0; k < rows.size; ++k) out[k] += wj * at(column, rows[k]);
      }
    }
  }

  void add(Rows rows, const double* v, double* g) const override {
    if (contiguous_rows()) {
      const T* pending[4];
      double factor[4];
      std::size_t count = 0;
      for (std::size_t k = 0; k < rows.size; ++k) {
        if (v[k] == 0.0) continue;
        pending[count] = row(rows[k]);
        factor[count++] = v[k];
        if (count < 4) continue;
        simd::axpy4(factor, pending[0], pending[1], pending[2], pending[3], g, n_features());
        count = 0;
      }
      for (std::size_t c = 0; c < count; ++c) simd::axpy(factor[c], pending[c], g, n_features());
      return;
    }
    for (std::size_t j = 0; j < n_features(); ++j) {
      const T* column = data_ + static_cast<std::ptrdiff_t>(j) * column_stride_;
      double total = 0.0;
      if (rows.index == nullptr && row_stride_ == 1) {
        total = simd::dot(column + rows.first, v, rows.size);
      } else {
        for (std::size_t k = 0; k < rows.size; ++k) total += v[k] * at(column, rows[k]);
      }
      g[j] += total;
    }
  }

  void squared_norms(Rows rows, double* out) const override {
    if (contiguous_rows()) {
      for (std::size_t k = 0; k < rows.size; ++k) {
        const T* x = row(rows[k]);
        double total = 0.0;
        for (std::size_t j = 0; j < n_features(); ++j) total += square(x[j]);
        out[k] = total;
      }
      return;
    }
    std::fill(out, out + rows.size, 0.0);
    for (std::size_t j = 0; j < n_features(); ++j) {
      const T* column = data_ + static_cast<std::ptrdiff_t>(j) * column_stride_;
      for (std::size_t k = 0; k < rows.size; ++k) out[k] += square(at(column, rows[k]));
    }
  }

  void unpack(Rows rows, double* out) const override {
    const std::size_t d = n_features();
    if (contiguous_rows()) {
      for (std::size_t k = 0; k < rows.size; ++k) std::copy_n(row(rows[k]), d, out + k * d);
      return;
    }
    for (std::size_t j = 0; j < d; ++j) {
      const T* column = data_ + static_cast<std::ptrdiff_t>(j) * column_stride_;
      for (std::size_t k = 0; k < rows.size; ++k) out[k * d + j] = at(column, rows[k]);
    }
  }

  void add_outer(Rows rows, const double* v, double* G, std::size_t ld) const override {
    std::vector<double> x(n_features());
    for (std::size_t k = 0; k < rows.size; ++k) {
      unpack(rows.slice({k, k + 1}), x.data());
      for (std::size_t i = 0; i < n_features(); ++i) simd::axpy(v[k] * x[i], x.data(), G + i * ld, i + 1);
    }
  }

  bool all_finite(Rows rows) const override {
    double rest = 0.0;
    bool finite = true;
    const bool by_rows = contiguous_rows();
    const std::size_t outer = by_rows ? rows.size : n_features();
    const std::size_t inner = by_rows ? n_features() : rows.size;
    for (std::size_t k = 0; k < outer; ++k) {
      const T* x = by_rows ? row(rows[k])
                           : data_ + static_cast<std::ptrdiff_t>(k) * column_stride_ +
                                 static_cast<std::ptrdiff_t>(rows.first) * row_stride_;
      const std::ptrdiff_t stride = by_rows ? 1 : row_stride_;
      if (stride == 1)
        finite &= simd::all_finite(x, inner);
      else
        for (std::size_t j = 0; j < inner; ++j)
          rest += 0.0 * static_cast<double>(x[static_cast<std::ptrdiff_t>(j) * stride]);
    }
    return finite && rest == 0.0;
  }

  void append_row(std::size_t i, std::vector<std::uint32_t>& columns, std::vector<double>& values) const override {
    const std::size_t first = values.size();
    values.resize(first + n_features());
    const RowIndex row = static_cast<RowIndex>(i);
    unpack(Rows{&row, 0, 1}, values.data() + first);
    for (std::size_t j = 0; j < n_features(); ++j) columns.push_back(static_cast<std::uint32_t>(j));
  }

  double dot_row(std::size_t i, const double* w) const override {
    if (contiguous_rows()) return simd::dot(row(i), w, n_features());
    double total = 0.0;
    for (std::size_t j = 0; j < n_features(); ++j)
      total += w[j] * static_cast<double>(row(i)[static_cast<std::ptrdiff_t>(j) * column_stride_]);
    return total;
  }

  void add_row(std::size_t i, double v, double* g) const override {
    if (contiguous_rows()) return simd::axpy(v, row(i), g, n_features());
    for (std::size_t j = 0; j < n_features(); ++j)
      g[j] += v * static_cast<double>(row(i)[static_cast<std::ptrdiff_t>(j) * column_stride_]);
  }

  void clear_row(std::size_t, double* x) const override { std::fill(x, x + n_features(), 0.0); }

  void prefetch_row(std::size_t i) const override {
    const T* x = row(i);
    const std::size_t bytes = std::min<std::size_t>(n_features() * sizeof(T), 512);
    for (std::size_t b = 0; b < bytes; b += 64) simd::prefetch(reinterpret_cast<const char*>(x) + b);
  }

 private:
  static constexpr std::size_t kAhead = 8;

  static double square(T x) { return static_cast<double>(x) * static_cast<double>(x); }
  double at(const T* column, std::size_t i) const {
    return static_cast<double>(column[static_cast<std::ptrdiff_t>(i) * row_stride_]);
  }

  const T* data_;
  std::ptrdiff_t row_stride_, column_stride_;
};

}  // namespace maxmargin
