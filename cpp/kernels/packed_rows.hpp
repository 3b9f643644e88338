// Rows of any design as dense panels: panel[k * width + i] is feature k of the panel's row i, padded with zeros.
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include "design/design.hpp"
#include "design/products.hpp"
#include "memory/large_vector.hpp"

namespace maxmargin::kernels {

template <class T>
class PackedRows {
 public:
  // `centre` (n_features entries) is subtracted from every row where it is not null.
  PackedRows(const Design& X, Rows rows, std::size_t width, const double* centre, const Execution& run)
      : n_rows_(rows.size), depth_(X.n_features()), width_(width), panels_((rows.size + width - 1) / width) {
    values_.resize(panels_ * depth_ * width_);
    norms_.assign(panels_ * width_, T(0));
    const std::size_t per_chunk = std::max<std::size_t>(1, kValuesPerChunk / (depth_ * width_));
    const std::size_t chunks = (panels_ + per_chunk - 1) / per_chunk;
    parallel_for(
        chunks, run.n_threads,
        [&](std::size_t c) {
          std::vector<double> buffer(width_ * depth_);
          const std::size_t last = std::min(panels_, (c + 1) * per_chunk);
          for (std::size_t p = c * per_chunk; p < last; ++p) pack(X, rows, p, centre, buffer);
        },
        run.interrupt);
  }

  std::size_t n_rows() const { return n_rows_; }
  std::size_t depth() const { return depth_; }
  std::size_t width() const { return width_; }
  std::size_t panels() const { return panels_; }
  const T* panel(std::size_t p) const { return values_.data() + p * depth_ * width_; }
  const T* norms(std::size_t p) const { return norms_.data() + p * width_; }
  std::size_t nbytes() const { return (values_.size() + norms_.size()) * sizeof(T); }
  static double bytes_of(std::size_t n_rows, std::size_t depth, std::size_t width) {
    const std::size_t padded = (n_rows + width - 1) / width * width;
    return static_cast<double>(padded) * static_cast<double>(depth + 1) * sizeof(T);
  }

 private:
  static constexpr std::size_t kValuesPerChunk = 1 << 17, kSlices = 8;

  void pack(const Design& X, Rows rows, std::size_t p, const double* centre, std::vector<double>& buffer) {
    const std::size_t first = p * width_, count = std::min(width_, n_rows_ - first);
    X.unpack(rows.slice({first, first + count}), buffer.data());
    T* out = values_.data() + p * depth_ * width_;
    std::vector<double> norms(width_, 0.0), slices(kSlices * width_, 0.0);
    for (std::size_t k = 0; k < depth_; k += kSlices) {  // a few slices at a time: each row is read and written in runs
      const std::size_t depth = std::min(kSlices, depth_ - k);
      for (std::size_t i = 0; i < count; ++i)
        for (std::size_t s = 0; s < depth; ++s) slices[s * width_ + i] = buffer[i * depth_ + k + s];
      for (std::size_t s = 0; s < depth; ++s, out += width_)
        set_slice(slices.data() + s * width_, count, centre != nullptr ? centre[k + s] : 0.0, out, norms.data());
    }
    for (std::size_t i = 0; i < count; ++i) norms_[first + i] = static_cast<T>(norms[i]);
  }

  // One feature of a panel's rows, zeros behind them, and what it adds to their squared norms.
  void set_slice(const double* slice, std::size_t count, double centre, T* out, double* norms) const {
    for (std::size_t i = 0; i < count; ++i) {
      out[i] = static_cast<T>(slice[i] - centre);
      norms[i] += static_cast<double>(out[i]) * static_cast<double>(out[i]);
    }
    std::fill(out + count, out + width_, T(0));
  }

  std::size_t n_rows_, depth_, width_, panels_;
  ScratchVector<T> values_;
  std::vector<T> norms_;
};

}  // namespace maxmargin::kernels
