#include "quadratic/working_set.hpp"

#include <algorithm>
#include <limits>

namespace maxmargin::quadratic {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

struct Bracket {
  double lowest = kInfinity, highest = -kInfinity;
};

std::vector<Bracket> brackets(const Programme& problem, const std::vector<double>& a, const std::vector<double>& G) {
  std::vector<Bracket> found(problem.group != nullptr ? problem.n_groups : 1);
  for (std::size_t v = 0; v < problem.size; ++v) {
    Bracket& b = found[problem.group_of(v)];
    if (a[v] < problem.upper[v]) b.lowest = std::min(b.lowest, G[v]);
    if (a[v] > problem.lower[v]) b.highest = std::max(b.highest, G[v]);
  }
  // Without a sum to keep, the gradient itself must vanish: its bracket is [0, 0].
  if (problem.group == nullptr) found[0] = {std::min(found[0].lowest, 0.0), std::max(found[0].highest, 0.0)};
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

}  // namespace

WorkingSet working_set(const Programme& problem, const std::vector<double>& a, const std::vector<double>& G,
                       std::size_t most, std::size_t most_free) {
  const std::vector<Bracket> all = brackets(problem, a, G);
  WorkingSet set;
  for (const Bracket& b : all) set.violation = std::max(set.violation, b.highest - b.lowest);
  std::vector<std::size_t>& chosen = set.variables;
  set.group_start.assign(1, 0);
  std::vector<Candidate> rising, falling, free;
  for (std::size_t g = 0; g < all.size(); ++g) {
    rising.clear();
    falling.clear();
    free.clear();
    for (std::size_t v = 0; v < problem.size; ++v) {
      if (problem.group_of(v) != g) continue;
      if (a[v] > problem.lower[v] && a[v] < problem.upper[v]) {
        free.push_back({std::max(all[g].highest - G[v], G[v] - all[g].lowest), v});
        continue;
      }
      const bool up = a[v] < problem.upper[v] && G[v] < all[g].highest;
      const bool down = a[v] > problem.lower[v] && G[v] > all[g].lowest;
      // A variable that could do both counts where it violates more.
      if (up && (!down || all[g].highest - G[v] > G[v] - all[g].lowest))
        rising.push_back({all[g].highest - G[v], v});
      else if (down)
        falling.push_back({G[v] - all[g].lowest, v});
    }
    keep_best(free, most_free / all.size());
    const std::size_t share = std::max<std::size_t>(2, most / all.size() - free.size());
    const std::size_t half = share / 2;
    const std::size_t n_rising = std::min(rising.size(), std::max(half, share - std::min(share, falling.size())));
    keep_best(rising, n_rising);
    keep_best(falling, share - std::min(share, n_rising));
    const std::size_t first = chosen.size();
    for (const auto* list : {&free, &rising, &falling})
      for (const Candidate& c : *list) chosen.push_back(c.variable);
    std::sort(chosen.begin() + static_cast<std::ptrdiff_t>(first), chosen.end());
    set.group_start.push_back(chosen.size());
  }
  return set;
}

}  // namespace maxmargin::quadratic
