#include <algorithm>
#include <cstddef>
#include <vector>

#include "check.hpp"
#include "quadratic/block.hpp"
#include "quadratic/room.hpp"

using namespace maxmargin;

namespace {

constexpr double kFewest = 64.0, kValue = sizeof(float), kWide = sizeof(double);

// Bytes of the kernel values of q variables, and of what is beside them: a factor, the rows they come from, sums.
double taken(double q, const kernels::Footprint& kernel) {
  return kValue * q * q + std::max({kWide * q * q, kernel.row_of_square * q, kernel.sums});
}

// The same while there is a block in float64 beside them: its values, and their factor or the rows they come from.
double taken_exactly(double q, double exact, const kernels::Footprint& kernel) {
  return kValue * q * q + kWide * exact * exact + std::max(kWide * exact * exact, 2.0 * kernel.row_of_square * exact);
}

// What is reserved beyond is not touched.
template <class T>
double bytes_of(std::size_t variables) {
  quadratic::Block<T> block;
  block.resize(variables);
  return static_cast<double>(block.K.size() * sizeof(T) + 4 * block.gradient.capacity() * sizeof(double));
}

void stays_within(double limit, const kernels::Footprint& kernel, const quadratic::Room& room) {
  const auto q = static_cast<double>(room.variables);
  CHECK(q >= kFewest);
  if (limit >= quadratic::least_room(kernel))
    CHECK(taken(q, kernel) <= limit);
  else
    CHECK(q == kFewest);  // `least_room` said so before
  if (room.exact_free == 0) return;
  const auto exact = static_cast<double>(room.exact_free + quadratic::kExactEntering);
  CHECK(taken_exactly(q, exact, kernel) <= limit);
  CHECK(2.0 * kWide * exact * exact <= 0.25 * limit);
}

// Blocks as they are allocated, with what pads them and the vectors beside K.
void holds_what_is_allocated(double limit, const kernels::Footprint& kernel, const quadratic::Room& room) {
  if (limit < 1.25 * quadratic::least_room(kernel)) return;
  const auto q = static_cast<double>(room.variables);
  const double block = bytes_of<float>(room.variables);
  CHECK(block + std::max({kWide * q * q, kernel.row_of_square * q, kernel.sums}) <= limit);
  if (room.exact_free == 0) return;
  const std::size_t size = room.exact_free + quadratic::kExactEntering;
  const auto exact = static_cast<double>(size);
  CHECK(block + bytes_of<double>(size) + std::max(kWide * exact * exact, 2.0 * kernel.row_of_square * exact) <= limit);
}

void over_limits(const kernels::Footprint& kernel) {
  quadratic::Room before;
  for (double limit = 1 << 10; limit < 1e11; limit *= 1.17) {
    const quadratic::Room room = quadratic::room_within(limit, kernel);
    stays_within(limit, kernel, room);
    if (limit < 3e7) holds_what_is_allocated(limit, kernel, room);
    CHECK(room.variables >= before.variables && room.exact_free >= before.exact_free);
    before = room;
  }
  CHECK(before.variables == 10240 && before.exact_free == 3000);  // what is never exceeded, whatever there is
  for (const double limit : {0.0, -1e6}) CHECK(quadratic::room_within(limit, kernel).variables == 64);
}

}  // namespace

int main() {
  const std::vector<double> rows = {0.0, 64.0, 3e3, 1e5, 2e6}, sums = {0.0, 1e4, 2e6, 3e8};
  for (const double row : rows) {
    for (const double sum : sums) {
      const kernels::Footprint kernel{0.0, row, sum, 0.0};
      over_limits(kernel);
      CHECK(quadratic::least_room(kernel) == taken(kFewest, kernel));
      // What is held as long as the kernel lives is not the solver's.
      CHECK(quadratic::room_within(1e8, kernel).variables ==
            quadratic::room_within(1e8, {1e9, row, sum, 7.0}).variables);
      // A kernel that takes more leaves room for no more.
      for (const kernels::Footprint& more : {kernels::Footprint{0.0, 2.0 * row, sum, 0.0}, {0.0, row, sum + 1e7, 0.0}})
        CHECK(quadratic::room_within(1e8, more).variables <= quadratic::room_within(1e8, kernel).variables);
    }
  }
}
