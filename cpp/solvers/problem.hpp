// What every linear solver receives and returns.
#pragma once

#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "design/design.hpp"
#include "design/products.hpp"
#include "parallel/interrupt.hpp"

namespace maxmargin {

// The C of each row, (n,); one number where all are the same (a stride of 0).
struct Costs {
  const double* value;
  std::ptrdiff_t stride = 1;

  Costs(const double* values, std::ptrdiff_t step = 1) : value(values), stride(step) {}  // NOLINT: a plain array too
  bool uniform() const { return stride == 0; }
  const double& operator[](std::size_t i) const { return value[static_cast<std::ptrdiff_t>(i) * stride]; }
};

// minimise over w, b:  1/2 ||w||^2 + sum_i c_i l(y_i (<w, x_i> + b))
struct Problem {
  const Design& X;
  const std::int8_t* y;  // -1 or +1, (n,)
  Costs c;               // per-row C >= 0; a row with c = 0 is absent
  bool fit_intercept;
};

// Where a solver starts from. Empty vectors mean: nothing known.
struct Start {
  std::vector<double> coef;
  double intercept = 0.0;
  std::vector<double> multipliers;
};

enum class Status { kOptimal, kMaxIter, kMaxTime, kCallback, kNumericalLimit, kInterrupted };
const char* name(Status status);

struct Record {
  std::int64_t iteration;
  double primal, dual, gap;
  std::int64_t active_rows;
  double seconds;

  // The same from a fit of some of the rows, whose objectives bound nothing in the problem of all rows.
  Record of_some_rows() const {
    constexpr double kInfinity = std::numeric_limits<double>::infinity();
    return {iteration, kInfinity, 0.0, kInfinity, active_rows, seconds};
  }
};

// The host's ears: hears of every iteration, may ask to stop.
class Monitor : public Interrupt {
 public:
  // True asks the solver to stop and return its best point.
  virtual bool report(const Record& record) = 0;
  // Why a pass was interrupted: by a signal, or by the deadline.
  virtual Status reason() const = 0;
};

struct Settings {
  double tol = 1e-4;  // relative gap
  std::int64_t max_iter = 1000;
  double max_time = 1e30;  // seconds
  int n_threads = 1;
  std::uint64_t seed = 0;
  double matrix_bytes = 1e30;  // that the matrices of second-order systems may take
  bool last_digits = false;    // of kernel machines: beyond tol, as long as second-order steps in float64 gain any
};

struct Solution {
  Status status = Status::kNumericalLimit;
  std::vector<double> coef;
  double intercept = 0.0;
  std::vector<double> multipliers;
  double primal = 0.0, dual = 0.0, gap = 0.0;
  bool certified = false;  // whether these three are the certificate's, of exactly this point
  std::int64_t n_iter = 0;
  std::vector<Record> history;
};

class Stopwatch {
 public:
  double seconds() const { return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count(); }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

// |dual| below this is taken for zero when a gap is made relative.
inline constexpr double kTinyObjective = 1e-300;
inline bool within_tolerance(double gap, double dual, double tol) {
  return gap <= tol * std::max(std::abs(dual), kTinyObjective);
}

}  // namespace maxmargin
