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

// Multipliers at the slacks; change[k] becomes y times what each moved by.
template <class Loss>
RowSums update_multipliers(RowArrays& r, double kappa, double* change, int n_threads) {
  return reduce_rows<RowSums>(r.size(), n_threads, [&](Range range) {
    const double* const alpha = r.alpha.data();
    const double* const z = r.z.data();
    const double* const c = r.c.data();
    const double* const y = r.y.data();
    double* const multiplier = r.multiplier.data();
    std::uint8_t* const curved = r.curved.data();
    double gap = 0.0, dual = 0.0, distance = 0.0, balance = 0.0;
#pragma omp simd reduction(+ : gap, dual, distance, balance)
    for (std::size_t k = range.begin; k < range.end; ++k) {
      const double a = Loss::multiplier(alpha[k], z[k], c[k], kappa);
      const double move = a - alpha[k];
      change[k] = y[k] * (a - multiplier[k]);
      multiplier[k] = a;
      curved[k] = Loss::curved(alpha[k], z[k], c[k], kappa) ? 1 : 0;
      gap += Loss::gap(a, z[k], c[k]);
      dual += Loss::dual_value(a, c[k]);
      distance += move * move / (c[k] * kappa);
      balance += change[k];
    }
    return RowSums{gap, dual, distance, balance};
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
  return reduce_rows<SlopeSums>(r.size(), n_threads, [&](Range range) {
    const double* const alpha = r.alpha.data();
    const double* const z0 = r.z.data();
    const double* const c = r.c.data();
    const double* const multiplier = r.multiplier.data();
    double first = 0.0, second = 0.0;
#pragma omp simd reduction(+ : first, second)
    for (std::size_t k = range.begin; k < range.end; ++k) {
      const double z = z0[k] + t * dz[k];
      first += (Loss::multiplier(alpha[k], z, c[k], kappa) - multiplier[k]) * dz[k];
      second += Loss::curved(alpha[k], z, c[k], kappa) ? c[k] * kappa * dz[k] * dz[k] : 0.0;
    }
    return SlopeSums{first, second};
  });
}

}  // namespace maxmargin
