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

// Parallel arrays over the rows under consideration.
struct RowArrays {
  std::vector<RowIndex> row;  // index into the design; empty when the rows are 0..n-1
  LargeVector<double> y, c;
  LargeVector<double> alpha;          // centre of the proximal step
  LargeVector<double> multiplier;     // the multiplier at the current point
  LargeVector<double> z;              // slack 1 - y f at the current point
  std::vector<std::uint8_t> curved;   // whether the multiplier moves with z there
  std::vector<std::uint8_t> counted;  // whether the Newton system holds the row
  std::size_t size() const { return z.size(); }

  Rows rows() const { return row.empty() ? Rows::all(size()) : Rows::list(row); }

  void resize(std::size_t n, bool listed) {
    if (listed) row.resize(n);
    for (auto* v : {&y, &c, &alpha, &multiplier, &z}) v->resize(n);
    curved.resize(n);
    counted.resize(n);
  }
};

template <class Loss>
class ActiveRows {
 public:
  // All rows of `subset` (or of the design when empty) with c > 0; c is multiplied by `scale`.
  ActiveRows(const Problem& problem, const std::vector<RowIndex>& subset, double scale, const Execution& run)
      : problem_(problem), run_(run) {
    const std::size_t n = subset.empty() ? problem.X.n_rows() : subset.size();
    std::size_t kept = 0;
    for (std::size_t k = 0; k < n; ++k) kept += problem.c[subset.empty() ? k : subset[k]] > 0.0;
    const bool listed = !subset.empty() || kept < n;
    all_.resize(kept, listed);
    std::size_t e = 0;
    for (std::size_t k = 0; k < n; ++k) {
      const std::size_t i = subset.empty() ? k : subset[k];
      if (!(problem.c[i] > 0.0)) continue;
      if (listed) all_.row[e] = static_cast<RowIndex>(i);
      all_.y[e] = problem.y[i];
      all_.c[e] = scale * problem.c[i];
      ++e;
    }
  }

  RowArrays& current() { return shrunk_ ? few_ : all_; }
  const RowArrays& all() const { return all_; }
  RowArrays& all() { return all_; }
  bool shrunk() const { return shrunk_; }

  // z of every row at (w, b), afresh.
  void refresh(const std::vector<double>& w, double b) {
    multiply(problem_.X, all_.rows(), w.data(), all_.z.data(), run_);
    for (std::size_t k = 0; k < all_.size(); ++k) all_.z[k] = 1.0 - all_.y[k] * (all_.z[k] + b);
  }

  // Back to all rows; what is known of the few is kept, every slack is computed afresh.
  void expand(const std::vector<double>& w, double b) {
    if (!shrunk_) return;
    for (std::size_t k = 0; k < few_.size(); ++k) {
      all_.alpha[position_[k]] = few_.alpha[k];
      all_.multiplier[position_[k]] = few_.multiplier[k];
      all_.curved[position_[k]] = few_.curved[k];
      all_.counted[position_[k]] = few_.counted[k];
    }
    shrunk_ = false;
    refresh(w, b);
  }

  // Keeps the rows whose multiplier could change within `radius` of (w, b), a distance in the space of
  // (w, b) joined; true if that left out enough rows to be worth it.
  bool shrink(double radius, double kappa) {
    if (shrunk_) return false;
    if (norms_.empty()) compute_norms();
    position_.clear();
    for (std::size_t k = 0; k < all_.size(); ++k)
      if (!settled(k, radius, kappa)) position_.push_back(static_cast<RowIndex>(k));
    if (2 * position_.size() > all_.size()) return false;
    few_.resize(position_.size(), true);
    for (std::size_t e = 0; e < position_.size(); ++e) {
      const std::size_t k = position_[e];
      few_.row[e] = all_.row.empty() ? static_cast<RowIndex>(k) : all_.row[k];
      few_.y[e] = all_.y[k];
      few_.c[e] = all_.c[k];
      few_.alpha[e] = all_.alpha[k];
      few_.multiplier[e] = all_.multiplier[k];
      few_.z[e] = all_.z[k];
      few_.curved[e] = all_.curved[k];
      few_.counted[e] = all_.counted[k];
    }
    shrunk_ = true;
    return true;
  }

 private:
  // A settled row has reached its bound (its centre too) and stays there within the radius.
  bool settled(std::size_t k, double radius, double kappa) {
    if (all_.curved[k] || all_.counted[k]) return false;
    const double slack = Loss::slack(all_.multiplier[k], all_.z[k], all_.c[k], kappa);
    if (slack <= radius * norms_[k]) return false;
    if constexpr (Loss::kSmooth) {
      all_.alpha[k] = all_.multiplier[k];
      return all_.multiplier[k] == 0.0;
    }
    return all_.alpha[k] == all_.multiplier[k];
  }

  void compute_norms() {
    std::vector<double> squared(all_.size());
    squared_norms(problem_.X, all_.rows(), squared.data(), run_);
    norms_.resize(all_.size());
    const double one = problem_.fit_intercept ? 1.0 : 0.0;
    // Rounded up: the bound must hold exactly.
    for (std::size_t k = 0; k < all_.size(); ++k)
      norms_[k] = static_cast<float>(std::sqrt(squared[k] + one) * 1.000001) + 1e-30f;
  }

  const Problem& problem_;
  const Execution& run_;
  RowArrays all_, few_;
  std::vector<RowIndex> position_;
  std::vector<float> norms_;
  bool shrunk_ = false;
};

}  // namespace maxmargin
