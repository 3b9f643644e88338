// One pass of dual coordinate descent over a list of rows, in the order of the list.
#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

#include "parallel/interrupt.hpp"
#include "solvers/dual_point.hpp"
#include "solvers/problem.hpp"
#include "solvers/random.hpp"

namespace maxmargin {

struct EpochSums {
  double gap = 0.0;      // of the rows visited, each before its own step
  double largest = 0.0;  // step, times the row's curvature
};

// Short rows of a wide design share few columns, so neighbours may be visited one after the other, and the memory that
// they share is read once. Where all rows share columns, neighbours that are alike would slow convergence.
inline std::size_t rows_in_a_bucket(const Design& X) {
  constexpr std::size_t kWide = 2000;
  return X.sparse() && X.n_features() >= kWide ? 8 : 1;
}

// A new random order of the buckets of so many rows; what does not fill the last bucket stays at the end.
inline void shuffle_buckets(std::vector<RowIndex>& rows, std::size_t bucket, Random random) {
  for (std::size_t k = rows.size() / bucket; k > 1; --k) {
    RowIndex* const last = rows.data() + (k - 1) * bucket;
    std::swap_ranges(last, last + bucket, rows.data() + random.below(k) * bucket);
  }
}

// When a row at a bound is set aside.
struct Shrinking {
  double step = 0.0;   // what the slack z of a row changes by where it moves itself, at most
  double drift = 0.0;  // how far w goes; z changes by that times ||x_i||, at most
};

// `curvature` is ||x_i||^2 + rho, positive. Rows at a bound whose z is further inside it than it will change are moved
// to the end of `rows`; `kept` counts the others. With `overlap` a row's product with w is taken before the step of the
// row before it has moved w: the processor works on both at once, and w stays exact.
template <class Loss, class Storage>
EpochSums descend(const Problem& problem, const Storage& X, DualPoint& at, const std::vector<double>& curvature,
                  std::vector<RowIndex>& rows, const Shrinking& shrinking, bool overlap, std::size_t& kept,
                  Interrupt& interrupt) {
  constexpr std::size_t kAhead = 8;
  EpochSums sums;
  kept = 0;
  double* const w = at.w.data();
  double next_product = rows.empty() ? 0.0 : X.dot_row(rows[0], w);
  for (std::size_t k = 0; k < rows.size(); ++k) {
    if ((k & 1023) == 0 && interrupt.requested()) throw Interrupted{};
    if (k + kAhead < rows.size()) {
      const std::size_t ahead = rows[k + kAhead];
      X.prefetch_row(ahead);
      simd::prefetch(&at.alpha[ahead]);
      simd::prefetch(&curvature[ahead]);
      simd::prefetch(&problem.y[ahead]);
      simd::prefetch(&problem.c[ahead]);
    }
    const std::size_t i = rows[k];
    const double product = overlap || k == 0 ? next_product : X.dot_row(i, w);
    if (overlap && k + 1 < rows.size()) next_product = X.dot_row(rows[k + 1], w);
    const double y = problem.y[i], c = problem.c[i], alpha = at.alpha[i];
    const double z = 1.0 - y * (product + at.b + at.rho * at.balance);
    sums.gap += Loss::gap(alpha, z, c);
    if (((alpha <= 0.0 && z < -shrinking.step) || (alpha >= Loss::upper(c) && z > shrinking.step)) &&
        std::abs(z) > shrinking.step + shrinking.drift * std::sqrt(curvature[i]))
      continue;
    std::swap(rows[kept++], rows[k]);
    if (!std::isfinite(z)) continue;  // a row beyond float64: no step is defined
    const double next = Loss::coordinate_step(alpha, z, c, curvature[i]);
    const double delta = next - alpha;
    sums.largest = std::max(sums.largest, std::abs(delta) * curvature[i]);
    if (delta == 0.0) continue;
    at.alpha[i] = next;
    at.balance += y * delta;
    X.add_row(i, y * delta, w);
  }
  return sums;
}

}  // namespace maxmargin
