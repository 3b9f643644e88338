#include "solvers/subsample.hpp"

#include <algorithm>

#include "solvers/random.hpp"

namespace maxmargin {
namespace {

constexpr std::size_t kFewestRows = 2000;   // of the smallest subset
constexpr std::size_t kRowsPerFeature = 4;  // fewer would not look like the whole
constexpr std::size_t kRatio = 8;           // between one size and the next

Subset draw(const Problem& problem, std::uint64_t seed, double fraction) {
  const auto threshold = static_cast<std::uint64_t>(fraction * 18446744073709549568.0);
  Subset subset;
  double total = 0.0, inside = 0.0;
  for (std::size_t i = 0; i < problem.X.n_rows(); ++i) {
    total += problem.c[i];
    if (problem.c[i] > 0.0 && scatter(seed + i) < threshold) {
      subset.rows.push_back(static_cast<RowIndex>(i));
      inside += problem.c[i];
    }
  }
  subset.scale = inside > 0.0 ? total / inside : 1.0;
  return subset;
}

// Without one of the classes the optimum is 0, and no relative gap is ever small.
bool has_both_classes(const Problem& problem, const Subset& subset) {
  bool positive = false, negative = false;
  for (const RowIndex i : subset.rows) (problem.y[i] > 0.0 ? positive : negative) = true;
  return positive && negative;
}

}  // namespace

std::vector<Subset> subsamples(const Problem& problem, std::uint64_t seed) {
  const std::size_t n = problem.X.n_rows();
  const std::size_t least = std::max(kFewestRows, kRowsPerFeature * problem.X.n_features());
  std::vector<Subset> subsets;
  for (std::size_t size = n / kRatio; size >= least; size /= kRatio) {
    Subset s = draw(problem, seed, static_cast<double>(size) / static_cast<double>(n));
    if (has_both_classes(problem, s)) subsets.insert(subsets.begin(), std::move(s));
  }
  return subsets;
}

}  // namespace maxmargin
