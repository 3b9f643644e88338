// What a kernel takes of memory, beside the caller's data: known before it is made.
#pragma once

namespace maxmargin::kernels {

struct Footprint {
  double held = 0.0;                // bytes, as long as the kernel lives
  double row_of_square = 0.0;       // bytes of each row while a square in float32 is computed; twice that in float64
  double sums = 0.0;                // bytes while sums in float64 are computed
  double values_per_row = 0.0;      // numbers that an inner product reads
  double products_per_value = 0.0;  // at most, see Kernel
};

}  // namespace maxmargin::kernels
