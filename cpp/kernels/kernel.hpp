// Kernel values between the rows of one data set, computed when asked for and not kept.
#pragma once

#include <cstddef>
#include <limits>
#include <memory>
#include <vector>

#include "design/design.hpp"
#include "design/products.hpp"
#include "kernels/footprint.hpp"

namespace maxmargin::kernels {

// The rows that sums are wanted for, prepared once by the kernel they belong to.
class Targets {
 public:
  explicit Targets(std::vector<RowIndex> rows) : rows_(std::move(rows)) {}
  virtual ~Targets() = default;
  const std::vector<RowIndex>& rows() const { return rows_; }
  // What they hold beside what the kernel does.
  virtual std::size_t nbytes() const { return 0; }

 private:
  std::vector<RowIndex> rows_;
};

// Sums of kernel values at targets, and how far rounding may have spread them.
struct Sums {
  double* f;
  double* spread = nullptr;
};

inline constexpr double kLeastValue = 2e-30;  // that a kernel value is in float32, and more

class Kernel {
 public:
  static constexpr double kDear = 200.0;  // products per value
  explicit Kernel(std::size_t n_rows) : n_rows_(n_rows) {}
  virtual ~Kernel() = default;
  Kernel(const Kernel&) = delete;
  Kernel& operator=(const Kernel&) = delete;

  std::size_t n_rows() const { return n_rows_; }
  // What it holds beside the caller's data.
  virtual std::size_t nbytes() const = 0;
  virtual Footprint footprint() const { return {}; }
  // What a value costs, about.
  virtual double products_per_value() const = 0;
  // Whether it is cheaper to read a value than to compute it: rows of such values are kept, and squares of them are the
  // same numbers as `rows`.
  bool dear() const { return products_per_value() >= kDear; }
  virtual std::unique_ptr<Targets> targets(std::vector<RowIndex> rows, const Execution& run) const = 0;
  // What targets of some of the rows hold, so many of them.
  virtual double bytes_of_targets(std::size_t) const { return 0.0; }

  // out[i * ld + j] = K(rows[i], rows[j]) in float32.
  virtual void square(const std::vector<RowIndex>& rows, float* out, std::size_t ld, const Execution& run) const = 0;
  // The same, all in float64.
  virtual void square(const std::vector<RowIndex>& rows, double* out, std::size_t ld, const Execution& run) const = 0;
  // sums.f[t] += sum_j coef[j] K(rows[j], targets[t]): kernel values in float32, sums in float64. Where sums.spread is
  // not null, what it rises by times rounding(t) is the most that f[t] may have lost to float32.
  virtual void add(const std::vector<RowIndex>& rows, const double* coef, const Targets& targets, Sums sums,
                   const Execution& run) const = 0;
  // Whether `add` has all of it in float64, and no spread.
  virtual bool adds_exactly() const { return false; }
  // out[j][t] = K(rows[j], targets[t]) in float32, the same numbers whatever else is asked for.
  virtual void rows(const std::vector<RowIndex>& rows, const Targets& targets, float* const* out,
                    const Execution& run) const = 0;
  // The coefficients of `sums.spread` in `add`; none where nothing is known.
  virtual std::vector<float> spread_of(const std::vector<RowIndex>&, const double* /*coef*/) const { return {}; }
  // What the spread of all targets rises by beside that.
  virtual double common_spread(const std::vector<RowIndex>&, const double* /*coef*/) const { return 0.0; }
  // Of a sum at this row, in units of its spread; infinite where nothing is known about it.
  virtual double rounding(RowIndex) const { return std::numeric_limits<double>::infinity(); }
  // f[t] += sum_j coef[j] K(rows[j], targets[t]), all in float64.
  virtual void add_exactly(const std::vector<RowIndex>& rows, const double* coef, const std::vector<RowIndex>& targets,
                           double* f, const Execution& run) const = 0;
  // The same with the rows themselves for targets: K is symmetric.
  virtual void add_among(const std::vector<RowIndex>& rows, const double* coef, double* f, const Execution& run) const {
    add_exactly(rows, coef, rows, f, run);
  }
  // out[k] = K(rows[k], rows[k])
  virtual void diagonal(const std::vector<RowIndex>& rows, double* out, const Execution& run) const = 0;

 private:
  std::size_t n_rows_;
};

}  // namespace maxmargin::kernels
