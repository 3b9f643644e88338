// Whether a symmetric matrix has a negative eigenvalue beyond rounding: a Cholesky factor breaks off where one appears.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "design/products.hpp"

namespace maxmargin::linalg {

// v'Kv = value < 0 with |v| = 1; v is zero beyond the first entries, which are given.
struct Descent {
  double value;
  std::vector<double> direction;
};

// Of K(i, j) = values[i * row_stride + j * column_stride], j <= i < n. Eigenvalues above -slack times the root of the
// sum of all K(i, j)^2, or times `least_size` where that is more, are rounding. None where the values overflow. The
// same for any number of threads.
template <class T>
std::optional<Descent> find_descent(const T* values, std::size_t n, std::ptrdiff_t row_stride,
                                    std::ptrdiff_t column_stride, double slack, double least_size,
                                    const Execution& run);

}  // namespace maxmargin::linalg
