// Passes of the Newton solver over its row vectors: one read, no branches, sums in a fixed order.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "parallel/thread_pool.hpp"
#include "solvers/active_rows.hpp"

namespace maxmargin {

inline constexpr std::size_t kRowsPerPiece = 8192;
inline constexpr std::size_t kPiecesWorthThreads = 16;

// Sum over pieces of part(range), added in the order of the pieces: the same bits for any number of threads.
template <class Sums, class F>
Sums reduce_rows(std::size_t size, int n_threads, const F& part) {
  const std::size_t pieces = std::max<std::size_t>(1, size / kRowsPerPiece);
  std::vector<Sums> sums(pieces);
  parallel_for(pieces, pieces >= kPiecesWorthThreads ? n_threads : 1,
               [&](std::size_t i) { sums[i] = part(piece(size, pieces, i)); });
  for (std::size_t i = 1; i < pieces; ++i) sums[0] += sums[i];
  return sums[0];
}

struct RowSums {
  double gap = 0.0, dual = 0.0;
  double distance = 0.0;  // squared, from the centre, in the metric of the proximal term
  double balance = 0.0;   // change of sum alpha y
  RowSums& operator+=(const RowSums& o) {
    gap += o.gap;
    dual += o.dual;
    distance += o.distance;
    balance += o.balance;
    return *this;
  }
};

// Brings the rows to where they are now, multipliers included: previous(k, c) does so for the k-th row and returns what
// its multiplier was. change[k] becomes y times what it moved by.
template <class Loss, class Previous>
RowSums update_multipliers(RowArrays& r, double kappa, double* change, int n_threads, const Previous& previous) {
  return r.with_costs([&](const auto costs) {
    return reduce_rows<RowSums>(r.size(), n_threads, [&](Range range) {
      const double* const center = r.center.data();
      const double* const z = r.z.data();
      const std::int8_t* const y = r.y;
      std::uint8_t* const curved = r.curved.data();
      // Copies: flags are bytes, and bytes might be part of anything that is not local.
      const auto cost = costs;
      const auto former = previous;
      const double band = kappa;
      double gap = 0.0, dual = 0.0, distance = 0.0, balance = 0.0;
#pragma omp simd reduction(+ : gap, dual, distance, balance)
      for (std::size_t k = range.begin; k < range.end; ++k) {
        const double c = cost[k];
        const double before = former(k, c);
        const double a = Loss::multiplier(center[k], z[k], c, band);
        const double move = a - center[k];
        change[k] = y[k] * (a - before);
        curved[k] = Loss::curved(center[k], z[k], c, band) ? 1 : 0;
        gap += Loss::gap(a, z[k], c);
        dual += Loss::dual_value(a, c);
        distance += move * move / (c * band);
        balance += change[k];
      }
      return RowSums{gap, dual, distance, balance};
    });
  });
}

// What has moved since the rows were last brought up to date.
struct Movement {
  enum class Of { kNothing, kPoint, kCenter, kBand } of = Of::kNothing;
  double length = 0.0;  // of the step along the direction of z
  double kappa = 0.0;   // before
};

// The rows follow; what a multiplier was is computed from what it depended on. `change` holds the direction of z first.
template <class Loss>
RowSums follow(RowArrays& r, double kappa, const Movement& movement, double* change, int n_threads) {
  double* const center = r.center.data();
  double* const z = r.z.data();
  const double before = movement.kappa, length = movement.length;
  const auto update = [&](const auto& previous) {
    return update_multipliers<Loss>(r, kappa, change, n_threads, previous);
  };
  switch (movement.of) {
    case Movement::Of::kNothing:
      return update([](std::size_t, double) { return 0.0; });
    case Movement::Of::kCenter:
      return update([=](std::size_t k, double c) { return center[k] = Loss::multiplier(center[k], z[k], c, before); });
    case Movement::Of::kBand:
      return update([=](std::size_t k, double c) { return Loss::multiplier(center[k], z[k], c, before); });
    case Movement::Of::kPoint:
      break;
  }
  return update([=](std::size_t k, double c) {
    const double multiplier = Loss::multiplier(center[k], z[k], c, kappa);
    z[k] += length * change[k];
    return multiplier;
  });
}

// The centres become the multipliers.
template <class Loss>
void center_on_multipliers(RowArrays& r, double kappa, int n_threads) {
  r.with_costs([&](const auto costs) {
    return reduce_rows<RowSums>(r.size(), n_threads, [&](Range range) {
      double* const center = r.center.data();
      const double* const z = r.z.data();
#pragma omp simd
      for (std::size_t k = range.begin; k < range.end; ++k)
        center[k] = Loss::multiplier(center[k], z[k], costs[k], kappa);
      return RowSums{};
    });
  });
}

struct SlopeSums {
  double first = 0.0, second = 0.0;
  SlopeSums& operator+=(const SlopeSums& o) {
    first += o.first;
    second += o.second;
    return *this;
  }
};

// What the rows add to the derivatives of the inner problem at z + t dz, beyond those at z.
template <class Loss>
SlopeSums slope_at(const RowArrays& r, double kappa, const double* dz, double t, int n_threads) {
  return r.with_costs([&](const auto costs) {
    return reduce_rows<SlopeSums>(r.size(), n_threads, [&](Range range) {
      const double* const center = r.center.data();
      const double* const z0 = r.z.data();
      double first = 0.0, second = 0.0;
#pragma omp simd reduction(+ : first, second)
      for (std::size_t k = range.begin; k < range.end; ++k) {
        const double c = costs[k], z = z0[k] + t * dz[k];
        const double before = Loss::multiplier(center[k], z0[k], c, kappa);
        first += (Loss::multiplier(center[k], z, c, kappa) - before) * dz[k];
        second += Loss::curved(center[k], z, c, kappa) ? c * kappa * dz[k] * dz[k] : 0.0;
      }
      return SlopeSums{first, second};
    });
  });
}

}  // namespace maxmargin
