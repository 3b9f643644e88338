#include "solvers/coordinate.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "losses/hinge.hpp"
#include "losses/squared_hinge.hpp"
#include "simd/vector.hpp"
#include "solvers/newton.hpp"
#include "solvers/newton_system.hpp"
#include "solvers/random.hpp"
#include "solvers/safeguard.hpp"

namespace maxmargin {
namespace {

constexpr int kFewestEpochs = 8;  // before the rate of convergence is trusted
constexpr int kMostEpochs = 1000;
// Predicted epochs to go above which Newton's method takes over: about what it costs, where its systems are d x d
// and where they are larger.
constexpr double kMostMoreEpochsNarrow = 30.0, kMostMoreEpochsWide = 150.0;
constexpr std::size_t kPrefetchDistance = 4;

template <class Loss>
class CoordinateDescent {
 public:
  CoordinateDescent(const Problem& problem, const Settings& settings, Monitor& monitor, Solution& out)
      : problem_(problem), settings_(settings), monitor_(monitor), out_(out), run_{settings.n_threads, &monitor} {}

  void begin(const Start& start) {
    const std::size_t n = problem_.X.n_rows();
    w_.assign(problem_.X.n_features(), 0.0);
    alpha_.assign(n, 0.0);
    norm_.resize(n);
    squared_norms(problem_.X, Rows::all(n), norm_.data(), run_);
    b_ = start.intercept;
    if (!start.multipliers.empty()) warm_start(start);
    double total = 0.0;
    for (double q : norm_) total += q;
    double cost = 0.0;
    for (std::size_t i = 0; i < n; ++i) cost += problem_.c[i];
    // b moves by rho times the imbalance, at most the sum of c: it must be able to cross the margin in one epoch.
    // Costs or norms at the edge of float64 must not make it infinite.
    rho_ =
        problem_.fit_intercept ? std::clamp(std::max(total / static_cast<double>(n), 4.0 / cost), 1e-300, 1e100) : 0.0;
    for (double& q : norm_) q += rho_;
    all_rows();
  }

  // Epochs until optimal (true), or until another method should go on (false).
  bool run() {
    for (int epoch = 0; epoch < kMostEpochs; ++epoch) {
      const double estimate = one_epoch(epoch);
      ++out_.n_iter;
      if (problem_.fit_intercept) b_ += rho_ * balance_;
      const double dual = dual_value();
      if (stopped(estimate, dual)) return true;
      if (within_tolerance(estimate, dual, settings_.tol)) {
        if (confirmed()) return true;
        all_rows();
      }
      seen_.push_back(estimate);
      if (epoch >= kFewestEpochs && too_slow(dual)) return false;
    }
    return false;
  }

  Start point() const { return Start{w_, b_, alpha_}; }

  void store(Status status) {
    out_.status = status;
    out_.coef = w_;
    out_.intercept = b_;
    out_.multipliers = alpha_;
  }

 private:
  void warm_start(const Start& start) {
    std::vector<double> v(alpha_.size());
    for (std::size_t i = 0; i < alpha_.size(); ++i) {
      alpha_[i] = problem_.c[i] > 0.0 ? std::clamp(start.multipliers[i], 0.0, Loss::upper(problem_.c[i])) : 0.0;
      v[i] = problem_.y[i] * alpha_[i];
      balance_ += v[i];
    }
    multiply_transposed(problem_.X, Rows::all(alpha_.size()), v.data(), w_.data(), run_);
  }

  void all_rows() {
    active_.clear();
    for (std::size_t i = 0; i < alpha_.size(); ++i)
      if (problem_.c[i] > 0.0) active_.push_back(static_cast<RowIndex>(i));
    threshold_ = std::numeric_limits<double>::infinity();
  }

  // One pass over the active rows in random order; returns the gap seen on the way.
  double one_epoch(int epoch) {
    Random random(settings_.seed, static_cast<std::uint64_t>(epoch));
    for (std::size_t k = active_.size(); k > 1; --k) std::swap(active_[k - 1], active_[random.below(k)]);
    double gap = 0.0, largest = 0.0;
    std::size_t kept = 0;
    for (std::size_t k = 0; k < active_.size(); ++k) {
      if (k + kPrefetchDistance < active_.size()) problem_.X.prefetch_row(active_[k + kPrefetchDistance]);
      if ((k & 1023) == 0 && monitor_.requested()) throw Interrupted{};
      const std::size_t i = active_[k];
      const double y = problem_.y[i], c = problem_.c[i], alpha = alpha_[i];
      const double b = b_ + rho_ * balance_;
      const double z = 1.0 - y * (problem_.X.dot_row(i, w_.data()) + b);
      gap += Loss::gap(alpha, z, c);
      if ((alpha <= 0.0 && z < -threshold_) || (alpha >= Loss::upper(c) && z > threshold_)) continue;
      active_[kept++] = active_[k];
      if (!std::isfinite(z)) continue;  // a row beyond float64: no step is defined
      const double next =
          norm_[i] > 0.0 ? Loss::coordinate_step(alpha, z, c, norm_[i]) : Loss::coordinate_step(alpha, z, c, 1e-12);
      const double delta = next - alpha;
      largest = std::max(largest, std::abs(delta) * norm_[i]);
      if (delta == 0.0) continue;
      alpha_[i] = next;
      balance_ += y * delta;
      problem_.X.add_row(i, y * delta, w_.data());
    }
    active_.resize(kept);
    threshold_ = largest > 0.0 ? largest : std::numeric_limits<double>::infinity();
    return gap;
  }

  double dual_value() const {
    double dual = 0.0;
    for (std::size_t i = 0; i < alpha_.size(); ++i) dual += Loss::dual_value(alpha_[i], problem_.c[i]);
    return dual - 0.5 * simd::dot(w_.data(), w_.data(), w_.size());
  }

  // The gap over all rows at the present point, as the certificate will see it.
  bool confirmed() {
    store(Status::kOptimal);
    const Objectives found = objectives<Loss>(problem_, out_, run_);
    out_.gap = found.gap;
    out_.dual = found.dual;
    out_.primal = found.primal;
    return within_tolerance(found.gap, found.dual, settings_.tol);
  }

  bool stopped(double gap, double dual) {
    out_.gap = gap;
    out_.dual = dual;
    out_.primal = dual + gap;
    const Record record{out_.n_iter,     out_.primal, dual, gap, static_cast<std::int64_t>(active_.size()),
                        watch_.seconds()};
    out_.history.push_back(record);
    if (monitor_.report(record))
      store(monitor_.reason());
    else if (out_.n_iter >= settings_.max_iter)
      store(Status::kMaxIter);
    else if (record.seconds > settings_.max_time)
      store(Status::kMaxTime);
    else
      return false;
    return true;
  }

  // Whether the rate of the last third of the epochs would take too long from here.
  bool too_slow(double dual) const {
    const double gap = seen_.back();
    const std::size_t span = seen_.size() / 3;
    const double rate = std::log(seen_[seen_.size() - 1 - span] / gap) / static_cast<double>(span);
    const double needed = std::log(gap / (settings_.tol * std::max(std::abs(dual), kTinyObjective)));
    const bool wide = problem_.X.n_features() > kMostCholeskyFeatures;
    return needed > 0.0 && !(rate * (wide ? kMostMoreEpochsWide : kMostMoreEpochsNarrow) > needed);
  }

  const Problem& problem_;
  const Settings& settings_;
  Monitor& monitor_;
  Solution& out_;
  Execution run_;
  const Stopwatch watch_;
  std::vector<double> w_, alpha_, norm_;
  std::vector<RowIndex> active_;
  double b_ = 0.0, balance_ = 0.0, rho_ = 0.0;
  double threshold_ = 0.0;
  std::vector<double> seen_;  // gap of each epoch
};

}  // namespace

template <class Loss>
Solution solve_coordinate(const Problem& problem, const Settings& settings, const Start& start, Monitor& monitor) {
  Solution out;
  CoordinateDescent<Loss> descent(problem, settings, monitor, out);
  try {
    descent.begin(start);
    if (descent.run()) {
      if (out.status != Status::kOptimal && out.status != Status::kInterrupted)
        safeguard<Loss>(problem, out, Execution{settings.n_threads, nullptr});
      return out;
    }
  } catch (const Interrupted&) {
    descent.store(monitor.reason());
    return out;
  }
  const double before = out.history.empty() ? 0.0 : out.history.back().seconds;
  Settings rest = settings;
  rest.max_iter -= out.n_iter;
  rest.max_time -= before;
  Solution tail = solve_newton<Loss>(problem, rest, descent.point(), monitor);
  // Any (w, b) may be judged with any multipliers: keep the better ones.
  if (tail.status != Status::kOptimal && tail.status != Status::kInterrupted && out.dual > tail.dual) {
    tail.multipliers = descent.point().multipliers;
    safeguard<Loss>(problem, tail, Execution{settings.n_threads, nullptr});
  }
  tail.n_iter += out.n_iter;
  for (Record& r : tail.history) {
    r.iteration += out.n_iter;
    r.seconds += before;
    out.history.push_back(r);
  }
  tail.history = std::move(out.history);
  return tail;
}

template Solution solve_coordinate<Hinge>(const Problem&, const Settings&, const Start&, Monitor&);
template Solution solve_coordinate<SquaredHinge>(const Problem&, const Settings&, const Start&, Monitor&);

}  // namespace maxmargin
