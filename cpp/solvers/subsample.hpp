// Growing random subsets of the rows: solving a small one first leaves only a few Newton steps for all rows.
#pragma once

#include <cstdint>
#include <vector>

#include "solvers/problem.hpp"

namespace maxmargin {

struct Subset {
  std::vector<RowIndex> rows;  // ascending; empty means all rows
  double scale = 1.0;          // of c, so that the subset weighs as much as all rows
};

// Smallest first; empty when the problem is too small to gain.
std::vector<Subset> subsamples(const Problem& problem, std::uint64_t seed);

inline constexpr double kSubsampleTolerance = 1e-2;  // relative gap asked of a subset
inline constexpr double kWideBand = 2.0;             // curved band |z| < width of a cold start
inline constexpr double kNarrowBand = 0.1;           // and of a start near the solution

}  // namespace maxmargin
