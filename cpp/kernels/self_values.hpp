// K(x, x), which needs no more than the squared norm.
#pragma once

#include <algorithm>

#include "kernels/composed.hpp"
#include "kernels/function.hpp"
#include "kernels/kernel.hpp"

namespace maxmargin::kernels {

inline void self_values(const Function& f, const Design& X, Rows rows, double* out, const Execution& run) {
  const bool of_differences = f.each([](const Function& part) {
    return part.kind == Kind::kRbf || part.kind == Kind::kLaplacian || part.kind == Kind::kChi2;
  });
  if (of_differences)
    std::fill(out, out + rows.size, 1.0);  // differences are 0, and what is made of the 1s follows
  else
    squared_norms(X, rows, out, run);
  if (of_differences && !f.composed()) return;
  for (std::size_t k = 0; k < rows.size; ++k) {
    const simd::Pack<double> norm = simd::all(out[k]), none = simd::all(0.0);
    Packs<double, 1> values;
    const auto simple = [&](const Function& part, Packs<double, 1>& of_part) {
      with_simple_kind(part, [&]<Kind kKind>() {
        of_part.v[0] = value<kKind, double>(part, terms_of(kKind) == Terms::kProducts ? norm : none, norm, norm);
      });
    };
    compose<double>(f, simple, values);
    out[k] = simd::at<double>(values.v[0], 0);
  }
}

}  // namespace maxmargin::kernels
