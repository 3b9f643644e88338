#include "quadratic/solve.hpp"

#include <algorithm>
#include <cmath>

#include "quadratic/block.hpp"
#include "quadratic/offset.hpp"
#include "quadratic/working_set.hpp"

namespace maxmargin::quadratic {
namespace {

constexpr int kMostFruitlessChecks = 4;
constexpr std::size_t kFewVariables = 2048;   // of a block that need not hold more: its kernel values are 16 MB
constexpr std::size_t kMostVariables = 6144;  // of any block: 151 MB
constexpr double kFewestVariables = 64.0;
constexpr double kMostFree = 0.75;        // of the block: the rest is left for variables that enter
constexpr double kReduction = 0.03;       // of the violation, within a block that is not the whole problem
constexpr double kWholeReduction = 1e-3;  // where the block is the whole problem
constexpr std::int64_t kStepsPerVariable = 200;
constexpr double kMuchSmaller = 0.01;

// 1. Choose a block: the variables strictly inside their bounds, then those that violate most.
// 2. Solve the programme within the block, from the kernel values among its rows only.
// 3. Update f = K a by the kernel rows of the variables that moved; they are used once and not kept.
// 4. At the offsets that make it least, stop once the gap is small and f has been computed in float64.
//
// Zanni, Serafini, Zanghirati: Parallel software for training large scale support vector machines on multiprocessor
// systems, JMLR 7 (2006), for blocks of this size; keeping all free variables in the block is what makes few suffice.
class BlockDecomposition {
 public:
  BlockDecomposition(const Programme& problem, const Settings& settings, std::size_t memory_limit, Monitor& monitor,
                     KernelSolution& out)
      : problem_(problem), settings_(settings), monitor_(monitor), out_(out), run_{settings.n_threads, &monitor} {
    // The square of kernel values is by far the largest thing here; it may have half of the limit.
    const double side = std::sqrt(0.5 * static_cast<double>(memory_limit) / sizeof(float));
    most_variables_ = static_cast<std::size_t>(std::clamp(side, kFewestVariables, static_cast<double>(kMostVariables)));
  }

  void begin(const std::vector<double>& start) {
    a_ = start;
    number_rows();
    const std::size_t n = targets_->rows().size();
    f_.assign(n, 0.0);
    net_.assign(n, 0.0);
    known_ = net_;
    known_f_ = f_;
    gradient_.resize(problem_.size);
    for (std::size_t v = 0; v < problem_.size; ++v) net_[position_[v]] += a_[v];
    refresh();
  }

  void run() {
    for (;;) {
      const std::vector<double> offsets = best_offsets(problem_, a_, gradient_);
      const double gap = gap_of(problem_, a_, gradient_, offsets), dual = dual_value();
      if (within_tolerance(gap, dual, settings_.tol) || stuck_) {
        if (exact_)
          return finish(within_tolerance(gap, dual, settings_.tol) ? Status::kOptimal : Status::kNumericalLimit);
        stuck_ = false;
        refresh();
        if (++checks_ > kMostFruitlessChecks && !(gap < 0.5 * gap_at_check_)) return finish(Status::kNumericalLimit);
        gap_at_check_ = gap;
        continue;
      }
      if (stopped(gap, dual)) return;
      ++out_.n_iter;
      one_block();
    }
  }

  void finish(Status status) {
    if (!exact_) refresh();
    out_.status = status;
    out_.offsets = best_offsets(problem_, a_, gradient_);
    out_.gap = gap_of(problem_, a_, gradient_, out_.offsets);
    out_.dual = dual_value();
    out_.primal = out_.dual + out_.gap;
    out_.multipliers = a_;
    out_.decision.resize(problem_.size);
    for (std::size_t v = 0; v < problem_.size; ++v) out_.decision[v] = f_[position_[v]];
  }

  // After an interrupt nothing more is computed: the gap is not known.
  void abandon(Status status) {
    run_.interrupt = nullptr;
    finish(status);
  }

 private:
  void number_rows() {
    std::vector<RowIndex> rows(problem_.size);
    for (std::size_t v = 0; v < problem_.size; ++v) rows[v] = static_cast<RowIndex>(problem_.row[v]);
    std::vector<RowIndex> distinct = rows;
    std::sort(distinct.begin(), distinct.end());
    distinct.erase(std::unique(distinct.begin(), distinct.end()), distinct.end());
    position_.resize(problem_.size);
    for (std::size_t v = 0; v < problem_.size; ++v)
      position_[v] =
          static_cast<std::uint32_t>(std::lower_bound(distinct.begin(), distinct.end(), rows[v]) - distinct.begin());
    targets_ = problem_.kernel.targets(std::move(distinct), run_);
  }

  void update_gradient() {
    for (std::size_t v = 0; v < problem_.size; ++v) gradient_[v] = f_[position_[v]] + problem_.linear[v];
  }

  // f anew in float64: from the last point where it was known exactly, or from nothing where multipliers have become so
  // much smaller that the rounding of the large ones would be left.
  void refresh() {
    double mass = 0.0;
    for (double s : net_) mass += std::abs(s);
    if (mass < kMuchSmaller * largest_mass_) {
      std::fill(known_.begin(), known_.end(), 0.0);
      std::fill(known_f_.begin(), known_f_.end(), 0.0);
      largest_mass_ = 0.0;
    }
    largest_mass_ = std::max(largest_mass_, mass);
    std::vector<RowIndex> rows;
    std::vector<double> change;
    for (std::size_t k = 0; k < net_.size(); ++k)
      if (net_[k] != known_[k]) {
        rows.push_back(targets_->rows()[k]);
        change.push_back(net_[k] - known_[k]);
      }
    if (!rows.empty()) problem_.kernel.add_exactly(rows, change.data(), *targets_, known_f_.data(), run_);
    out_.kernel_evaluations += static_cast<double>(rows.size()) * static_cast<double>(net_.size());
    known_ = net_;
    f_ = known_f_;
    exact_ = true;
    update_gradient();
  }

  double dual_value() const {
    double sum = 0.0;
    for (std::size_t v = 0; v < problem_.size; ++v) sum += a_[v] * (gradient_[v] + problem_.linear[v]);
    return -0.5 * sum;
  }

  // Room for all free variables: left out, they undo each other's steps from block to block.
  std::size_t block_size() const {
    std::size_t free = 0;
    for (std::size_t v = 0; v < problem_.size; ++v) free += a_[v] > problem_.lower[v] && a_[v] < problem_.upper[v];
    const auto wanted = static_cast<std::size_t>(static_cast<double>(free) / kMostFree);
    return std::min(most_variables_, std::max(kFewVariables, wanted));
  }

  void one_block() {
    const std::size_t most = block_size();
    const auto most_free = static_cast<std::size_t>(kMostFree * static_cast<double>(most));
    const std::vector<std::size_t> chosen = working_set(problem_, a_, gradient_, most, most_free, block_.group_start);
    const std::size_t q = chosen.size();
    if (q == 0) {
      stuck_ = true;
      return;
    }
    block_.resize(q);
    block_.keep_sums = problem_.group != nullptr;
    std::vector<RowIndex> rows(q);
    for (std::size_t k = 0; k < q; ++k) {
      rows[k] = static_cast<RowIndex>(problem_.row[chosen[k]]);
      block_.gradient[k] = gradient_[chosen[k]];
      block_.a[k] = a_[chosen[k]];
      block_.lower[k] = problem_.lower[chosen[k]];
      block_.upper[k] = problem_.upper[chosen[k]];
    }
    if (chosen != last_chosen_) {  // else the kernel values are there already
      problem_.kernel.square(rows, block_.K.data(), block_.ld, run_);
      out_.kernel_evaluations += static_cast<double>(q * q);
      last_chosen_ = chosen;
    }
    const double aim = (q == problem_.size ? kWholeReduction : kReduction) * violation(problem_, a_, gradient_);
    solve_block(block_, aim, kStepsPerVariable * static_cast<std::int64_t>(q), monitor_);
    apply(chosen);
  }

  void apply(const std::vector<std::size_t>& chosen) {
    std::vector<std::pair<std::uint32_t, double>> moved;
    for (std::size_t k = 0; k < chosen.size(); ++k) {
      const double step = block_.a[k] - a_[chosen[k]];
      if (step == 0.0) continue;
      a_[chosen[k]] = block_.a[k];
      moved.push_back({position_[chosen[k]], step});
    }
    stuck_ = moved.empty();
    std::sort(moved.begin(), moved.end());
    std::vector<RowIndex> rows;
    std::vector<double> change;
    for (const auto& [position, step] : moved) {
      net_[position] += step;
      if (!rows.empty() && rows.back() == targets_->rows()[position])
        change.back() += step;
      else {
        rows.push_back(targets_->rows()[position]);
        change.push_back(step);
      }
    }
    problem_.kernel.add(rows, change.data(), *targets_, f_.data(), run_);
    out_.kernel_evaluations += static_cast<double>(rows.size()) * static_cast<double>(net_.size());
    exact_ = exact_ && rows.empty();
    update_gradient();
  }

  bool stopped(double gap, double dual) {
    std::int64_t support = 0;
    for (double s : net_) support += s != 0.0;
    const Record record{out_.n_iter, dual + gap, dual, gap, support, watch_.seconds()};
    out_.history.push_back(record);
    if (monitor_.report(record))
      finish(monitor_.reason());
    else if (out_.n_iter >= settings_.max_iter)
      finish(Status::kMaxIter);
    else if (record.seconds > settings_.max_time)
      finish(Status::kMaxTime);
    else
      return false;
    return true;
  }

  const Programme& problem_;
  const Settings& settings_;
  Monitor& monitor_;
  KernelSolution& out_;
  Execution run_;
  const Stopwatch watch_;
  std::unique_ptr<kernels::Targets> targets_;
  std::vector<std::uint32_t> position_;  // of each variable's row among the targets
  std::vector<double> a_, net_, f_, gradient_;
  std::vector<double> known_, known_f_;  // the last point at which f was computed exactly, and f there
  double largest_mass_ = 0.0;            // of the multipliers, since f was last computed from nothing
  bool exact_ = false, stuck_ = false;
  int checks_ = 0;
  double gap_at_check_ = 0.0;
  std::size_t most_variables_ = kMostVariables;
  Block block_;
  std::vector<std::size_t> last_chosen_;  // whose kernel values the block holds
};

}  // namespace

KernelSolution solve_kernel(const Programme& problem, const std::vector<double>& start, const Settings& settings,
                            std::size_t memory_limit, Monitor& monitor) {
  KernelSolution out;
  BlockDecomposition solver(problem, settings, memory_limit, monitor, out);
  try {
    solver.begin(start);
    solver.run();
  } catch (const Interrupted&) {
    solver.abandon(monitor.reason());
  }
  return out;
}

}  // namespace maxmargin::quadratic
