// NumPy vectors in and out.
#pragma once

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "solvers/problem.hpp"

namespace maxmargin {

using IndexVector = nanobind::ndarray<const std::int64_t, nanobind::ndim<1>, nanobind::c_contig, nanobind::device::cpu>;
using DoubleVector = nanobind::ndarray<const double, nanobind::ndim<1>, nanobind::c_contig, nanobind::device::cpu>;

template <class Vector>
void check_length(const Vector& v, std::size_t expected, const char* what) {
  if (v.shape(0) != expected)
    throw std::invalid_argument(std::string(what) + " has " + std::to_string(v.shape(0)) + " entries, expected " +
                                std::to_string(expected));
}

inline void check_rows(std::size_t n) {
  if (n >= std::numeric_limits<std::uint32_t>::max())
    throw std::invalid_argument("X has " + std::to_string(n) + " rows, at most 4294967294 are supported");
}

using SignVector = nanobind::ndarray<const std::int8_t, nanobind::ndim<1>, nanobind::c_contig, nanobind::device::cpu>;

// One number for each row, or one for all: then a view with stride 0.
using CostVector = nanobind::ndarray<const double, nanobind::ndim<1>, nanobind::device::cpu>;

inline Costs as_costs(const CostVector& c) {
  const std::ptrdiff_t stride = c.shape(0) < 2 ? 1 : static_cast<std::ptrdiff_t>(c.stride(0));
  if (stride != 0 && stride != 1) throw std::invalid_argument("c must be contiguous, or one number for all rows");
  return {c.data(), stride};
}

using DoubleOut = nanobind::ndarray<nanobind::numpy, double, nanobind::ndim<1>>;

struct NewVector {
  double* data;
  DoubleOut array;
};

// A zeroed NumPy vector that owns its memory.
inline NewVector new_vector(std::size_t size) {
  auto* data = new double[size]();
  const nanobind::capsule owner(data, [](void* p) noexcept { delete[] static_cast<double*>(p); });
  return {data, DoubleOut(data, {size}, owner)};
}

// Moves a std::vector into a NumPy array without a copy.
inline DoubleOut to_numpy(std::vector<double>&& v) {
  auto* owned = new std::vector<double>(std::move(v));
  const nanobind::capsule owner(owned, [](void* p) noexcept { delete static_cast<std::vector<double>*>(p); });
  return DoubleOut(owned->data(), {owned->size()}, owner);
}

}  // namespace maxmargin
