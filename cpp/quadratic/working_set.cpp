#include "quadratic/working_set.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "quadratic/append_where.hpp"

namespace maxmargin::quadratic {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr std::size_t kSample = 1024;        // variables
constexpr double kMore = 1.25, kSafe = 4.0;  // of those wanted: what a threshold from the sample lets through

struct Bracket {
  double lowest = kInfinity, highest = -kInfinity;
};

Bracket bracket_of_all(const Programme& problem, const std::vector<double>& a, const std::vector<double>& G) {
  const double *x = a.data(), *g = G.data();
  double lowest = kInfinity, highest = -kInfinity;
#pragma omp simd reduction(min : lowest) reduction(max : highest)
  for (std::size_t v = 0; v < problem.size; ++v) {
    const double up = x[v] < problem.upper[v] ? g[v] : kInfinity, down = x[v] > problem.lower[v] ? g[v] : -kInfinity;
    lowest = up < lowest ? up : lowest;
    highest = down > highest ? down : highest;
  }
  return {lowest, highest};
}

std::vector<Bracket> brackets(const Programme& problem, const std::vector<double>& a, const std::vector<double>& G) {
  if (problem.group == nullptr) {
    // Without a sum to keep, the gradient itself must vanish: its bracket is [0, 0].
    const Bracket b = bracket_of_all(problem, a, G);
    return {{std::min(b.lowest, 0.0), std::max(b.highest, 0.0)}};
  }
  if (problem.n_groups == 1) return {bracket_of_all(problem, a, G)};
  std::vector<Bracket> found(problem.n_groups);
  for (std::size_t v = 0; v < problem.size; ++v) {
    Bracket& b = found[problem.group_of(v)];
    if (a[v] < problem.upper[v]) b.lowest = std::min(b.lowest, G[v]);
    if (a[v] > problem.lower[v]) b.highest = std::max(b.highest, G[v]);
  }
  return found;
}

struct Candidate {
  double score;
  std::size_t variable;
};

void keep_best(std::vector<Candidate>& list, std::size_t count) {
  if (list.size() <= count) return;
  std::nth_element(list.begin(), list.begin() + static_cast<std::ptrdiff_t>(count), list.end(),
                   [](const Candidate& x, const Candidate& z) {
                     return x.score != z.score ? x.score > z.score : x.variable < z.variable;
                   });
  list.resize(count);
}

// The variables of a group by what they could do. Of those at a bound that violate, lists may hold only the most
// violating; `n_` says how many there are.
class Candidates {
 public:
  std::vector<Candidate> free, rising, falling;
  std::size_t n_rising = 0, n_falling = 0;
  std::size_t n_violating() const { return n_rising + n_falling; }

  Candidates(const Programme& problem, const std::vector<double>& a, const std::vector<double>& G, std::size_t group,
             Bracket bracket)
      : problem_(problem), a_(a), G_(G), group_(group), b_(bracket), one_(problem.n_groups <= 1) {}

  // The `most` that violate most are among those collected.
  void collect(std::size_t most) {
    sample(most);
    pass();
    if (rising.size() < std::min(most, n_rising) || falling.size() < std::min(most, n_falling)) {
      enough_up_ = enough_down_ = 0.0;
      pass();
    }
  }

 private:
  bool member(std::size_t v) const { return one_ || problem_.group_of(v) == group_; }
  bool may_rise(std::size_t v) const { return a_[v] < problem_.upper[v]; }
  bool may_fall(std::size_t v) const { return a_[v] > problem_.lower[v]; }

  // How far those at a bound must violate to be collected, from variables spread over all.
  void sample(std::size_t most) {
    enough_up_ = enough_down_ = 0.0;
    const std::size_t stride = problem_.size / kSample;
    if (stride < 2) return;
    std::vector<double> up, down;
    for (std::size_t v = 0; v < problem_.size; v += stride) {
      if (!member(v) || may_rise(v) == may_fall(v)) continue;
      if (may_rise(v))
        up.push_back(b_.highest - G_[v]);
      else
        down.push_back(G_[v] - b_.lowest);
    }
    const double wanted = kMore * static_cast<double>(most) / static_cast<double>(stride);
    enough_up_ = score_of(up, wanted + kSafe * std::sqrt(wanted));
    enough_down_ = score_of(down, wanted + kSafe * std::sqrt(wanted));
  }
  // Of so many with the highest scores the lowest, or 0.
  static double score_of(std::vector<double>& scores, double count) {
    const auto rank = static_cast<std::size_t>(count);
    if (rank >= scores.size()) return 0.0;
    std::nth_element(scores.begin(), scores.begin() + static_cast<std::ptrdiff_t>(rank), scores.end(),
                     [](double x, double z) { return x > z; });
    return std::max(scores[rank], 0.0);
  }

  void pass() {
    n_rising = n_falling = 0;
    for (auto* list : {&free, &rising, &falling}) list->clear();
    append_where(problem_.size, free, [this](std::size_t v, Candidate& c) {
      c = {std::max(b_.highest - G_[v], G_[v] - b_.lowest), v};
      return member(v) & may_rise(v) & may_fall(v);
    });
    append_where(problem_.size, rising, [this](std::size_t v, Candidate& c) {
      c = {b_.highest - G_[v], v};
      const bool violates = member(v) & may_rise(v) & !may_fall(v) & (c.score > 0.0);
      n_rising += violates;
      return violates & (c.score >= enough_up_);
    });
    append_where(problem_.size, falling, [this](std::size_t v, Candidate& c) {
      c = {G_[v] - b_.lowest, v};
      const bool violates = member(v) & may_fall(v) & !may_rise(v) & (c.score > 0.0);
      n_falling += violates;
      return violates & (c.score >= enough_down_);
    });
  }

  const Programme& problem_;
  const std::vector<double>&a_, &G_;
  std::size_t group_;
  Bracket b_;
  bool one_;
  double enough_up_ = 0.0, enough_down_ = 0.0;
};

// Of `most` places for the free variables of all groups, as many for each group as it has, or its share of them.
std::vector<std::size_t> places_of_free(const std::vector<Candidates>& groups, std::size_t most) {
  std::size_t all = 0;
  for (const Candidates& c : groups) all += c.free.size();
  std::vector<std::size_t> places;
  for (const Candidates& c : groups) places.push_back(all <= most ? c.free.size() : most * c.free.size() / all);
  return places;
}

// Of `most` places for variables at bounds: equal parts, but that what a group has no use for goes to those after it,
// the ones with few first.
std::vector<std::size_t> places_of_others(const std::vector<Candidates>& groups, std::size_t most) {
  std::vector<std::size_t> order(groups.size()), places(groups.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t g, std::size_t h) { return groups[g].n_violating() < groups[h].n_violating(); });
  for (std::size_t k = 0; k < order.size(); ++k) {
    places[order[k]] = std::max<std::size_t>(2, most / (order.size() - k));
    most -= std::min(most, std::min(places[order[k]], groups[order[k]].n_violating()));
  }
  return places;
}

}  // namespace

WorkingSet working_set(const Programme& problem, const std::vector<double>& a, const std::vector<double>& G,
                       std::size_t most, std::size_t most_free) {
  const std::vector<Bracket> all = brackets(problem, a, G);
  WorkingSet set;
  std::vector<Candidates> groups;
  for (std::size_t g = 0; g < all.size(); ++g) {
    set.violation = std::max(set.violation, all[g].highest - all[g].lowest);
    groups.emplace_back(problem, a, G, g, all[g]).collect(std::max<std::size_t>(2, most));
  }
  std::size_t n_violating = 0;
  for (const Candidates& c : groups) n_violating += c.n_violating();
  const std::vector<std::size_t> free = places_of_free(groups, std::max(most_free, most - std::min(most, n_violating)));
  const std::size_t n_free = std::accumulate(free.begin(), free.end(), std::size_t{0});
  const std::vector<std::size_t> others = places_of_others(groups, most - std::min(most, n_free));
  std::vector<std::size_t>& chosen = set.variables;
  set.group_start.assign(1, 0);
  for (std::size_t g = 0; g < groups.size(); ++g) {
    Candidates& c = groups[g];
    keep_best(c.free, free[g]);
    const std::size_t share = others[g], half = share / 2;
    const std::size_t n_rising = std::min(c.n_rising, std::max(half, share - std::min(share, c.n_falling)));
    keep_best(c.rising, n_rising);
    keep_best(c.falling, share - std::min(share, n_rising));
    const std::size_t first = chosen.size();
    for (const auto* list : {&c.free, &c.rising, &c.falling})
      for (const Candidate& candidate : *list) chosen.push_back(candidate.variable);
    std::sort(chosen.begin() + static_cast<std::ptrdiff_t>(first), chosen.end());
    set.group_start.push_back(chosen.size());
  }
  return set;
}

}  // namespace maxmargin::quadratic
