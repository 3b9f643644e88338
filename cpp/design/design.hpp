// The design: rows of data, borrowed from the caller and never copied. Storage is hidden behind one small
// interface that works on blocks of rows, so that solvers are written once. All sums are float64.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "parallel/thread_pool.hpp"

namespace maxmargin {

using RowIndex = std::uint32_t;

// A list of rows: explicit indices, or the contiguous rows [first, first + size) when `index` is null.
struct Rows {
  const RowIndex* index = nullptr;
  std::size_t first = 0;
  std::size_t size = 0;

  static Rows all(std::size_t n) { return {nullptr, 0, n}; }
  static Rows list(const std::vector<RowIndex>& rows) { return {rows.data(), 0, rows.size()}; }
  std::size_t operator[](std::size_t k) const { return index != nullptr ? index[k] : first + k; }
  Rows slice(Range r) const {
    return index != nullptr ? Rows{index + r.begin, 0, r.end - r.begin}
                            : Rows{nullptr, first + r.begin, r.end - r.begin};
  }
};

class Design {
 public:
  Design(std::size_t n_rows, std::size_t n_features) : n_rows_(n_rows), n_features_(n_features) {}
  virtual ~Design() = default;
  Design(const Design&) = delete;
  Design& operator=(const Design&) = delete;

  std::size_t n_rows() const { return n_rows_; }
  std::size_t n_features() const { return n_features_; }

  virtual bool sparse() const = 0;
  virtual std::size_t stored_values() const = 0;  // n_rows * n_features, or the number of non-zeros
  virtual std::size_t stored_values(Rows rows) const = 0;
  double values_per_row() const {
    return n_rows_ == 0 ? 0.0 : static_cast<double>(stored_values()) / static_cast<double>(n_rows_);
  }

  // out[k] = <x_rows[k], w>
  virtual void dot(Rows rows, const double* w, double* out) const = 0;
  // g += sum_k v[k] x_rows[k]; rows with v[k] = 0 are not touched.
  virtual void add(Rows rows, const double* v, double* g) const = 0;
  // out[k] = ||x_rows[k]||^2
  virtual void squared_norms(Rows rows, double* out) const = 0;
  // out[k * n_features + j] = x_rows[k], j: the rows as dense float64.
  virtual void unpack(Rows rows, double* out) const = 0;
  // Lower triangle of G (order n_features, leading dimension ld) += sum_k v[k] x_rows[k] x_rows[k]^T. Only
  // storages that profit from skipping zeros implement it (sparse() is true); others are unpacked.
  virtual void add_outer(Rows rows, const double* v, double* G, std::size_t ld) const = 0;
  // sum of all stored values' products with 0: NaN if any value is NaN or infinite, else 0. One pass, no branches.
  virtual bool all_finite(Rows rows) const = 0;

  // Single rows, for coordinate methods.
  virtual double dot_row(std::size_t row, const double* w) const = 0;
  virtual void add_row(std::size_t row, double v, double* g) const = 0;
  // x[j] = 0 wherever the row stores a value.
  virtual void clear_row(std::size_t row, double* x) const = 0;
  virtual void prefetch_row(std::size_t row) const = 0;
  // Appends the columns and values that the row stores, all of them where storage is dense.
  virtual void append_row(std::size_t row, std::vector<std::uint32_t>& columns, std::vector<double>& values) const = 0;

 private:
  std::size_t n_rows_, n_features_;
};

}  // namespace maxmargin
