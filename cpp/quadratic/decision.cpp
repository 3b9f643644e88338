#include "quadratic/decision.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <iterator>
#include <limits>
#include <numeric>

#include "quadratic/append_where.hpp"
#include "quadratic/room.hpp"

namespace maxmargin::quadratic {
namespace {

constexpr double kMuchSmaller = 0.01;  // sums of multipliers times lengths, than they were
constexpr double kSafely = 2.0;        // another offset within the optimal ones may yet be taken

// Of what a solver has, after the largest block that there usually is: its values, twice while they are collected, and
// the factor of its free variables.
double bytes_for_rows(double bytes, std::size_t n_variables) {
  constexpr double kAValue = 16.0, kMost = 1e9, kUsual = 6144.0;
  const double variables = std::min(static_cast<double>(n_variables), kUsual);
  return std::clamp(0.5 * bytes - kAValue * variables * variables, 0.0, kMost);
}

}  // namespace

Decision::Decision(const Programme& problem, const std::vector<double>& a, const Execution& run, double bytes,
                   KeptRows* kept)
    : problem_(problem), run_(run), rows_(problem.row, problem.row + problem.size), position_(problem.size) {
  number_rows();
  const std::size_t n = rows_.size();
  if (kept == nullptr || !kept->in_use()) {
    targets_ = problem.kernel.targets(rows_, {run.n_threads, nullptr});  // nothing is there to stop yet
    own_ = std::make_unique<KeptRows>(problem.kernel, targets_, bytes_for_rows(bytes - targets_bytes(), problem.size));
    kept = own_.get();
  }
  if (kept->in_use()) store_ = std::make_unique<RowStore>(*kept, rows_);
  for (auto* zeros : {&length_, &net_, &f_, &spread_, &known_, &known_f_}) zeros->assign(n, 0.0);
  problem.kernel.diagonal(rows_, length_.data(), {run_.n_threads, nullptr});
  for (double& length : length_) length = std::sqrt(std::abs(length));
  is_known_.assign(n, 1);
  in_float32_.assign(n, 0);
  rounding_.reserve(n);
  for (RowIndex row : rows_) rounding_.push_back(problem.kernel.rounding(row));
  for (std::size_t v = 0; v < problem.size; ++v) net_[position_[v]] += a[v];
  inexact_ = true;
}

void Decision::number_rows() {
  if (std::adjacent_find(rows_.begin(), rows_.end(), std::greater_equal<>()) == rows_.end()) {  // one variable each
    std::iota(position_.begin(), position_.end(), Position{0});
    return;
  }
  std::sort(rows_.begin(), rows_.end());
  rows_.erase(std::unique(rows_.begin(), rows_.end()), rows_.end());
  for (std::size_t v = 0; v < problem_.size; ++v)
    position_[v] = static_cast<Position>(
        std::lower_bound(rows_.begin(), rows_.end(), static_cast<RowIndex>(problem_.row[v])) - rows_.begin());
}

double Decision::doubt(std::size_t v) const {
  const Position k = position_[v];
  const double most = rounding_[k] * spread_[k] + kernels::kLeastValue * moved_mass_;
  return in_float32_[k] ? (std::isfinite(rounding_[k]) ? most : rounding_[k]) : 0.0;
}

std::vector<std::size_t> Decision::undecided(const std::vector<double>& a, const std::vector<double>& gradient,
                                             const std::vector<double>& offsets) const {
  std::vector<std::size_t> found;
  append_where(problem_.size, found, [&](std::size_t v, std::size_t& item) {
    item = v;
    const double l = problem_.lower[v], u = problem_.upper[v], most = kSafely * doubt(v);
    const double slope = gradient[v] + offsets[problem_.group_of(v)];
    const bool held = ((slope > 0.0) & (a[v] == l)) | (!(slope > 0.0) & (a[v] == u));
    return (most != 0.0) & (l != u) & (!held | !(std::abs(slope) > most));
  });
  return found;
}

std::int64_t Decision::n_support() const {
  return std::count_if(net_.begin(), net_.end(), [](double s) { return s != 0.0; });
}

void Decision::move(std::size_t v, double step) { moved_.push_back({position_[v], step}); }

void Decision::follow() {
  for (const auto& [k, step] : moved_) {
    net_[k] += step;
    moved_mass_ += std::abs(step);
  }
  std::sort(moved_.begin(), moved_.end());
  std::vector<Position> positions;
  std::vector<double> change;
  positions.reserve(moved_.size());
  change.reserve(moved_.size());
  for (std::size_t m = 0; m < moved_.size();) {
    const Position k = moved_[m].first;
    double sum = 0.0;
    for (; m < moved_.size() && moved_[m].first == k; ++m) sum += moved_[m].second;
    if (sum == 0.0) continue;  // both variables of a row have moved, by as much
    positions.push_back(k);
    change.push_back(sum);
  }
  moved_.clear();
  const std::vector<RowIndex> rows = rows_at(positions);
  if (!inexact_ && !store_ && problem_.kernel.adds_exactly() && follow_exactly(positions, change)) return;
  const kernels::Sums sums{f_.data(), spread_.data()};
  if (store_) {
    store_->add(positions, change.data(), sums, run_);
  } else {
    problem_.kernel.add(rows, change.data(), *targets_, sums, run_);
    evaluations_ += static_cast<double>(positions.size()) * static_cast<double>(n_rows());
  }
  const double common = problem_.kernel.common_spread(rows, change.data());
  if (common != 0.0)  // it vanishes where a kernel is of rbf alone
    for (double& spread : spread_) spread += common;
  std::fill(in_float32_.begin(), in_float32_.end(), 1);
  inexact_ = true;
}

// Of values that are in memory sums are in float64 anyway, and f goes on from where it was known everywhere. False
// where it is not, or where so much has moved since f was computed from nothing that rounding would be left of it.
bool Decision::follow_exactly(const std::vector<Position>& positions, const std::vector<double>& change) {
  if (std::find(is_known_.begin(), is_known_.end(), 0) != is_known_.end()) return false;
  for (std::size_t j = 0; j < positions.size(); ++j) followed_ += std::abs(change[j]) * length_[positions[j]];
  if (mass() < kMuchSmaller * followed_) return false;
  problem_.kernel.add(rows_at(positions), change.data(), *targets_, {known_f_.data()}, run_);
  evaluations_ += static_cast<double>(positions.size()) * static_cast<double>(n_rows());
  f_ = known_f_;
  known_ = net_;
  largest_mass_ = std::max(largest_mass_, mass());
  return true;
}

double Decision::mass() const {
  double sum = 0.0;
  for (std::size_t k = 0; k < n_rows(); ++k) sum += std::abs(net_[k]) * length_[k];
  return sum;
}

std::vector<RowIndex> Decision::rows_at(const std::vector<Position>& positions) const {
  std::vector<RowIndex> rows;
  rows.reserve(positions.size());
  for (Position k : positions) rows.push_back(row(k));
  return rows;
}

void Decision::square(const std::vector<std::size_t>& variables, float* out, std::size_t ld) {
  std::vector<Position> positions;
  positions.reserve(variables.size());
  for (std::size_t v : variables) positions.push_back(position_[v]);
  if (store_) return store_->square(positions, out, ld, run_);
  problem_.kernel.square(rows_at(positions), out, ld, run_);
  evaluations_ += static_cast<double>(positions.size() * positions.size());
}

// What is known of f is that it vanishes at a = 0.
void Decision::forget() {
  std::fill(known_.begin(), known_.end(), 0.0);
  std::fill(known_f_.begin(), known_f_.end(), 0.0);
  std::fill(is_known_.begin(), is_known_.end(), 1);
  largest_mass_ = followed_ = 0.0;
}

void Decision::recover() {
  moved_.clear();
  forget();
  std::fill(f_.begin(), f_.end(), 0.0);
  std::fill(spread_.begin(), spread_.end(), std::numeric_limits<double>::infinity());
  std::fill(in_float32_.begin(), in_float32_.end(), 1);
  inexact_ = true;
}

// From the last point where f was known, by what has changed since; at rows where it was not known, from nothing. From
// nothing everywhere where multipliers, times the lengths of their rows, have become so much smaller that the rounding
// of the large ones would be left.
void Decision::make_exact(const std::vector<std::size_t>& variables) {
  if (mass() < kMuchSmaller * std::max(largest_mass_, followed_)) forget();
  largest_mass_ = std::max(largest_mass_, mass());
  std::vector<std::uint8_t> wanted(n_rows());
  for (std::size_t k = 0; k < n_rows(); ++k) wanted[k] = net_[k] != 0.0;
  for (std::size_t v : variables) wanted[position_[v]] = 1;
  std::vector<Position> changed, support, onward, anew;
  std::vector<double> change, net;
  for (auto* list : {&changed, &support, &onward, &anew})
    list->reserve(n_rows());  // what is not touched takes no memory
  for (auto* list : {&change, &net}) list->reserve(n_rows());
  for (Position k = 0; k < n_rows(); ++k) {
    if (net_[k] != known_[k]) {
      changed.push_back(k);
      change.push_back(net_[k] - known_[k]);
    }
    if (net_[k] != 0.0) {
      support.push_back(k);
      net.push_back(net_[k]);
    }
    if (wanted[k]) (is_known_[k] ? onward : anew).push_back(k);
  }
  for (Position k : anew) known_f_[k] = 0.0;
  sum_exactly(changed, change, onward);
  sum_exactly(support, net, anew);
  for (std::size_t k = 0; k < n_rows(); ++k) {
    if (wanted[k]) {
      f_[k] = known_f_[k];
      spread_[k] = 0.0;
      in_float32_[k] = 0;
    }
    is_known_[k] = wanted[k] || (is_known_[k] && changed.empty());
  }
  known_ = net_;
  inexact_ = false;
}

// known_f at the rows `at` += sum over the sources, in float64.
void Decision::sum_exactly(const std::vector<Position>& sources, const std::vector<double>& coef,
                           const std::vector<Position>& at) {
  if (sources.empty() || at.empty()) return;
  const std::vector<RowIndex> from = rows_at(sources);
  std::vector<Position> both, others;
  both.reserve(std::min(at.size(), sources.size()));
  others.reserve(at.size());
  std::set_intersection(at.begin(), at.end(), sources.begin(), sources.end(), std::back_inserter(both));
  if (2 * both.size() >= sources.size()) {  // half of a square is computed, and twice as much would be here
    std::set_difference(at.begin(), at.end(), sources.begin(), sources.end(), std::back_inserter(others));
    std::vector<double> sums(sources.size(), 0.0);
    problem_.kernel.add_among(from, coef.data(), sums.data(), run_);
    evaluations_ += 0.5 * static_cast<double>(sources.size()) * static_cast<double>(sources.size());
    for (std::size_t j = 0, b = 0; b < both.size(); ++j)
      if (sources[j] == both[b]) {
        known_f_[sources[j]] += sums[j];
        ++b;
      }
  } else {
    others = at;
  }
  if (others.empty()) return;
  const std::vector<RowIndex> targets = rows_at(others);
  std::vector<double> sums(others.size(), 0.0);
  problem_.kernel.add_exactly(from, coef.data(), targets, sums.data(), run_);
  evaluations_ += static_cast<double>(sources.size()) * static_cast<double>(others.size());
  for (std::size_t k = 0; k < others.size(); ++k) known_f_[others[k]] += sums[k];
}

}  // namespace maxmargin::quadratic
