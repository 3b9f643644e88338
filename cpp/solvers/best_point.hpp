// The best (w, b) and the best multipliers that Newton's method has seen, each from its own iteration: any pair may be
// certified. Multipliers are copied only where they would be lost; mostly they are the centre of the proximal step.
#pragma once

#include <cstddef>
#include <limits>
#include <utility>
#include <vector>

#include "solvers/active_rows.hpp"
#include "solvers/row_passes.hpp"

namespace maxmargin {

template <class Loss>
class BestPoint {
 public:
  Solution point;  // its multipliers are there once `store` has been called

  void begin(const std::vector<double>& w, double b, std::size_t n_rows) {
    point = Solution{};
    point.coef = w;
    point.intercept = b;
    point.primal = point.gap = std::numeric_limits<double>::infinity();
    n_rows_ = n_rows;
    kept_ = Kept::kNowhere;
  }

  void keep_primal(const std::vector<double>& w, double b, double primal) {
    point.coef = w;
    point.intercept = b;
    point.primal = primal;
  }

  // The present multipliers are about to become the centre.
  void center_moves(const ActiveRows<Loss>& rows, double dual) {
    if (dual >= point.dual || kept_ == Kept::kNowhere)
      in_center(dual);
    else if (kept_ == Kept::kInCenter)
      store_center(rows);
  }

  // The centre means nothing to a smooth loss: the best multipliers may lie there.
  void keep_in_center(ActiveRows<Loss>& rows, double kappa, double dual, int n_threads) {
    center_on_multipliers<Loss>(rows.current(), kappa, n_threads);
    in_center(dual);
  }

  // The present multipliers where they are better, or asked for; else those that were kept.
  void store(const ActiveRows<Loss>& rows, double kappa, double dual, bool present) {
    if (present || dual > point.dual || kept_ == Kept::kNowhere) {
      point.dual = dual;
      copy(rows,
           [&](const RowArrays& r, std::size_t k) { return Loss::multiplier(r.center[k], r.z[k], r.c(k), kappa); });
    } else if (kept_ == Kept::kInCenter) {
      store_center(rows);
    }
  }

  // For the answer: 0 where none were found.
  std::vector<double> take_multipliers(const ActiveRows<Loss>& rows) {
    if (kept_ == Kept::kInCenter) store_center(rows);
    if (kept_ == Kept::kNowhere) point.multipliers.assign(n_rows_, 0.0);
    return std::move(point.multipliers);
  }

 private:
  enum class Kept { kNowhere, kInCenter, kStored };  // where the multipliers of `point.dual` are

  void in_center(double dual) {
    std::vector<double>().swap(point.multipliers);
    point.dual = dual;
    kept_ = Kept::kInCenter;
  }

  void store_center(const ActiveRows<Loss>& rows) {
    copy(rows, [](const RowArrays& r, std::size_t k) { return r.center[k]; });
  }

  template <class F>
  void copy(const ActiveRows<Loss>& rows, const F& multiplier) {
    point.multipliers.assign(n_rows_, 0.0);
    rows.for_each(multiplier, [&](std::size_t i, double alpha) { point.multipliers[i] = alpha; });
    kept_ = Kept::kStored;
  }

  std::size_t n_rows_ = 0;
  Kept kept_ = Kept::kNowhere;
};

}  // namespace maxmargin
