// Kernel of sparse rows: each row's non-zeros against dense panels of the left rows or their postings, so that the cost
// follows the non-zeros. Only of functions of one sum over common columns (common_terms.hpp): zeros add nothing to it.
#pragma once

#include "kernels/function.hpp"
#include "kernels/kernel.hpp"
#include "kernels/origin.hpp"
#include "kernels/rounding.hpp"
#include "kernels/sparse_rows.hpp"

namespace maxmargin::kernels {

class SparseKernel final : public Kernel {
 public:
  static constexpr double kProductsOfAValue = 4.0;  // of a row: what it costs against a panel
  // `starts`: where each row's values begin, see SparseRows.
  SparseKernel(const Design& X, const Function& f, Origin origin, std::vector<std::size_t> starts,
               const Execution& run);

  static std::vector<std::size_t> starts_of(const Design& X, const Origin& origin, const Execution& run);
  static Footprint footprint_of(const Design& X, double values_per_row);
  Footprint footprint() const override { return footprint_of(X_, origin_.values_per_row); }
  std::size_t nbytes() const override { return rows_.nbytes() + places_.nbytes() + origin_.at.size() * sizeof(double); }
  double products_per_value() const override {
    return function_.products_per_value(kProductsOfAValue * origin_.values_per_row);
  }
  std::unique_ptr<Targets> targets(std::vector<RowIndex> rows, const Execution& run) const override;
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
  RowSize size_of(RowIndex row) const {
    // By postings a product may be one sum over all values of a row.
    const auto terms = static_cast<double>(dear() ? rows_.terms(row) : rows_.start[row + 1] - rows_.start[row]);
    const auto norm = static_cast<double>(rows_.norms[row]);
    return rows_.summed == Terms::kProducts ? RowSize{norm, terms} : size_of_absolute(norm, terms);
  }

  RowSize mean_size_of_rows() const;
  // Whether so many rows may be multiplied by their postings.
  bool by_postings(std::size_t m) const;

  const Design& X_;
  Function function_;
  Origin origin_;
  SparseColumns places_;
  SparseRows<float> rows_;
  Rounding rounding_;
};

}  // namespace maxmargin::kernels
