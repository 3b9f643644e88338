#include "solvers/coordinate.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <utility>

#include "design/concrete.hpp"
#include "losses/hinge.hpp"
#include "losses/squared_hinge.hpp"
#include "simd/vector.hpp"
#include "solvers/epoch.hpp"
#include "solvers/face.hpp"
#include "solvers/newton.hpp"
#include "solvers/newton_system.hpp"
#include "solvers/random.hpp"
#include "solvers/safeguard.hpp"

namespace maxmargin {
namespace {

constexpr std::size_t kFewestEpochs = 8;  // before the rate of convergence is trusted
constexpr std::size_t kMostEpochs = 1000;
// Predicted epochs to go above which Newton's method takes over: about what it costs, where its systems are d x d
// and where they are larger.
constexpr double kMostMoreEpochsNarrow = 15.0, kMostMoreEpochsWide = 300.0;
constexpr double kWorthAFace = 8.0;  // epochs to go from which conjugate gradients on the free multipliers gain
constexpr int kFewestFaces = 8;
constexpr int kFewestProducts = 8, kMostProducts = 512;
constexpr double kWorthShrinking = 0.9;
constexpr double kDrift = 0.05;             // of w during the last epoch, that set-aside rows are still to be safe from
constexpr double kLeastCurvature = 1e-290;  // whose inverse is finite
constexpr std::size_t kFewestRowsToOverlap = 64;
constexpr std::size_t kFewestToExtrapolate = 2;  // epochs
// An extrapolated gap this much below the tolerance is worth a look at all rows; less so when one was in vain, or where
// rows share most columns, as epochs then become slower.
constexpr double kPromising = 0.7, kSoberlyPromising = 0.2;

template <class Loss>
class CoordinateDescent {
 public:
  CoordinateDescent(const Problem& problem, const Settings& settings, Monitor& monitor, Solution& out)
      : problem_(problem),
        settings_(settings),
        monitor_(monitor),
        out_(out),
        run_{settings.n_threads, &monitor},
        face_(problem),
        bucket_(rows_in_a_bucket(problem.X)),
        promising_(bucket_ > 1 ? kPromising : kSoberlyPromising) {}

  void begin(const Start& start) {
    const std::size_t n = problem_.X.n_rows();
    at_.w.assign(problem_.X.n_features(), 0.0);
    at_.alpha.assign(n, 0.0);
    curvature_.resize(n);
    squared_norms(problem_.X, Rows::all(n), curvature_.data(), run_);
    at_.b = start.intercept;
    if (!start.multipliers.empty()) warm_start(start);
    double total = 0.0;
    for (double q : curvature_) total += q;
    double cost = 0.0;
    for (std::size_t i = 0; i < n; ++i) cost += problem_.c[i];
    // b moves by rho times the imbalance, at most the sum of c: it must be able to cross the margin in one epoch.
    // Costs or norms at the edge of float64 must not make it infinite.
    at_.rho =
        problem_.fit_intercept ? std::clamp(std::max(total / static_cast<double>(n), 4.0 / cost), 1e-300, 1e100) : 0.0;
    // A step along a row without values ends at a bound; a tiny curvature keeps it finite.
    for (double& q : curvature_) q = q + at_.rho > kLeastCurvature ? q + at_.rho : 1e-12;
    all_rows();
  }

  // Epochs until optimal (true), or until another method should go on (false).
  bool run() {
    for (std::size_t epoch = 0; epoch < kMostEpochs; ++epoch) {
      const double b = at_.b;
      const double estimate = one_epoch(epoch);
      ++out_.n_iter;
      if (problem_.fit_intercept) at_.b += at_.rho * at_.balance;
      const double dual = dual_value();
      judge_overlap(dual, b);
      if (stopped(estimate, dual)) return true;
      if (reached(estimate, dual)) return true;
      if (epoch < kFewestEpochs || seen_.size() < first_since_face_ + 3) continue;  // the rate is not known
      if ((faces_ >= kFewestFaces || !wide()) && !(work_to_go(dual) < most_more_work())) return false;
      if (epochs_to_go(dual) > kWorthAFace) use_face();
    }
    return false;
  }

  Start point() const { return Start{at_.w, at_.b, at_.alpha}; }

  void store(Status status) {
    out_.status = status;
    out_.coef = at_.w;
    out_.intercept = at_.b;
    out_.multipliers = at_.alpha;
  }

 private:
  void warm_start(const Start& start) {
    std::vector<double> v(at_.alpha.size());
    for (std::size_t i = 0; i < at_.alpha.size(); ++i) {
      at_.alpha[i] = problem_.c[i] > 0.0 ? std::clamp(start.multipliers[i], 0.0, Loss::upper(problem_.c[i])) : 0.0;
      v[i] = problem_.y[i] * at_.alpha[i];
      at_.balance += v[i];
    }
    multiply_transposed(problem_.X, Rows::all(at_.alpha.size()), v.data(), at_.w.data(), run_);
  }

  void all_rows() {
    active_.clear();
    active_.reserve(at_.alpha.size());
    for (std::size_t i = 0; i < at_.alpha.size(); ++i)
      if (problem_.c[i] > 0.0) active_.push_back(static_cast<RowIndex>(i));
    shrinking_.step = std::numeric_limits<double>::infinity();
  }

  // One pass over the active rows in random order; returns the gap seen on the way.
  double one_epoch(std::size_t epoch) {
    shuffle_buckets(active_, bucket_, Random(settings_.seed, static_cast<std::uint64_t>(epoch)));
    work_ += share(active_.size());
    before_ = at_.w;
    std::size_t kept = 0;
    const bool overlap = overlap_ && active_.size() >= kFewestRowsToOverlap;
    const EpochSums sums = with_concrete(problem_.X, [&](const auto& X) {
      return descend<Loss>(problem_, X, at_, curvature_, active_, shrinking_, overlap, kept, monitor_);
    });
    // A few rows less would save little, and cost epochs where they were set aside too soon.
    if (static_cast<double>(kept) < kWorthShrinking * static_cast<double>(at_.alpha.size())) active_.resize(kept);
    shrinking_.step = sums.largest > 0.0 ? sums.largest : std::numeric_limits<double>::infinity();
    shrinking_.drift = kDrift * simd::distance(at_.w.data(), before_.data(), before_.size());
    return sums.gap;
  }

  // Where neighbours are all but the same row, overlapping steps overshoot, and the epoch's own objective (the dual
  // with b held) does not rise: then never again.
  void judge_overlap(double dual, double b) {
    const auto held = [&](double value, double balance) { return value - balance * (b + 0.5 * at_.rho * balance); };
    if (!(held(dual, at_.balance) > held(last_dual_, last_balance_))) overlap_ = false;
    last_dual_ = dual;
    last_balance_ = at_.balance;
  }

  double dual_value() const {
    double dual = 0.0;
    for (std::size_t i = 0; i < at_.alpha.size(); ++i) dual += Loss::dual_value(at_.alpha[i], problem_.c[i]);
    return dual - 0.5 * simd::dot(at_.w.data(), at_.w.data(), at_.w.size());
  }

  // Whether the point is optimal, all rows looked at. What an epoch sees is about the gap at its beginning; from two of
  // them follows that at the end of the second, and a look costs less than another epoch.
  bool reached(double estimate, double dual) {
    if (within_tolerance(estimate, dual, settings_.tol)) {
      if (confirmed()) return true;
      all_rows();
      seen_.clear();  // the rates were those of fewer rows
      first_since_face_ = 0;
      return false;
    }
    if (seen_.size() >= kFewestToExtrapolate) {
      const double next = estimate * std::min(1.0, estimate / seen_.back().gap);
      if (within_tolerance(next, dual, promising_ * settings_.tol)) {
        if (confirmed()) return true;
        promising_ = kSoberlyPromising;
      }
    }
    seen_.push_back({work_, estimate});
    return false;
  }

  // The gap over all rows at the present point, as the certificate will see it.
  bool confirmed() {
    store(Status::kOptimal);
    make_feasible<Loss>(problem_, out_.multipliers);
    const Objectives found = objectives<Loss>(problem_, out_, run_);
    out_.gap = found.gap;
    out_.dual = found.dual;
    out_.primal = found.primal;
    out_.certified = within_tolerance(found.gap, found.dual, settings_.tol);
    return out_.certified;
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

  // Conjugate gradients on the free multipliers; the rate of the epochs is measured anew.
  void use_face() {
    const int products = face_.ascend(at_, active_, most_products_, run_);
    most_products_ =
        std::clamp(face_.blocked() ? most_products_ / 2 : most_products_ * 2, kFewestProducts, kMostProducts);
    work_ += products * share(face_.size());
    first_since_face_ = seen_.size();
    ++faces_;
  }

  // Natural logarithm of the factor that the gap has to fall by.
  double to_fall(double dual) const {
    return std::log(seen_.back().gap / (settings_.tol * std::max(std::abs(dual), kTinyObjective)));
  }

  // Epochs without conjugate gradients, predicted from those since they were last used.
  double epochs_to_go(double dual) const {
    const std::size_t span = std::min(seen_.size() - 1 - first_since_face_, kFewestEpochs / 2);
    const double rate = std::log(seen_[seen_.size() - 1 - span].gap / seen_.back().gap) / static_cast<double>(span);
    return rate > 0.0 ? to_fall(dual) / rate : std::numeric_limits<double>::infinity();
  }

  // Work in epochs, predicted from the last third of the work done.
  double work_to_go(double dual) const {
    std::size_t k = seen_.size() - 2;
    while (k > 0 && seen_[k].work > work_ * (2.0 / 3.0)) --k;
    const double rate = std::log(seen_[k].gap / seen_.back().gap) / (work_ - seen_[k].work);
    return rate > 0.0 ? to_fall(dual) / rate : std::numeric_limits<double>::infinity();
  }

  // Rows visited, in epochs over all rows.
  double share(std::size_t rows) const { return static_cast<double>(rows) / static_cast<double>(at_.alpha.size()); }

  bool wide() const { return problem_.X.n_features() > kMostCholeskyFeatures; }

  double most_more_work() const { return wide() ? kMostMoreEpochsWide : kMostMoreEpochsNarrow; }

  struct Seen {
    double work, gap;  // in epochs
  };

  const Problem& problem_;
  const Settings& settings_;
  Monitor& monitor_;
  Solution& out_;
  Execution run_;
  const Stopwatch watch_;
  DualPoint at_;
  std::vector<double> curvature_;
  std::vector<RowIndex> active_;
  Face<Loss> face_;
  const std::size_t bucket_;
  Shrinking shrinking_;
  std::vector<double> before_;  // w before the epoch
  bool overlap_ = true;
  double last_dual_ = 0.0, last_balance_ = 0.0, promising_;
  std::vector<Seen> seen_;  // after each epoch
  double work_ = 0.0;
  std::size_t first_since_face_ = 0;
  int most_products_ = kFewestProducts, faces_ = 0;
};

}  // namespace

template <class Loss>
Solution solve_coordinate(const Problem& problem, const Settings& settings, const Start& start, Monitor& monitor) {
  Solution out;
  auto descent = std::make_unique<CoordinateDescent<Loss>>(problem, settings, monitor, out);
  try {
    descent->begin(start);
    if (descent->run()) {
      if (out.status != Status::kOptimal && out.status != Status::kInterrupted)
        safeguard<Loss>(problem, out, Execution{settings.n_threads, nullptr});
      return out;
    }
  } catch (const Interrupted&) {
    descent->store(monitor.reason());
    return out;
  }
  const double before = out.history.empty() ? 0.0 : out.history.back().seconds;
  Settings rest = settings;
  rest.max_iter -= out.n_iter;
  rest.max_time -= before;
  Start reached = descent->point();
  descent.reset();  // or its vectors would live on beside those of Newton's method
  const std::vector<double> multipliers = reached.multipliers;
  Solution tail = solve_newton<Loss>(problem, rest, std::move(reached), monitor);
  // Any (w, b) may be judged with any multipliers: keep the better ones.
  if (tail.status != Status::kOptimal && tail.status != Status::kInterrupted && out.dual > tail.dual) {
    tail.multipliers = multipliers;
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
