// Kernel over dense panels of float32, packed once. Exact sums pack float64 panels piece by piece.
#pragma once

#include "kernels/function.hpp"
#include "kernels/kernel.hpp"
#include "kernels/packed_rows.hpp"
#include "kernels/rounding.hpp"
#include "kernels/sweep.hpp"

namespace maxmargin::kernels {

class DenseKernel final : public Kernel {
 public:
  DenseKernel(const Design& X, const Function& f, const Execution& run);

  static Footprint footprint_of(const Design& X);
  Footprint footprint() const override { return footprint_of(X_); }
  std::size_t nbytes() const override { return all_->nbytes() + centre_.size() * sizeof(double); }
  double products_per_value() const override {
    return function_.products_per_value(static_cast<double>(X_.n_features()));
  }
  std::unique_ptr<Targets> targets(std::vector<RowIndex> rows, const Execution& run) const override;
  double bytes_of_targets(std::size_t n) const override {
    return PackedRows<float>::bytes_of(n, X_.n_features(), kRight<float>);
  }
  void square(const std::vector<RowIndex>& rows, float* out, std::size_t ld, const Execution& run) const override;
  void square(const std::vector<RowIndex>& rows, double* out, std::size_t ld, const Execution& run) const override;
  void add(const std::vector<RowIndex>& rows, const double* coef, const Targets& targets, Sums sums,
           const Execution& run) const override;
  void rows(const std::vector<RowIndex>& rows, const Targets& targets, float* const* out,
            const Execution& run) const override;
  std::vector<float> spread_of(const std::vector<RowIndex>& rows, const double* coef) const override {
    return rounding_.spread_of(rows, coef, [this](RowIndex row) { return size_of(row); });
  }
  double common_spread(const std::vector<RowIndex>& rows, const double* coef) const override {
    return rounding_.common_spread(rows, coef, [this](RowIndex row) { return size_of(row); });
  }
  double rounding(RowIndex row) const override { return rounding_.of_target(size_of(row)); }
  void add_exactly(const std::vector<RowIndex>& rows, const double* coef, const std::vector<RowIndex>& targets,
                   double* f, const Execution& run) const override;
  void add_among(const std::vector<RowIndex>& rows, const double* coef, double* f, const Execution& run) const override;
  void diagonal(const std::vector<RowIndex>& rows, double* out, const Execution& run) const override;

 private:
  template <class T>
  void compute_square(const std::vector<RowIndex>& rows, T* out, std::size_t ld, const Execution& run) const;
  RowSize size_of(RowIndex row) const {
    return {static_cast<double>(all_->norms(0)[row]), static_cast<double>(X_.n_features())};
  }

  const Design& X_;
  Function function_;
  std::vector<double> centre_;  // empty where rows are not centred
  std::shared_ptr<const PackedRows<float>> all_;
  Rounding rounding_;
};

// The mean of all rows.
std::vector<double> mean_row(const Design& X, const Execution& run);

}  // namespace maxmargin::kernels
