// Kernel functions as Python hands them over.
#pragma once

#include <nanobind/stl/string.h>

#include <stdexcept>
#include <string>

#include "bindings.hpp"
#include "kernels/function.hpp"

namespace maxmargin {

// (kind, gamma, coef0, degree), ("sum", function, function, ...), ("product", the same), ("scaled", factor, function).
inline kernels::Function function_of(const nanobind::tuple& given) {
  namespace nb = nanobind;
  kernels::Function f;
  const auto kind = nb::cast<std::string>(given[0]);
  std::size_t first_part = 1;
  if (kind == "sum" || kind == "product") {
    f.kind = kind == "sum" ? kernels::Kind::kSum : kernels::Kind::kProduct;
  } else if (kind == "scaled") {
    f.kind = kernels::Kind::kScaled;
    f.factor = nb::cast<double>(given[1]);
    first_part = 2;
  } else {
    if (!kernels::parse(kind, f.kind)) throw std::invalid_argument("unknown kernel: " + kind);
    f.gamma = nb::cast<double>(given[1]);
    f.coef0 = nb::cast<double>(given[2]);
    f.degree = nb::cast<double>(given[3]);
    return f;
  }
  if (given.size() <= first_part || (first_part == 2 && given.size() != 3))
    throw std::invalid_argument("a " + kind + " kernel of " + std::to_string(given.size() - first_part) + " parts");
  for (std::size_t i = first_part; i < given.size(); ++i) f.parts.push_back(function_of(nb::cast<nb::tuple>(given[i])));
  return f;
}

}  // namespace maxmargin
