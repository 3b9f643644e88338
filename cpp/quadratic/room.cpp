#include "quadratic/room.hpp"

#include <algorithm>
#include <cmath>

namespace maxmargin::quadratic {
namespace {

constexpr double kFewestVariables = 64.0;
constexpr double kMostExactFree = 3000.0;  // 2 x 72 MB
constexpr double kExactShare = 0.25;       // of the bytes, for a block in float64 and its factor
constexpr double kUsed = 0.875;            // of the bytes: large vectors begin and end with huge pages of their own
constexpr double kValue = sizeof(float), kWide = sizeof(double);

// The largest q with square q^2 + linear q <= bytes.
double most(double square, double linear, double bytes) {
  if (!(bytes > 0.0)) return 0.0;
  return 2.0 * bytes / (linear + std::sqrt(linear * linear + 4.0 * square * bytes));
}

}  // namespace

Room room_within(double limit, const kernels::Footprint& kernel) {
  const double bytes = kUsed * limit;
  const double row = kernel.row_of_square;
  const double variables = std::clamp(
      std::min({most(kValue + kWide, 0.0, bytes), most(kValue, row, bytes), most(kValue, 0.0, bytes - kernel.sums)}),
      kFewestVariables, kMostVariables);
  const double left = bytes - kValue * variables * variables;
  const double exact =
      std::min(most(2.0 * kWide, 0.0, std::min(left, kExactShare * bytes)), most(kWide, 2.0 * row, left));
  return {static_cast<std::size_t>(variables),
          static_cast<std::size_t>(std::clamp(exact - static_cast<double>(kExactEntering), 0.0, kMostExactFree))};
}

double least_room(const kernels::Footprint& kernel) {
  constexpr double kSquare = kFewestVariables * kFewestVariables;
  return kValue * kSquare + std::max({kWide * kSquare, kernel.row_of_square * kFewestVariables, kernel.sums});
}

}  // namespace maxmargin::quadratic
