#include "kernels/narrow_decision.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "kernels/dense_kernel.hpp"
#include "kernels/dense_sums.hpp"

namespace maxmargin::kernels {
namespace {

constexpr std::size_t kRowsPerChunk = 64;
constexpr double kWorthThreads = 1 << 20;  // values of support vectors

// |s - centre|^2 of all rows, as the panels of float32 have them.
std::vector<float> norms_of(const Design& S, const double* centre, const Execution& run) {
  const std::size_t m = S.n_rows(), d = S.n_features();
  std::vector<float> norms(m);
  parallel_for((m + kRowsPerChunk - 1) / kRowsPerChunk, run.n_threads,
               [&](std::size_t c) {
                 std::vector<double> row(d);
                 for (std::size_t i = c * kRowsPerChunk; i < std::min(m, (c + 1) * kRowsPerChunk); ++i) {
                   S.unpack(Rows::all(m).slice({i, i + 1}), row.data());
                   double norm = 0.0;
                   for (std::size_t j = 0; j < d; ++j) {
                     const auto x = static_cast<double>(static_cast<float>(row[j] - (centre ? centre[j] : 0.0)));
                     norm += x * x;
                   }
                   norms[i] = static_cast<float>(norm);
                 }
               },
               run.interrupt);
  return norms;
}

// Coefficients of each output and, behind all of them, those of its spread; infinite where nothing is known of it.
struct NarrowCoefficients {
  std::vector<float> of;
  std::vector<double> common;     // of each output: what the spread of all rows rises by
  std::vector<double> vanishing;  // and what their sums are off by beside that
};

NarrowCoefficients narrowed(const Rounding& rounding, const std::vector<float>& norms, std::size_t n_features,
                            const double* coef, std::size_t n_outputs) {
  const std::size_t m = norms.size();
  const auto size_of = [&](RowIndex row) {
    return RowSize{static_cast<double>(norms[row]), static_cast<double>(n_features)};
  };
  std::vector<RowIndex> rows(m);
  std::iota(rows.begin(), rows.end(), RowIndex{0});
  NarrowCoefficients narrow{std::vector<float>(coef, coef + n_outputs * m), {}, {}};
  for (std::size_t c = 0; c < n_outputs; ++c) {
    const double* own = coef + c * m;
    std::vector<float> spread = rounding.spread_of(rows, own, size_of);
    spread.resize(m, 0.0F);  // a kernel that is not of rbf alone has a common spread and no other
    // What is 0 adds nothing, in float32 as elsewhere.
    for (std::size_t j = 0; j < m; ++j)
      if (own[j] == 0.0) spread[j] = 0.0F;
    narrow.of.insert(narrow.of.end(), spread.begin(), spread.end());
    narrow.common.push_back(rounding.common_spread(rows, own, size_of));
    const double mass = std::accumulate(own, own + m, 0.0, [](double sum, double a) { return sum + std::abs(a); });
    narrow.vanishing.push_back(kLeastValue * mass);
  }
  return narrow;
}

}  // namespace

void add_narrowly(const Design& X, const Design& S, const std::vector<Range>& blocks, const Function& f,
                  const double* coef, std::size_t n_outputs, double* out, double* doubt, const Execution& run) {
  const std::size_t n = X.n_rows(), m = S.n_rows();
  // By the support vectors alone, as everything here but the row itself.
  const bool little = static_cast<double>(m) * static_cast<double>(S.n_features()) < kWorthThreads;
  const Execution of_support{little ? 1 : run.n_threads, run.interrupt};
  const std::vector<double> mean = f.shift_invariant() ? mean_row(S, of_support) : std::vector<double>{};
  const double* centre = mean.empty() ? nullptr : mean.data();
  const std::vector<float> norms = norms_of(S, centre, of_support);
  const Rounding rounding(f, kLeft, mean_size(norms.data(), m, S.n_features()));
  const NarrowCoefficients narrow = narrowed(rounding, norms, S.n_features(), coef, n_outputs);
  std::vector<double> sums(2 * blocks.size() * n_outputs * n, 0.0), of_right(n);
  add_in_pieces<float>({f, S, Rows::all(m), centre, narrow.of.data(), 2 * n_outputs}, blocks, X, Rows::all(n),
                       sums.data(), run, of_right.data());
  for (double& norm : of_right) norm = rounding.of_target({norm, static_cast<double>(S.n_features())});
  for (std::size_t b = 0; b < blocks.size(); ++b)
    for (std::size_t c = 0; c < n_outputs; ++c) {
      const double *value = sums.data() + (2 * b * n_outputs + c) * n, *spread = value + n_outputs * n;
      double *to = out + (b * n_outputs + c) * n, *off = doubt + (b * n_outputs + c) * n;
      for (std::size_t k = 0; k < n; ++k) {
        to[k] = value[k];
        off[k] = of_right[k] * (spread[k] + narrow.common[c]) + narrow.vanishing[c];
      }
    }
}

}  // namespace maxmargin::kernels
