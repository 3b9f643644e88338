// Kernel values that the caller has computed: a borrowed square matrix with any strides.
#pragma once

#include <cstddef>
#include <type_traits>

#include "kernels/kernel.hpp"

namespace maxmargin::kernels {

template <class T>
class MatrixKernel final : public Kernel {
 public:
  MatrixKernel(const T* values, std::size_t n, std::ptrdiff_t row_stride, std::ptrdiff_t column_stride)
      : Kernel(n), values_(values), row_stride_(row_stride), column_stride_(column_stride) {}

  std::size_t nbytes() const override { return 0; }
  double products_per_value() const override { return 1.0; }
  std::unique_ptr<Targets> targets(std::vector<RowIndex> rows, const Execution&) const override {
    return std::make_unique<Targets>(std::move(rows));
  }
  void square(const std::vector<RowIndex>& rows, float* out, std::size_t ld, const Execution& run) const override {
    copy_square(rows, out, ld, run);
  }
  void square(const std::vector<RowIndex>& rows, double* out, std::size_t ld, const Execution& run) const override {
    copy_square(rows, out, ld, run);
  }
  void add(const std::vector<RowIndex>& rows, const double* coef, const Targets& targets, Sums sums,
           const Execution& run) const override {
    add_exactly(rows, coef, targets.rows(), sums.f, run);
  }
  bool adds_exactly() const override { return true; }
  void add_exactly(const std::vector<RowIndex>& rows, const double* coef, const std::vector<RowIndex>& to, double* f,
                   const Execution& run) const override {
    constexpr std::size_t kChunk = 1024;
    parallel_for((to.size() + kChunk - 1) / kChunk, run.n_threads,
                 [&](std::size_t c) {
                   const std::size_t last = std::min(to.size(), (c + 1) * kChunk);
                   for (std::size_t j = 0; j < rows.size(); ++j)
                     with_row(rows[j], [&](const auto& value_at) {
                       const RowIndex* column = to.data();
#pragma omp simd
                       for (std::size_t k = c * kChunk; k < last; ++k)
                         f[k] += coef[j] * static_cast<double>(value_at(column[k]));
                     });
                 },
                 run.interrupt);
  }
  void rows(const std::vector<RowIndex>& rows, const Targets& targets, float* const* out,
            const Execution&) const override {
    const std::vector<RowIndex>& to = targets.rows();
    for (std::size_t j = 0; j < rows.size(); ++j)
      for (std::size_t k = 0; k < to.size(); ++k) out[j][k] = static_cast<float>(value(rows[j], to[k]));
  }
  void diagonal(const std::vector<RowIndex>& rows, double* out, const Execution&) const override {
    for (std::size_t k = 0; k < rows.size(); ++k) out[k] = static_cast<double>(value(rows[k], rows[k]));
  }

 private:
  template <class Out>
  void copy_square(const std::vector<RowIndex>& rows, Out* out, std::size_t ld, const Execution& run) const {
    parallel_for((rows.size() + 63) / 64, run.n_threads,
                 [&](std::size_t c) {
                   for (std::size_t i = c * 64; i < std::min(rows.size(), (c + 1) * 64); ++i)
                     with_row(rows[i], [&](const auto& value_at) {
                       const RowIndex* column = rows.data();
                       Out* to = out + i * ld;
#pragma omp simd
                       for (std::size_t j = 0; j < rows.size(); ++j) to[j] = static_cast<Out>(value_at(column[j]));
                     });
                 },
                 run.interrupt);
  }
  // use(the value of a column) of one row; of neighbours in memory, as most matrices have them, several are read at
  // once.
  template <class Use>
  void with_row(std::size_t i, const Use& use) const {
    const T* row = values_ + static_cast<std::ptrdiff_t>(i) * row_stride_;
    if (column_stride_ == 1)
      use([row](RowIndex j) { return row[j]; });
    else
      use([row, stride = column_stride_](RowIndex j) { return row[static_cast<std::ptrdiff_t>(j) * stride]; });
  }
  T value(std::size_t i, std::size_t j) const {
    return values_[static_cast<std::ptrdiff_t>(i) * row_stride_ + static_cast<std::ptrdiff_t>(j) * column_stride_];
  }

  const T* values_;
  std::ptrdiff_t row_stride_, column_stride_;
};

}  // namespace maxmargin::kernels
