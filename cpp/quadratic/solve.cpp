#include "quadratic/solve.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "quadratic/active_sets.hpp"
#include "quadratic/best_point.hpp"
#include "quadratic/block.hpp"
#include "quadratic/block_size.hpp"
#include "quadratic/decision.hpp"
#include "quadratic/free_set.hpp"
#include "quadratic/offset.hpp"
#include "quadratic/patience.hpp"
#include "quadratic/room.hpp"
#include "quadratic/working_set.hpp"

namespace maxmargin::quadratic {
namespace {

constexpr int kMostFruitlessChecks = 4;
constexpr double kReduction = 0.03;       // of the violation, within a block that is not the whole problem
constexpr double kWholeReduction = 1e-3;  // where the block is the whole problem
constexpr std::int64_t kStepsPerVariable = 200;
constexpr double kStepsPerFactor = 1.0 / 30.0;  // steps that cost what a Cholesky factor does, times q / free^3
constexpr int kFewFreeSteps = 2;
constexpr double kRidge = 1e-6, kExactRidge = 1e-14;  // of the diagonal: float32 and float64 kernel values
constexpr double kExactPays = 20.0;  // rows times this, over the square of the free: a factor is cheap beside new f
constexpr std::int64_t kFirstBlocks = 20, kBlocksPerOffset = 4;  // while the gap is kFar times the tolerance
constexpr double kFar = 10.0;
constexpr double kMatters = 0.01;
constexpr double kLastDigits = 1e-11;  // relative gap that nobody could tell from none
constexpr double kNear = 0.1;          // relative gap that one block in float64 may end
constexpr double kQuickly = 2e9;       // products in float64: a fraction of a second

// 1. Choose a block: the variables strictly inside their bounds, then those that violate most.
// 2. Solve the programme within the block, from the kernel values among its rows only.
//    Where sequential minimal optimisation has cost as much as a second-order step on the free variables, take one.
// 3. Update f = K a by the kernel rows of the variables that moved; they are used once, and kept only where
//    values are dear (row_store.hpp).
// 4. At the offsets that make it least, stop once the gap is small and f is in float64 wherever that matters.
// 5. Where the gap stops falling or float64 shows more of it, blocks of the free variables in float64 end the game.
//
// Zanni, Serafini, Zanghirati: Parallel software for training large scale support vector machines on multiprocessor
// systems, JMLR 7 (2006), for blocks of this size; keeping all free variables in the block is what makes few suffice.
class BlockDecomposition {
 public:
  BlockDecomposition(const Programme& problem, const Settings& settings, std::size_t memory_limit, KeptRows* kept,
                     Monitor& monitor, const std::vector<double>& start, KernelSolution& out)
      : problem_(problem),
        settings_(settings),
        monitor_(monitor),
        out_(out),
        run_{settings.n_threads, &monitor},
        a_(start),
        decision_(problem, a_, run_, static_cast<double>(memory_limit), kept),
        gradient_(problem.size),
        room_(room_within(static_cast<double>(memory_limit) - decision_.nbytes(), problem.kernel.footprint())) {}

  void run() {
    std::vector<std::size_t> all(problem_.size);
    std::iota(all.begin(), all.end(), std::size_t{0});
    decision_.make_exact(all);
    update_gradient();
    settle();
    for (;;) {
      const double gap = current_gap(), dual = dual_of(problem_, a_, gradient_);
      if (!exact_) remember(gap, dual);
      const bool close = within_tolerance(gap, dual, settings_.tol);
      if (exact_ && (close || stuck_)) {
        if (!(close && unfinished(gap, dual))) return finish(close ? Status::kOptimal : Status::kNumericalLimit);
        if (stopped(gap, dual)) return;
        ++out_.n_iter;
        if (!exact_block(gap)) return finish(Status::kOptimal);
        continue;
      }
      const bool claimed = close || stuck_;  // blocks that merely stall are slow, not at the limit of float64
      if (claimed || patience_.ends(gap, dual, exact_)) {
        blocks_fail_ = blocks_fail_ || !close || checks_ > 0;
        stuck_ = false;
        settle();
        if (!claimed) continue;
        if (++checks_ > kMostFruitlessChecks && !(gap < 0.5 * gap_at_check_)) return finish(Status::kNumericalLimit);
        gap_at_check_ = gap;
        continue;
      }
      if (stopped(gap, dual)) return;
      ++out_.n_iter;
      if (!(exact_ && exact_block(gap))) one_block();
    }
  }

  void finish(Status status) {
    settle();
    if (status != Status::kOptimal && seen_.any() && best_.improves(seen_.point().gap, seen_.point().dual))
      go_to(seen_.point().a);
    const Point& best = best_.point();
    const bool close = within_tolerance(best.gap, best.dual, settings_.tol);
    out_.status = status == Status::kNumericalLimit && close ? Status::kOptimal : status;
    out_.kernel_evaluations += decision_.kernel_evaluations();
    out_.gap = best.gap;
    out_.dual = best.dual;
    out_.primal = best.dual + best.gap;
    out_.multipliers = best.a;
    out_.decision = best.decision;
    out_.offsets = best.offsets;
  }

  // After an interrupt, which may have come amid a sum.
  void abandon(Status status) {
    decision_.recover();
    stop(status);
  }

 private:
  // Ends as someone has asked for, and asks no one any more: but for Ctrl-C, which does not wait for a gap.
  void stop(Status status) {
    run_.interrupt = nullptr;
    decision_.stop_asking();
    const double values = static_cast<double>(decision_.n_support()) * static_cast<double>(decision_.n_rows());
    if (status != Status::kInterrupted || values * problem_.kernel.products_per_value() <= kQuickly)
      return finish(status);
    out_.status = status;
    out_.offsets = offsets_.empty() ? std::vector<double>(std::max<std::size_t>(problem_.n_groups, 1), 0.0) : offsets_;
    out_.multipliers = a_;
    out_.dual = -std::numeric_limits<double>::infinity();
    out_.primal = out_.gap = std::numeric_limits<double>::infinity();
    out_.kernel_evaluations += decision_.kernel_evaluations();
    out_.decision.assign(problem_.size, std::numeric_limits<double>::quiet_NaN());
  }

  // What is known of the current point in float64, or what float32 says of it.
  void remember(double gap, double dual) {
    BestPoint& kept = exact_ ? best_ : seen_;
    if (exact_ && seen_.point().a == a_) seen_.forget();
    if (!kept.improves(gap, dual)) return;
    Point point{a_, std::vector<double>(exact_ ? problem_.size : 0), offsets_, gap, dual};
    for (std::size_t v = 0; v < point.decision.size(); ++v) point.decision[v] = decision_(v);
    kept.keep(std::move(point));
  }

  // Back to a point that has been left.
  void go_to(const std::vector<double>& a) {
    for (std::size_t v = 0; v < problem_.size; ++v)
      if (a[v] != a_[v]) decision_.move(v, a[v] - a_[v]);
    a_ = a;
    seen_.forget();
    decision_.follow();
    update_gradient();
    exact_ = false;
    settle();
  }

  void update_gradient() {
    for (std::size_t v = 0; v < problem_.size; ++v) gradient_[v] = decision_(v) + problem_.linear[v];
    at_best_offsets_ = false;
  }

  void look_for_offsets() {
    if (!at_best_offsets_) offsets_ = best_offsets(problem_, a_, gradient_);
    at_best_offsets_ = true;
  }

  // f in float64 wherever float32 could hide a part of the gap: at the support vectors, and at rows whose side of the
  // kink it cannot tell. Everywhere else a row adds nothing to the gap, whatever f is to its last digit.
  void settle() {
    if (exact_ && at_best_offsets_) return;  // nothing has moved since it was done
    for (;;) {
      look_for_offsets();
      const std::vector<std::size_t> doubtful = decision_.undecided(a_, gradient_, offsets_);
      if (doubtful.empty() && !decision_.inexact()) break;
      decision_.make_exact(doubtful);
      update_gradient();
    }
    exact_ = true;
    remember(gap_of(problem_, a_, gradient_, offsets_), dual_of(problem_, a_, gradient_));
  }

  // At the offsets that make it least. While it is large, those of some blocks ago will do: it is a gap at any.
  double current_gap() {
    if (out_.n_iter > kFirstBlocks && out_.n_iter % kBlocksPerOffset != 0) {
      const double gap = gap_of(problem_, a_, gradient_, offsets_);
      if (!within_tolerance(gap, dual_of(problem_, a_, gradient_), kFar * settings_.tol)) return gap;
    }
    look_for_offsets();
    return gap_of(problem_, a_, gradient_, offsets_);
  }

  std::size_t count_free() const {
    std::size_t free = 0;
    for (std::size_t v = 0; v < problem_.size; ++v) free += a_[v] > problem_.lower[v] && a_[v] < problem_.upper[v];
    return free;
  }

  template <class T>
  void load(Block<T>& block, const WorkingSet& set) {
    const std::vector<std::size_t>& chosen = set.variables;
    const std::size_t q = chosen.size();
    block.resize(q);
    block.group_start = set.group_start;
    block.keep_sums = problem_.group != nullptr;
    for (std::size_t k = 0; k < q; ++k) {
      block.gradient[k] = gradient_[chosen[k]];
      block.a[k] = a_[chosen[k]];
      block.lower[k] = problem_.lower[chosen[k]];
      block.upper[k] = problem_.upper[chosen[k]];
    }
  }

  void one_block() {
    const std::size_t most = size_.of(count_free(), room_.variables);
    const WorkingSet set = working_set(problem_, a_, gradient_, most, BlockSize::most_free(most));
    const std::vector<std::size_t>& chosen = set.variables;
    if (chosen.empty()) {
      stuck_ = true;
      return;
    }
    load(block_, set);
    if (chosen != last_chosen_) {  // else the kernel values are there already
      decision_.square(chosen, block_.K.data(), block_.ld);
      last_chosen_ = chosen;
    }
    solve_within((chosen.size() == problem_.size ? kWholeReduction : kReduction) * set.violation);
    stuck_ = !apply(chosen, block_);
  }

  // Until the violation has fallen to `aim`.
  void solve_within(double aim) {
    const auto q = static_cast<double>(block_.size);
    std::int64_t left = kStepsPerVariable * static_cast<std::int64_t>(block_.size);
    for (double rounds = 1.0;; rounds *= 2.0) {
      const double free = static_cast<double>(block_.n_inside());
      const double rent = rounds * std::max(q, kStepsPerFactor * free * free * free / q);
      const auto steps = static_cast<std::int64_t>(std::min(rent, static_cast<double>(left)));
      const BlockResult result = solve_block(block_, aim, steps, monitor_);
      left -= result.steps;
      if (!(result.violation > aim) || result.steps < steps || left <= 0) return;
      take_free_steps(block_, FreeSteps{room_.variables, kFewFreeSteps, 0.5 * aim, kRidge}, run_);
    }
  }

  // Whether a block in float64 could make the gap smaller where it need not be.
  bool unfinished(double gap, double dual) const {
    return settings_.last_digits && !within_tolerance(gap, dual, kLastDigits) && gap < 0.5 * gap_at_exact_;
  }

  // One block in float64, of all free variables and a few others. False where that is too much, or gains nothing.
  bool exact_block(double gap) {
    if (!(gap < 0.5 * gap_at_exact_)) return false;
    const std::size_t free = count_free();
    const auto f = static_cast<double>(free), n = static_cast<double>(decision_.n_rows());
    // Not at the start, from afar; nor with more free variables than rows, where no solution is the only one.
    const bool near = checks_ > 0 || within_tolerance(gap, dual_of(problem_, a_, gradient_), kNear);
    const bool pays = blocks_fail_ || (near && (settings_.last_digits ? f <= n : f * f <= kExactPays * n));
    if (free == 0 || free > room_.exact_free || !pays) return false;
    gap_at_exact_ = gap;
    Block<double> block;
    const WorkingSet set = working_set(problem_, a_, gradient_, free + kExactEntering, free);
    load(block, set);
    std::vector<RowIndex> rows;
    rows.reserve(set.variables.size());
    for (std::size_t v : set.variables) rows.push_back(static_cast<RowIndex>(problem_.row[v]));
    problem_.kernel.square(rows, block.K.data(), block.ld, run_);
    out_.kernel_evaluations += static_cast<double>(rows.size() * rows.size());
    if (!find_active_sets(block, slope_that_matters(block), run_))
      take_free_steps(block, steps_within_budget(free, block.size, kExactRidge), run_);
    return apply(set.variables, block);
  }

  // Slopes of less than this, of all variables of a block, are within a hundredth of the gap that is asked for.
  double slope_that_matters(const Block<double>& block) const {
    double width = 0.0;
    for (std::size_t k = 0; k < block.size; ++k) width += block.upper[k] - block.lower[k];
    const double tol = settings_.last_digits ? kLastDigits : settings_.tol;
    return kMatters * tol * std::abs(dual_of(problem_, a_, gradient_)) / width;
  }

  // Moves to where the block has led; false where that is here.
  template <class T>
  bool apply(const std::vector<std::size_t>& chosen, const Block<T>& block) {
    std::size_t moved = 0;
    for (std::size_t k = 0; k < chosen.size(); ++k) {
      const double step = block.a[k] - a_[chosen[k]];
      if (step == 0.0) continue;
      a_[chosen[k]] = block.a[k];
      decision_.move(chosen[k], step);
      ++moved;
    }
    if (moved == 0) return false;
    decision_.follow();
    update_gradient();
    exact_ = false;
    if (sizeof(T) == sizeof(double))  // of a block in float64 f must know no less
      settle();
    else
      size_.adapt(static_cast<double>(moved) / static_cast<double>(chosen.size()));
    return true;
  }

  bool stopped(double gap, double dual) {
    const Record record{out_.n_iter, dual + gap, dual, gap, decision_.n_support(), watch_.seconds()};
    out_.history.push_back(record);
    if (monitor_.report(record))
      stop(monitor_.reason());
    else if (out_.n_iter >= settings_.max_iter)
      finish(Status::kMaxIter);
    else if (record.seconds > settings_.max_time)
      stop(Status::kMaxTime);
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
  std::vector<double> a_;
  Decision decision_;
  std::vector<double> gradient_, offsets_;
  const Room room_;
  BestPoint best_, seen_;  // in float64, in float32
  BlockSize size_;         // of the next block
  bool exact_ = true, stuck_ = false, blocks_fail_ = false, at_best_offsets_ = false;
  int checks_ = 0;
  double gap_at_check_ = 0.0;
  double gap_at_exact_ = std::numeric_limits<double>::infinity();  // before the last block in float64
  Patience patience_;
  Block<float> block_;
  std::vector<std::size_t> last_chosen_;  // whose kernel values the block holds
};

}  // namespace

KernelSolution solve_kernel(const Programme& problem, const std::vector<double>& start, const Settings& settings,
                            std::size_t memory_limit, Monitor& monitor, KeptRows* kept) {
  KernelSolution out;
  BlockDecomposition solver(problem, settings, memory_limit, kept, monitor, start, out);
  try {
    solver.run();
  } catch (const Interrupted&) {
    solver.abandon(monitor.reason());
  }
  return out;
}

}  // namespace maxmargin::quadratic
