// How large blocks may be, in the bytes that a solver has for them.
//
// The kernel values of a block stay. Beside them there is, one after the other: the rows that they are computed from,
// the Cholesky factor of free variables, what sums in float64 take, a block in float64 with its rows or its factor.
#pragma once

#include <cstddef>

#include "kernels/footprint.hpp"

namespace maxmargin::quadratic {

inline constexpr double kMostVariables = 10240.0;   // of a block: 419 MB, and a factor of 839 MB
inline constexpr std::size_t kExactEntering = 256;  // variables of a block in float64 that are not free

struct Room {
  std::size_t variables = 0;   // of a block
  std::size_t exact_free = 0;  // free variables of a block in float64
};

// Never less than a few variables, which take `least_room`.
Room room_within(double limit, const kernels::Footprint& kernel);
double least_room(const kernels::Footprint& kernel);

}  // namespace maxmargin::quadratic
