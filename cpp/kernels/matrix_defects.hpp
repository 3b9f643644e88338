// What shows that a square matrix is not one of kernel values, at its worst pair of rows.
#pragma once

#include <cstddef>

#include "design/products.hpp"

namespace maxmargin::kernels {

// The largest of some numbers, and the first pair of rows that has it.
struct Worst {
  double value = 0.0;
  std::size_t row = 0, column = 0;
};

// Beside the largest of |K(x, z)|, sqrt|K(x, x) K(z, z)| and a floor.
struct MatrixDefects {
  Worst crooked;  // |K(x, z) - K(z, x)|
  Worst apart;    // 2 K(x, z) - K(x, x) - K(z, z)
  Worst aligned;  // |K(x, z)| - sqrt((K(x, x) + slack) (K(z, z) + slack))
};

// Of K(i, j) = values[i * row_stride + j * column_stride], i <= j < n, finite. One pass, the same for any number of
// threads.
template <class T>
MatrixDefects defects_of_matrix(const T* values, std::size_t n, std::ptrdiff_t row_stride, std::ptrdiff_t column_stride,
                                double floor, double slack, const Execution& run);

}  // namespace maxmargin::kernels
