// Sums, products and multiples of kernel functions: evaluated on a few packs of values at a time, which stay in the
// first-level cache, from sums over the features that parts of a kind share.
#pragma once

#include <cstddef>

#include "kernels/function.hpp"
#include "simd/pack.hpp"

namespace maxmargin::kernels {

template <class T, std::size_t kPacks>
struct Packs {
  static constexpr std::size_t kSize = kPacks;
  simd::Pack<T> v[kPacks];
  simd::Pack<T>& at(std::size_t k) { return v[k]; }
};

// The values of `f`, for `Values` of kSize packs at(k). simple(part, values) writes those of a function without parts.
template <class T, class Values, class Simple>
void compose(const Function& f, const Simple& simple, Values& values) {
  if (!f.composed()) return simple(f, values);
  compose<T>(f.parts.front(), simple, values);
  if (f.kind == Kind::kScaled) {
    const simd::Pack<T> factor = simd::all(static_cast<T>(f.factor));
    for (std::size_t k = 0; k < Values::kSize; ++k) values.at(k) = factor * values.at(k);
  }
  for (std::size_t i = 1; i < f.parts.size(); ++i) {
    Values other;
    compose<T>(f.parts[i], simple, other);
    if (f.kind == Kind::kSum)
      for (std::size_t k = 0; k < Values::kSize; ++k) values.at(k) = values.at(k) + other.at(k);
    else
      for (std::size_t k = 0; k < Values::kSize; ++k) values.at(k) = values.at(k) * other.at(k);
  }
}

}  // namespace maxmargin::kernels
