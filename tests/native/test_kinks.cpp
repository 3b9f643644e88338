#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <utility>
#include <vector>

#include "check.hpp"
#include "quadratic/kinks.hpp"
#include "solvers/random.hpp"

using namespace maxmargin;
using quadratic::Kinks;

namespace {

using List = std::vector<std::pair<double, double>>;

Kinks kinks_of(const List& list) {
  Kinks kinks(list.size());
  for (const auto& [at, weight] : list) {
    kinks.add_if(true, at, weight);
    kinks.add_if(false, -1e9, 1e9);
  }
  return kinks;
}

double by_sorting(List list, double target) {
  std::sort(list.begin(), list.end());
  double sum = 0.0;
  for (const auto& [at, weight] : list) {
    sum += weight;
    if (sum >= target) return at;
  }
  return list.back().first;
}

// Weights are whole numbers, so that all sums are exact; kinks are spread out, in few places, or far from one another.
List list_of(std::size_t n, int kind, std::uint64_t seed) {
  Random random(seed, 0);
  List list;
  for (std::size_t k = 0; k < n; ++k) {
    double at = static_cast<double>(random.below(1U << 30)) / static_cast<double>(1U << 30) - 0.5;
    if (kind == 1) at = static_cast<double>(static_cast<int>(at * 10.0));
    if (kind == 2) at = at * at * at * at * at * at * at * 1e6;
    if (kind == 3) at = 0.25;
    list.push_back({at, static_cast<double>(1 + random.below(3))});
  }
  return list;
}

void quantiles_are_those_found_by_sorting() {
  for (std::size_t n : {1, 2, 47, 49, 1000, 20000})
    for (int kind = 0; kind < 4; ++kind) {
      const List list = list_of(n, kind, n + static_cast<std::size_t>(kind));
      const Kinks kinks = kinks_of(list);
      CHECK(kinks.size() == n);
      const double total = kinks.total();
      for (double share : {-0.1, 0.0, 1e-9, 0.1, 0.5, 0.77, 1.0, 1.1})
        CHECK(kinks.quantile(share * total) == by_sorting(list, share * total));
      CHECK(kinks.first() == by_sorting(list, 0.0) && kinks.last() == by_sorting(list, total));
      CHECK(kinks.weight_up_to(kinks.last()) == total && kinks.weight_up_to(kinks.first() - 1.0) == 0.0);
    }
}

}  // namespace

int main() {
  testing::need_instruction_set();
  quantiles_are_those_found_by_sorting();
}
