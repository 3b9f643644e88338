#include "kernels/origin.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>

namespace maxmargin::kernels {
namespace {

constexpr std::size_t kSample = 32;  // rows
constexpr double kFrequent = 0.25;   // of the sample
constexpr std::size_t kFirst = 8;    // rows that are looked at before the others
constexpr double kCommon = 0.15;     // of the columns: half of what rows share whose values are mostly the usual ones
constexpr double kFar = 100.0;       // squared, beside the mean square of distances from the mean

double square(double x) { return x * x; }

struct Mode {
  double value = 0.0;
  std::size_t count = 0;
};

// The most frequent value, the least of those that are as frequent. Each is compared with all: without branches, and of
// so few sooner done than sorting them.
Mode mode_of(const std::vector<double>& values) {
  Mode mode;
  for (const double v : values) {
    std::int64_t count = 0;
    for (const double other : values) count += v == other ? 1 : 0;
    const auto found = static_cast<std::size_t>(count);
    if (found > mode.count || (found == mode.count && v < mode.value)) mode = {v, found};
  }
  return mode;
}

std::vector<double> sample_of(const Design& X, std::size_t size) {
  constexpr double kGolden = 0.6180339887498949;  // no period of the data falls in step with its multiples
  const double each = static_cast<double>(X.n_rows()) / static_cast<double>(size);
  std::vector<RowIndex> rows(size);
  for (std::size_t k = 0; k < size; ++k) {
    const double turns = kGolden * static_cast<double>(k);
    rows[k] = static_cast<RowIndex>((static_cast<double>(k) + turns - std::floor(turns)) * each);
  }
  std::vector<double> values(size * X.n_features());
  X.unpack(Rows::list(rows), values.data());
  return values;
}

// Whether rows have few columns in common: then no column has a usual value, and nobody need look for it.
bool rarely_equal(const Design& X) {
  if (X.n_rows() < kFirst) return true;
  const std::size_t d = X.n_features();
  const std::vector<double> rows = sample_of(X, kFirst);
  std::size_t equal = 0;
  for (std::size_t k = 0; k < kFirst; k += 2)
    for (std::size_t j = 0; j < d; ++j) equal += rows[k * d + j] == rows[(k + 1) * d + j];
  return static_cast<double>(equal) < kCommon * static_cast<double>(kFirst / 2 * d);
}

}  // namespace

Origin origin_of(const Design& X, const Function& f) {
  if (X.sparse()) return {{}, X.values_per_row()};
  const std::size_t d = X.n_features();
  if (rarely_equal(X)) return {{}, static_cast<double>(d)};
  const std::size_t size = std::min(X.n_rows(), kSample);
  const std::vector<double> sample = sample_of(X, size);
  const bool may_move = f.shift_invariant();
  Origin origin;
  std::vector<double> column(size);
  for (std::size_t j = 0; j < d; ++j) {
    for (std::size_t k = 0; k < size; ++k) column[k] = sample[k * d + j];
    double at = 0.0;
    if (may_move) {
      const Mode mode = mode_of(column);
      const bool frequent = static_cast<double>(mode.count) >= kFrequent * static_cast<double>(size);
      at = frequent ? mode.value : std::accumulate(column.begin(), column.end(), 0.0) / static_cast<double>(size);
      origin.at.push_back(at);
    }
    origin.values_per_row +=
        static_cast<double>(std::count_if(column.begin(), column.end(), [at](double v) { return v != at; }));
  }
  origin.values_per_row /= static_cast<double>(size);
  return origin;
}

std::vector<double> far_centre(const Design& X, const Function& f) {
  if (X.sparse() || !f.shift_invariant() || X.n_rows() == 0) return {};
  const std::size_t d = X.n_features(), size = std::min(X.n_rows(), kSample);
  const std::vector<double> sample = sample_of(X, size);
  std::vector<double> mean(d, 0.0);
  for (std::size_t k = 0; k < size; ++k)
    for (std::size_t j = 0; j < d; ++j) mean[j] += sample[k * d + j] / static_cast<double>(size);
  double far = 0.0, spread = 0.0;
  for (std::size_t j = 0; j < d; ++j) {
    far += mean[j] * mean[j];
    for (std::size_t k = 0; k < size; ++k) spread += square(sample[k * d + j] - mean[j]) / static_cast<double>(size);
  }
  return far > kFar * spread ? mean : std::vector<double>{};
}

void norms_from_far_centre(const Design& X, const Function& f, double* out, const Execution& run) {
  const std::vector<double> centre = far_centre(X, f);
  const std::size_t n = X.n_rows(), d = X.n_features();
  if (centre.empty()) return squared_norms(X, Rows::all(n), out, run);
  parallel_for((n + kSample - 1) / kSample, run.n_threads,
               [&](std::size_t c) {
                 const Range range{c * kSample, std::min(n, (c + 1) * kSample)};
                 std::vector<double> rows((range.end - range.begin) * d);
                 X.unpack(Rows::all(n).slice(range), rows.data());
                 for (std::size_t i = range.begin; i < range.end; ++i) {
                   const double* row = rows.data() + (i - range.begin) * d;
                   out[i] = 0.0;
                   for (std::size_t j = 0; j < d; ++j) out[i] += square(row[j] - centre[j]);
                 }
               },
               run.interrupt);
}

}  // namespace maxmargin::kernels
