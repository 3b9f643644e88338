// K(x, x), which needs no more than the squared norm.
#pragma once

#include <algorithm>

#include "kernels/function.hpp"
#include "kernels/kernel.hpp"

namespace maxmargin::kernels {

inline void self_values(const Function& f, const Design& X, Rows rows, double* out, const Execution& run) {
  if (!f.of_products() || f.kind == Kind::kRbf) {
    std::fill(out, out + rows.size, 1.0);
    return;
  }
  squared_norms(X, rows, out, run);
  with_kind(f, [&]<Kind kKind>() {
    for (std::size_t k = 0; k < rows.size; ++k) {
      const simd::Pack<double> norm = simd::all(out[k]);
      out[k] = simd::at<double>(value<kKind, double>(f, norm, norm, norm), 0);
    }
  });
}

}  // namespace maxmargin::kernels
