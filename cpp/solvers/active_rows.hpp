// The rows a Newton solver looks at. Rows far from the kink cannot change their multiplier while the
// iterate stays near; they are left out, exactly, until it has moved too far (a bound on <x, dw> decides).
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "design/products.hpp"
#include "memory/large_vector.hpp"
#include "solvers/problem.hpp"

namespace maxmargin {

// Parallel arrays over the rows under consideration. Whatever follows from them is computed where it is needed: rows of
// a dozen non-zeros take little more memory than a dozen numbers.
struct RowArrays {
  std::vector<RowIndex> row;          // index into the design; empty when the rows are 0..n-1
  const std::int8_t* y;               // of the problem, or own_y
  double cost = 0.0;                  // of every row, unless `costs` has one for each
  const double* costs;                // of the problem, or own_costs; null where all are the same
  LargeVector<double> center;         // multipliers: the centre of the proximal step, or the best where there is none
  LargeVector<double> z;              // slack 1 - y f at the current point
  std::vector<std::uint8_t> curved;   // whether the multiplier moves with z there
  std::vector<std::uint8_t> counted;  // whether the Newton system holds the row
  std::size_t size() const { return center.size(); }

  Rows rows() const { return row.empty() ? Rows::all(size()) : Rows::list(row); }
  std::size_t design_row(std::size_t k) const { return row.empty() ? k : row[k]; }
  double c(std::size_t k) const { return costs == nullptr ? cost : costs[k]; }

  // Calls f with the costs as something to index, in a form that loops over rows are compiled for.
  template <class F>
  auto with_costs(const F& f) const {
    struct Same {
      double cost;
      double operator[](std::size_t) const { return cost; }
    };
    return costs == nullptr ? f(Same{cost}) : f(costs);
  }

  void resize(std::size_t n) {
    center.resize(n);
    curved.resize(n);
    counted.resize(n);
  }

  // Rows that are listed have labels and costs of their own.
  void list(std::size_t n, bool own_costs_too) {
    row.resize(n);
    own_y_.resize(n);
    y = own_y_.data();
    if (!own_costs_too) return;
    own_costs_.resize(n);
    costs = own_costs_.data();
  }
  void set(std::size_t k, std::size_t i, std::int8_t label, double c) {
    row[k] = static_cast<RowIndex>(i);
    own_y_[k] = label;
    if (!own_costs_.empty()) own_costs_[k] = c;
  }

 private:
  std::vector<std::int8_t> own_y_;
  std::vector<double> own_costs_;
};

// v[k] becomes f(y_k (v[k] + b)).
template <class F>
void against_labels(const std::int8_t* y, std::size_t n, double b, double* v, const F& f) {
#pragma omp simd
  for (std::size_t k = 0; k < n; ++k) v[k] = f(y[k] * (v[k] + b));
}

template <class Loss>
class ActiveRows {
 public:
  // All rows of `subset` (or of the design when empty) with c > 0; c is multiplied by `scale`.
  ActiveRows(const Problem& problem, const std::vector<RowIndex>& subset, double scale, const Execution& run)
      : problem_(problem), run_(run) {
    const std::size_t n = subset.empty() ? problem.X.n_rows() : subset.size();
    std::size_t kept = 0;
    for (std::size_t k = 0; k < n; ++k) kept += problem.c[subset.empty() ? k : subset[k]] > 0.0;
    const bool uniform = problem.c.uniform();
    all_.y = problem.y;
    all_.cost = few_.cost = n > 0 && uniform ? scale * problem.c[0] : 0.0;
    all_.costs = uniform ? nullptr : problem.c.value;
    few_.costs = nullptr;
    all_.resize(kept);
    all_.z.resize(kept);
    if (subset.empty() && kept == n) return;
    all_.list(kept, !uniform);
    std::size_t e = 0;
    for (std::size_t k = 0; k < n; ++k) {
      const std::size_t i = subset.empty() ? k : subset[k];
      if (problem.c[i] > 0.0) all_.set(e++, i, problem.y[i], scale * problem.c[i]);
    }
  }

  RowArrays& current() { return shrunk_ ? few_ : all_; }
  const RowArrays& all() const { return all_; }
  RowArrays& all() { return all_; }
  bool shrunk() const { return shrunk_; }

  // Slacks of every row at (w, b), afresh.
  void refresh(const std::vector<double>& w, double b) {
    multiply(problem_.X, all_.rows(), w.data(), all_.z.data(), run_);
    against_labels(all_.y, all_.size(), b, all_.z.data(), [](double m) { return 1.0 - m; });
  }

  // Calls f with each row of the design that is here and value(rows, k) of its place k; settled rows are at their
  // centre.
  template <class Value, class F>
  void for_each(const Value& value, const F& f) const {
    for (std::size_t k = 0; k < all_.size(); ++k) f(all_.design_row(k), shrunk_ ? all_.center[k] : value(all_, k));
    for (std::size_t k = 0; shrunk_ && k < few_.size(); ++k) f(few_.design_row(k), value(few_, k));
  }

  // Back to all rows: slacks are computed afresh, and change[k] becomes y times what this does to the multiplier of
  // the k-th of the few (those of the others stay where they are). Returns the few.
  Rows expand(const std::vector<double>& w, double b, double kappa, LargeVector<double>& change) {
    change.resize(few_.size());
    for (std::size_t k = 0; k < few_.size(); ++k) {
      all_.center[position_[k]] = few_.center[k];
      change[k] = Loss::multiplier(few_.center[k], few_.z[k], few_.c(k), kappa);
      all_.curved[position_[k]] = few_.curved[k];
      all_.counted[position_[k]] = few_.counted[k];
    }
    shrunk_ = false;
    all_.z.swap(few_.z);
    all_.z.resize(all_.size());
    refresh(w, b);
    for (std::size_t k = 0; k < position_.size(); ++k) {
      const std::size_t p = position_[k];
      change[k] = all_.y[p] * (Loss::multiplier(all_.center[p], all_.z[p], all_.c(p), kappa) - change[k]);
    }
    return Rows::list(few_.row);
  }

  // Keeps the rows whose multiplier could change within `radius` of (w, b), a distance in the space of
  // (w, b) joined; true if that left out enough rows to be worth it. `settled_dual` is what the others add to the dual.
  bool shrink(double radius, double kappa, double& settled_dual) {
    if (shrunk_) return false;
    if (norms_.empty()) compute_norms();
    position_.clear();
    position_.reserve(all_.size() / 2);
    settled_dual = 0.0;
    for (std::size_t k = 0; k < all_.size(); ++k) {
      if (settled(k, radius, kappa)) {
        settled_dual += Loss::dual_value(all_.center[k], all_.c(k));
      } else {
        if (2 * position_.size() + 2 > all_.size()) return false;  // more than half of the rows
        position_.push_back(static_cast<RowIndex>(k));
      }
    }
    const std::size_t n = position_.size();
    few_.resize(n);
    few_.list(n, all_.costs != nullptr);
    for (std::size_t e = 0; e < n; ++e) {
      const std::size_t k = position_[e];
      few_.set(e, all_.design_row(k), all_.y[k], all_.c(k));
      few_.center[e] = all_.center[k];
      few_.curved[e] = all_.curved[k];
      few_.counted[e] = all_.counted[k];
      all_.z[e] = all_.z[k];  // in place: those of the other rows will be computed afresh
    }
    all_.z.resize(n);
    few_.z.swap(all_.z);
    shrunk_ = true;
    return true;
  }

 private:
  // A settled row has reached its bound (its centre too) and stays there within the radius.
  bool settled(std::size_t k, double radius, double kappa) const {
    if (all_.curved[k] || all_.counted[k]) return false;
    const double c = all_.c(k), center = all_.center[k], z = all_.z[k];
    const double multiplier = Loss::multiplier(center, z, c, kappa);
    return multiplier == center && (!Loss::kSmooth || multiplier == 0.0) &&
           Loss::slack(multiplier, z, c, kappa) > radius * norms_[k];
  }

  void compute_norms() {
    const std::size_t n = all_.size(), pieces = pieces_for(problem_.X, n);
    const double one = problem_.fit_intercept ? 1.0 : 0.0;
    norms_.resize(n);
    parallel_for(
        pieces, run_.n_threads,
        [&](std::size_t p) {
          const Range r = piece(n, pieces, p);
          std::vector<double> squared(r.end - r.begin);
          problem_.X.squared_norms(all_.rows().slice(r), squared.data());
          // Rounded up: the bound must hold exactly.
          for (std::size_t k = r.begin; k < r.end; ++k)
            norms_[k] = static_cast<float>(std::sqrt(squared[k - r.begin] + one) * 1.000001) + 1e-30f;
        },
        run_.interrupt);
  }

  const Problem& problem_;
  const Execution& run_;
  RowArrays all_, few_;
  std::vector<RowIndex> position_;
  std::vector<float> norms_;
  bool shrunk_ = false;
};

}  // namespace maxmargin
