// Small random problems, the same on every machine.
#pragma once

#include <cstdint>
#include <vector>

#include "design/csr.hpp"
#include "design/dense.hpp"
#include "solvers/random.hpp"

namespace maxmargin::testing {

inline double uniform(Random& random) { return static_cast<double>(random.below(1u << 30)) / (1u << 29) - 1.0; }

// Rows of uniform numbers, a given share of them zero, as dense and as compressed rows; labels of a noisy plane.
struct Data {
  Data(std::size_t rows, std::size_t features, double zeros, std::uint64_t seed) : n(rows), d(features), dense(n * d) {
    Random random(seed, 0);
    std::vector<double> plane(d);
    for (double& p : plane) p = uniform(random);
    start.push_back(0);
    for (std::size_t i = 0; i < n; ++i) {
      double score = 0.3 * uniform(random);
      for (std::size_t j = 0; j < d; ++j) {
        if (uniform(random) < 2.0 * zeros - 1.0) continue;
        const double x = uniform(random);
        dense[i * d + j] = x;
        value.push_back(x);
        column.push_back(static_cast<std::int32_t>(j));
        score += x * plane[j];
      }
      start.push_back(static_cast<std::int32_t>(value.size()));
      y.push_back(score > 0.0 ? 1 : -1);
    }
    y[0] = 1;
    y[1] = -1;
  }
  DenseDesign<double> by_rows() const { return {dense.data(), n, d, static_cast<std::ptrdiff_t>(d), 1}; }
  CsrDesign<double, std::int32_t> sparse() const { return {value.data(), column.data(), start.data(), n, d}; }

  std::size_t n, d;
  std::vector<double> dense, value;
  std::vector<std::int8_t> y;
  std::vector<std::int32_t> column, start;
};

}  // namespace maxmargin::testing
