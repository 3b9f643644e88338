// The dual of every kernel machine: a convex quadratic programme over a box, with the sums of groups kept.
//
//   minimise over a   1/2 sum_uv a_u a_v K(r(u), r(v)) + sum_v p_v a_v    l_v <= a_v <= u_v,  sum_{v in g} a_v kept
//
// Multipliers are signed (a = y alpha), so no label is in K and one kernel serves every machine.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "kernels/kernel.hpp"
#include "solvers/problem.hpp"

namespace maxmargin::quadratic {

// All of it but the kernel.
struct Variables {
  std::size_t size;
  const double* linear;
  const double* lower;
  const double* upper;
  const std::int64_t* row;    // of the data, for each variable
  const std::int64_t* group;  // 0, 1, ... for each variable; null: no sums are kept
  std::size_t n_groups;

  std::size_t group_of(std::size_t v) const { return group != nullptr ? static_cast<std::size_t>(group[v]) : 0; }
};

struct Programme : Variables {
  const kernels::Kernel& kernel;
};

struct KernelSolution {
  Status status = Status::kNumericalLimit;
  std::vector<double> multipliers;  // a
  std::vector<double> decision;     // f_v = sum_u a_u K(r(u), r(v)), float64 wherever it has a part in the gap
  std::vector<double> offsets;      // b of each group
  double primal = 0.0, dual = 0.0, gap = 0.0;
  std::int64_t n_iter = 0;
  double kernel_evaluations = 0.0;
  std::vector<Record> history;
};

}  // namespace maxmargin::quadratic
