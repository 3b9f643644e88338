#include "solvers/newton.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <utility>

#include "losses/hinge.hpp"
#include "losses/squared_hinge.hpp"
#include "simd/vector.hpp"
#include "solvers/active_rows.hpp"
#include "solvers/best_point.hpp"
#include "solvers/line_search.hpp"
#include "solvers/newton_system.hpp"
#include "solvers/row_passes.hpp"
#include "solvers/safeguard.hpp"
#include "solvers/subsample.hpp"

namespace maxmargin {
namespace {

constexpr double kGrowth = 4.0;          // of kappa after an inner problem that took a usual number of steps
constexpr int kEasyInner = 3;            // up to here kappa may grow faster
constexpr int kHardInner = 10;           // from here it grows less
constexpr double kInnerAccuracy = 0.1;   // squared gradient of the inner problem, against the proximal distance
constexpr double kLineAccuracy = 0.1;    // slope at the accepted step, against the slope at 0
constexpr int kMostInner = 20;           // Newton steps before a wider band is tried
constexpr double kRounding = 1e-14;      // of an objective, relative to the sums it is made of
constexpr int kMostRefusals = 10;        // of a point that the certificate would not confirm
constexpr double kConditioning = 100.0;  // of the first inner problem when multipliers are known
constexpr double kRadiusFactor = 4.0;    // active rows are kept for this many times the last step

template <class Loss>
class Newton {
 public:
  Newton(const Problem& problem, const Settings& settings, Monitor& monitor, const Stopwatch& watch, Solution& out)
      : problem_(problem),
        settings_(settings),
        monitor_(monitor),
        watch_(watch),
        out_(out),
        run_{settings.n_threads, &monitor},
        d_(problem.X.n_features()),
        order_(d_ + (problem.fit_intercept ? 1 : 0)) {
    system_ = make_system(problem, settings.matrix_bytes, run_);
    step_.resize(order_);
    gradient_.resize(order_);
  }

  // Minimises over the rows of `subset` (empty: all) from (w, b), to relative gap `tol`. False: asked to stop.
  // Multipliers that are given are used up. The answer has multipliers where it may be the last.
  bool solve(const Subset& subset, double tol, double kappa, std::vector<double> multipliers, std::vector<double>& w,
             double& b) {
    ActiveRows<Loss> rows(problem_, subset.rows, subset.scale, run_);
    whole_ = subset.rows.empty();
    try {
      begin(rows, std::move(multipliers), w, b, kappa);
      while (solve_inner(rows, tol, w, b)) next_center(rows);
    } catch (const Interrupted&) {
      status_ = monitor_.reason();
    }
    const bool go_on = status_ == Status::kOptimal || status_ == Status::kNumericalLimit;
    finish(rows, subset.scale, whole_ || !go_on);
    w = out_.coef;
    b = out_.intercept;
    return go_on;
  }

 private:
  static constexpr double kLargestKappa = 1e13;

  Solution& best() { return best_.point; }

  void begin(ActiveRows<Loss>& rows, std::vector<double> multipliers, const std::vector<double>& w, double b,
             double kappa) {
    RowArrays& r = rows.all();
    kappa_ = kappa;
    last_gap_ = std::numeric_limits<double>::infinity();
    stalled_ = 0;
    best_.begin(w, b, problem_.X.n_rows());
    movement_ = {};
    inactive_dual_ = 0.0;
    radius_ = std::numeric_limits<double>::infinity();
    balance_ = 0.0;
    for (std::size_t k = 0; k < r.size(); ++k)
      r.center[k] = multipliers.empty() ? Loss::start(r.c(k)) : multipliers[r.design_row(k)];
    std::vector<double>().swap(multipliers);  // n numbers less from here on
    rows.refresh(w, b);
    combined_.assign(d_, 0.0);
  }

  // The multipliers just found become the centre, and the band narrows; or it widens where Newton's method struggled.
  void next_center(const ActiveRows<Loss>& rows) {
    movement_ = {inner_solved_ ? Movement::Of::kCenter : Movement::Of::kBand, 0.0, kappa_};
    if (inner_solved_) {
      best_.center_moves(rows, dual_);
      kappa_ *= inner_steps_ <= kEasyInner ? 2.0 * kGrowth : (inner_steps_ < kHardInner ? kGrowth : 0.5 * kGrowth);
    } else {
      kappa_ /= kGrowth;
    }
  }

  // Newton's method on one inner problem. False: done, or asked to stop (status_ says which).
  bool solve_inner(ActiveRows<Loss>& rows, double tol, std::vector<double>& w, double& b) {
    for (int inner = 0;; ++inner) {
      const RowSums sums = evaluate(rows, w);
      if (converged_or_stopped(rows, sums, tol, w, b)) return false;
      const double norm = simd::dot(gradient_.data(), gradient_.data(), order_);
      inner_steps_ = inner;
      inner_solved_ = inner > 0 && norm <= kInnerAccuracy * sums.distance;
      if (!Loss::kSmooth && (inner_solved_ || inner >= kMostInner)) return true;
      consider_shrinking(rows);
      system_->update(rows.current());
      if (!system_->solve(gradient_, kappa_, step_) || !take_step(rows, w, b)) {
        if (Loss::kSmooth) {
          status_ = Status::kNumericalLimit;
          return false;
        }
        // No descent: (w, b) minimises the inner problem to rounding, and better multipliers come next.
        inner_solved_ = true;
        return true;
      }
      ++out_.n_iter;
    }
  }

  // Multipliers, their combination v = sum a y x, the gradient (w - v, -sum a y), and the sums of the gap.
  RowSums evaluate(ActiveRows<Loss>& rows, const std::vector<double>& w) {
    RowArrays& r = rows.current();
    change_.resize(r.size());
    const RowSums sums = follow<Loss>(r, kappa_, movement_, change_.data(), settings_.n_threads);
    multiply_transposed(problem_.X, r.rows(), change_.data(), combined_.data(), run_);
    for (std::size_t j = 0; j < d_; ++j) gradient_[j] = w[j] - combined_[j];
    balance_ += sums.balance;
    if (problem_.fit_intercept) gradient_[d_] = -balance_;
    return sums;
  }

  bool converged_or_stopped(ActiveRows<Loss>& rows, const RowSums& sums, double tol, const std::vector<double>& w,
                            double b) {
    const double unrepaired = sums.dual + inactive_dual_ - 0.5 * simd::dot(combined_.data(), combined_.data(), d_);
    // What repairing sum(alpha y) = 0 will cost; exactly known only once it is done.
    const double repair = problem_.fit_intercept ? std::abs(balance_) * (1.0 + std::abs(b)) : 0.0;
    const double terms = sums.gap + 0.5 * simd::dot(gradient_.data(), gradient_.data(), d_);
    // Objectives apart: the best (w, b) and the best multipliers need not come from the same iteration. Early on both
    // are differences of numbers far larger than themselves, so what rounding may have done counts against them.
    const double rounding = kRounding * (std::abs(unrepaired) + terms);
    const double dual = unrepaired - repair - rounding;
    const double primal = unrepaired + terms - (problem_.fit_intercept ? b * balance_ : 0.0) + rounding;
    const bool best_of_both = terms + repair <= best().primal - std::max(best().dual, dual);
    if (primal < best().primal || best_of_both) best_.keep_primal(w, b, primal);
    const double best_dual = std::max(best().dual, dual);
    const double gap = best_of_both ? terms + repair : std::max(best().primal - best_dual, 0.0);
    const Record record{
        out_.n_iter, best().primal, best_dual, gap, static_cast<std::int64_t>(rows.current().size()), watch_.seconds()};
    out_.history.push_back(whole_ ? record : record.of_some_rows());
    const bool stopped = is_last(record, tol);
    dual_ = dual;
    if (stopped) {
      LargeVector<double>().swap(change_);
      best_.store(rows, kappa_, dual, best_of_both);
    }
    if (!stopped && Loss::kSmooth &&
        (best_of_both || (dual > best().dual && gap < 0.5 * (best().primal - best().dual))))
      best_.keep_in_center(rows, kappa_, dual, settings_.n_threads);
    best().gap = gap;
    if (stopped && status_ == Status::kOptimal && whole_) return confirmed(tol);
    return stopped;
  }

  // The gap as the certificate sees it: after the multipliers have really been made feasible, which may cost more than
  // was thought, and without what rounding has added up on the way. Where it is small enough, it is the certificate.
  bool confirmed(double tol) {
    make_feasible<Loss>(problem_, best().multipliers);
    const Objectives found = objectives<Loss>(problem_, best(), run_);
    best().certified = within_tolerance(found.gap, found.dual, tol);
    if (best().certified) {
      best().primal = found.primal;
      best().dual = found.dual;
      best().gap = found.gap;
      return true;
    }
    best().primal = std::isfinite(found.primal) ? found.primal : std::numeric_limits<double>::infinity();
    best().dual = std::max(found.dual, 0.0);
    if (found.dual < 0.0) std::fill(best().multipliers.begin(), best().multipliers.end(), 0.0);
    best().gap = best().primal - best().dual;
    status_ = Status::kNumericalLimit;  // until the iterations that follow do better
    return ++refusals_ > kMostRefusals || out_.n_iter >= settings_.max_iter;
  }

  bool is_last(const Record& record, double tol) {
    if (within_tolerance(record.gap, record.dual, tol))
      status_ = Status::kOptimal;
    else if (!std::isfinite(record.gap))
      status_ = Status::kNumericalLimit;
    else if (monitor_.report(out_.history.back()))
      status_ = monitor_.reason();
    else if (out_.n_iter >= settings_.max_iter)
      status_ = Status::kMaxIter;
    else if (record.seconds > settings_.max_time)
      status_ = Status::kMaxTime;
    else if (stalls(record.gap) || kappa_ > kLargestKappa)
      status_ = Status::kNumericalLimit;
    else
      return false;
    return true;
  }

  // No better gap for very long: rounding has the last word.
  bool stalls(double gap) {
    if (gap < 0.9 * last_gap_) {
      last_gap_ = gap;
      stalled_ = 0;
    }
    return ++stalled_ > 150;
  }

  bool take_step(ActiveRows<Loss>& rows, std::vector<double>& w, double& b) {
    const double length = std::sqrt(simd::dot(step_.data(), step_.data(), order_));
    if (!(length > 0.0) || !std::isfinite(length)) return false;
    if (rows.shrunk() && travelled_ + length > radius_) expand(rows, w, b);
    RowArrays& r = rows.current();
    const double db = problem_.fit_intercept ? step_[d_] : 0.0;
    change_.resize(r.size());
    multiply(problem_.X, r.rows(), step_.data(), change_.data(), run_);
    against_labels(r.y, r.size(), db, change_.data(), [](double dz) { return -dz; });
    const double slope = simd::dot(gradient_.data(), step_.data(), order_);
    if (!(slope < 0.0)) return false;
    const double curvature = simd::dot(step_.data(), step_.data(), d_);
    const double largest = rows.shrunk() ? (radius_ - travelled_) / length : std::numeric_limits<double>::infinity();
    const double s = search_line(slope, largest, kLineAccuracy, [&](double t) {
      const SlopeSums sums = slope_at<Loss>(r, kappa_, change_.data(), t, settings_.n_threads);
      return Slope{slope + t * curvature + sums.first, curvature + sums.second};
    });
    for (std::size_t j = 0; j < d_; ++j) w[j] += s * step_[j];
    b += s * db;
    movement_ = {Movement::Of::kPoint, s, kappa_};
    last_length_ = s * length;
    travelled_ += last_length_;
    return true;
  }

  void expand(ActiveRows<Loss>& rows, const std::vector<double>& w, double b) {
    const Rows few = rows.expand(w, b, kappa_, change_);
    multiply_transposed(problem_.X, few, change_.data(), combined_.data(), run_);
    for (std::size_t k = 0; k < few.size; ++k) balance_ += change_[k];
    inactive_dual_ = 0.0;
    radius_ = std::numeric_limits<double>::infinity();
    patience_ = 4;
  }

  // Once after every step.
  void consider_shrinking(ActiveRows<Loss>& rows) {
    if (rows.shrunk() || rows.all().size() < 2 * order_ || considered_ == out_.n_iter) return;
    considered_ = out_.n_iter;
    if (patience_-- > 0) return;
    if (Loss::kSmooth && dual_ > best().dual) best_.keep_in_center(rows, kappa_, dual_, settings_.n_threads);
    const double radius = kRadiusFactor * last_length_;
    if (!rows.shrink(radius, kappa_, inactive_dual_)) {
      inactive_dual_ = 0.0;
      return;
    }
    radius_ = radius;
    travelled_ = 0.0;
  }

  // The best point is the answer. Multipliers of a subset are those of rows that weigh more than they should.
  void finish(const ActiveRows<Loss>& rows, double scale, bool with_multipliers) {
    LargeVector<double>().swap(change_);
    out_.coef = best().coef;
    out_.intercept = best().intercept;
    out_.multipliers = with_multipliers ? best_.take_multipliers(rows) : std::vector<double>{};
    for (double& alpha : out_.multipliers) alpha /= scale;
    out_.primal = best().primal;
    out_.dual = best().dual;
    out_.gap = best().gap;
    out_.certified = best().certified;
    out_.status = status_;
  }

  const Problem& problem_;
  const Settings& settings_;
  Monitor& monitor_;
  const Stopwatch& watch_;
  Solution& out_;
  Execution run_;
  std::size_t d_, order_;
  std::unique_ptr<NewtonSystem> system_;
  Status status_ = Status::kOptimal;
  BestPoint<Loss> best_;
  std::vector<double> gradient_, step_, combined_;
  LargeVector<double> change_;  // of the multipliers times y, or the direction of z
  Movement movement_;
  double kappa_ = 0.25, balance_ = 0.0, inactive_dual_ = 0.0, dual_ = 0.0;
  double radius_ = 0.0, travelled_ = 0.0, last_length_ = 0.0, last_gap_ = 0.0;
  std::int64_t considered_ = 0;  // whether to shrink, after so many steps
  int stalled_ = 0, patience_ = 2, inner_steps_ = 0, refusals_ = 0;
  bool whole_ = true;  // not a subset of the rows
  bool inner_solved_ = false;
};

// Largest kappa for which the first inner problem is well conditioned: c kappa ||x||^2 about kConditioning. Where C is
// large, multipliers are far below it, and a band in units of C would be no band at all.
double moderate_kappa(const Problem& problem, const Settings& settings) {
  const std::size_t n = problem.X.n_rows();
  double norms = 0.0, costs = 0.0;
  std::vector<double> squared(std::min(n, kRowsPerPiece));
  for (std::size_t begin = 0; begin < n; begin += kRowsPerPiece) {
    const std::size_t size = std::min(kRowsPerPiece, n - begin);
    squared_norms(problem.X, Rows{nullptr, begin, size}, squared.data(), Execution{settings.n_threads, nullptr});
    for (std::size_t k = 0; k < size; ++k) norms += squared[k], costs += problem.c[begin + k];
  }
  const double product = norms / static_cast<double>(n) * costs / static_cast<double>(n);
  return product > 0.0 ? kConditioning / product : std::numeric_limits<double>::infinity();
}

}  // namespace

template <class Loss>
Solution solve_newton(const Problem& problem, const Settings& settings, Start start, Monitor& monitor) {
  const Stopwatch watch;
  Solution out;
  std::vector<double> w = start.coef.empty() ? std::vector<double>(problem.X.n_features(), 0.0) : start.coef;
  double b = start.intercept;
  const bool cold = start.coef.empty();
  double kappa = Loss::kappa_of_width(cold ? kWideBand : kNarrowBand);
  if (!Loss::kSmooth && !start.multipliers.empty()) kappa = std::min(kappa, moderate_kappa(problem, settings));
  if (cold)
    for (const Subset& subset : subsamples(problem, settings.seed)) {
      Newton<Loss> newton(problem, settings, monitor, watch, out);
      if (!newton.solve(subset, kSubsampleTolerance, kappa, {}, w, b)) {
        if (out.status != Status::kInterrupted) safeguard<Loss>(problem, out, Execution{settings.n_threads, nullptr});
        return out;
      }
      if (out.status == Status::kOptimal) kappa = Loss::kappa_of_width(kNarrowBand);
    }
  Newton<Loss> newton(problem, settings, monitor, watch, out);
  newton.solve(Subset{{}, 1.0}, settings.tol, kappa, std::move(start.multipliers), w, b);
  if (out.status != Status::kOptimal && out.status != Status::kInterrupted)
    safeguard<Loss>(problem, out, Execution{settings.n_threads, nullptr});
  return out;
}

template Solution solve_newton<Hinge>(const Problem&, const Settings&, Start, Monitor&);
template Solution solve_newton<SquaredHinge>(const Problem&, const Settings&, Start, Monitor&);

}  // namespace maxmargin
