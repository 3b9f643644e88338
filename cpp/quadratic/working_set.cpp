#include "quadratic/working_set.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <numeric>

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

enum Side : std::uint32_t { kFree, kRising, kFalling };  // inside both bounds, or what a variable at one may do
constexpr std::size_t kSides = 3;

struct Candidate {
  double score;
  std::uint32_t variable;
  Side side;
};

// The highest of some scores: all that are above the threshold, and the first of those that equal it.
struct Best {
  double threshold = -kInfinity;
  std::size_t equal = 0;

  // Scores are left in another order.
  Best(std::vector<double>& scores, std::size_t count) {
    if (scores.size() <= count) return;
    threshold = kInfinity;
    if (count == 0) return;
    const auto last = scores.begin() + static_cast<std::ptrdiff_t>(count - 1);
    std::nth_element(scores.begin(), last, scores.end(), std::greater<>());
    threshold = *last;
    equal = count - static_cast<std::size_t>(
                        std::count_if(scores.begin(), last, [this](double score) { return score > threshold; }));
  }
  bool take(double score) {
    if (score != threshold) return score > threshold;
    if (equal == 0) return false;
    --equal;
    return true;
  }
};

// The variables of a group by what they could do, in their order. Of those at a bound that violate only the most
// violating may be among them; `n_` says how many there are.
class Candidates {
 public:
  std::size_t n_rising = 0, n_falling = 0;
  std::size_t n_violating() const { return n_rising + n_falling; }
  std::size_t n_free() const { return scores_[kFree].size(); }

  Candidates(const Programme& problem, const std::vector<double>& a, const std::vector<double>& G, std::size_t group,
             Bracket bracket)
      : problem_(problem), a_(a), G_(G), group_(group), b_(bracket), one_(problem.n_groups <= 1) {}

  // The `most` that violate most are among those collected.
  void collect(std::size_t most) {
    sample(most);
    pass();
    if (scores_[kRising].size() < std::min(most, n_rising) || scores_[kFalling].size() < std::min(most, n_falling)) {
      enough_up_ = enough_down_ = 0.0;
      pass();
    }
  }

  // Appends, in their order, so many of each side: those with the highest scores.
  void choose(std::size_t free, std::size_t rising, std::size_t falling, std::vector<std::size_t>& chosen) {
    Best best[kSides] = {{scores_[kFree], free}, {scores_[kRising], rising}, {scores_[kFalling], falling}};
    for (const Candidate& c : list_)
      if (best[c.side].take(c.score)) chosen.push_back(c.variable);
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
                     std::greater<>());
    return std::max(scores[rank], 0.0);
  }

  void pass() {
    n_rising = n_falling = 0;
    list_.clear();
    for (auto& scores : scores_) scores.clear();
    Chunk chunk;
    for (std::size_t first = 0; first < problem_.size; first += kAtOnce) {
      const std::size_t size = std::min(kAtOnce, problem_.size - first);
      look_at(first, size, chunk);
      std::size_t n_taken = 0;  // as `append_where`, but that no item is made of those left out: 5 % of susy_30k
      for (std::size_t k = 0; k < size; ++k) {
        chunk.taken[n_taken] = static_cast<std::uint32_t>(k);
        n_taken += chunk.take[k] > 0.0;
      }
      for (std::size_t t = 0; t < n_taken; ++t) {
        const std::uint32_t k = chunk.taken[t];
        const Side side = chunk.side[k] == 0.0 ? kFree : (chunk.side[k] > 0.0 ? kRising : kFalling);
        list_.push_back({chunk.score[k], static_cast<std::uint32_t>(first) + k, side});
        scores_[side].push_back(chunk.score[k]);
      }
    }
  }

  static constexpr std::size_t kAtOnce = 256;
  struct Chunk {
    double member[kAtOnce], score[kAtOnce], side[kAtOnce], take[kAtOnce];
    std::uint32_t taken[kAtOnce + 1];
  };

  // Without branches, which would be mispredicted where there is no telling who is wanted.
  void look_at(std::size_t first, std::size_t size, Chunk& chunk) {
    const double *a = a_.data() + first, *G = G_.data() + first;
    const double *lower = problem_.lower + first, *upper = problem_.upper + first;
    for (std::size_t k = 0; k < size; ++k) chunk.member[k] = member(first + k) ? 1.0 : 0.0;
    double rising = 0.0, falling = 0.0;
#pragma omp simd reduction(+ : rising, falling)
    for (std::size_t k = 0; k < size; ++k) {
      const double rises = a[k] < upper[k] ? 1.0 : 0.0, falls = a[k] > lower[k] ? 1.0 : 0.0;
      const double up = b_.highest - G[k], down = G[k] - b_.lowest, either = up > down ? up : down;
      const double side = rises - falls, score = side > 0.0 ? up : (side < 0.0 ? down : either);
      const double violates = score > 0.0 ? chunk.member[k] * std::abs(side) : 0.0;
      const double enough = side > 0.0 ? enough_up_ : enough_down_;
      rising += violates * rises;
      falling += violates * falls;
      chunk.score[k] = score;
      chunk.side[k] = side;
      chunk.take[k] = chunk.member[k] * rises * falls + (score >= enough ? violates : 0.0);
    }
    n_rising += static_cast<std::size_t>(rising);
    n_falling += static_cast<std::size_t>(falling);
  }

  const Programme& problem_;
  const std::vector<double>&a_, &G_;
  std::size_t group_;
  Bracket b_;
  bool one_;
  double enough_up_ = 0.0, enough_down_ = 0.0;
  std::vector<Candidate> list_;
  std::vector<double> scores_[kSides];
};

// Of `most` places for the free variables of all groups, as many for each group as it has, or its share of them.
std::vector<std::size_t> places_of_free(const std::vector<Candidates>& groups, std::size_t most) {
  std::size_t all = 0;
  for (const Candidates& c : groups) all += c.n_free();
  std::vector<std::size_t> places;
  for (const Candidates& c : groups) places.push_back(all <= most ? c.n_free() : most * c.n_free() / all);
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
    const std::size_t share = others[g], half = share / 2;
    const std::size_t n_rising = std::min(c.n_rising, std::max(half, share - std::min(share, c.n_falling)));
    c.choose(free[g], n_rising, share - std::min(share, n_rising), chosen);
    set.group_start.push_back(chosen.size());
  }
  return set;
}

}  // namespace maxmargin::quadratic
