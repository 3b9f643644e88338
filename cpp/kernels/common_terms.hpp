// Sums over the columns that two rows have in common, from which sparse rows get what is summed over all features:
//
//   |x - z|_1                = |x|_1 + |z|_1 - 2 sum of min(|x|, |z|) where the signs are the same
//   sum (x - z)^2 / (x + z)  = |x|_1 + |z|_1 - 4 sum of x z / (x + z)      of values >= 0
//
// as |x - z|^2 is |x|^2 + |z|^2 - 2 <x, z>. No term is more than 0 where one of both values is 0, and each has the same
// bits from either side.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>

#include "kernels/function.hpp"
#include "simd/pack.hpp"

namespace maxmargin::kernels {

// Each has: the term of two numbers, a sum with one term more, the same of one number and a pack of others, and what a
// value adds to the norm of its row.
struct CommonProducts {
  template <class T>
  static T term(T x, T z) {
    return x * z;
  }
  template <class T>
  static T add(T sum, T x, T z) {
    return simd::fma(x, z, sum);
  }
  template <class T>
  struct With {
    simd::Pack<T> x;
    explicit With(T value) : x(simd::all(value)) {}
    simd::Pack<T> add(simd::Pack<T> sum, simd::Pack<T> z) const { return simd::fma(x, z, sum); }
  };
  static double of_norm(double v) { return v * v; }
};

struct CommonParts {
  template <class T>
  static T term(T x, T z) {
    const T least = x < 0 ? x : T(0), most = x < 0 ? T(0) : x;  // values, as references to them would be branched over
    const T nearer = z < most ? z : most;
    return std::abs(nearer < least ? least : nearer);
  }
  template <class T>
  static T add(T sum, T x, T z) {
    return sum + term(x, z);
  }
  // z, no further from 0 than x and on its side, is x's part of it: times x's sign, which rounds nothing.
  template <class T>
  struct With {
    simd::Pack<T> least, most, sign;
    explicit With(T x)
        : least(simd::all(std::min(x, T(0)))),
          most(simd::all(std::max(x, T(0)))),
          sign(simd::all(x < 0 ? T(-1) : T(1))) {}
    simd::Pack<T> add(simd::Pack<T> sum, simd::Pack<T> z) const {
      return simd::fma(sign, simd::larger<T>(simd::smaller<T>(z, most), least), sum);
    }
  };
  static double of_norm(double v) { return std::abs(v); }
};

// The smaller one times the share of the larger one in both: no product of large or small values on the way.
struct CommonHarmonics {
  template <class T>
  static T term(T x, T z) {
    return std::min(x, z) * (std::max(x, z) / std::max(x + z, std::numeric_limits<T>::min()));
  }
  template <class T>
  static T add(T sum, T x, T z) {
    return sum + term(x, z);
  }
  template <class T>
  struct With {
    simd::Pack<T> x;
    explicit With(T value) : x(simd::all(value)) {}
    simd::Pack<T> add(simd::Pack<T> sum, simd::Pack<T> z) const {
      const simd::Pack<T> both = simd::larger<T>(x + z, simd::all(std::numeric_limits<T>::min()));
      return sum + simd::smaller<T>(x, z) * (simd::larger<T>(x, z) / both);
    }
  };
  static double of_norm(double v) { return std::abs(v); }
};

// body.template operator()<Common>() for what is summed.
template <class Body>
inline void with_common(Terms terms, const Body& body) {
  switch (terms) {
    case Terms::kProducts:
      return body.template operator()<CommonProducts>();
    case Terms::kAbsoluteDifferences:
      return body.template operator()<CommonParts>();
    case Terms::kChiSquares:
      return body.template operator()<CommonHarmonics>();
  }
}

// The kernel value from the sum over common columns and the norms of both rows.
template <Kind kKind, class T>
inline simd::Pack<T> value_of_common(const Function& f, simd::Pack<T> sum, simd::Pack<T> norm_x, simd::Pack<T> norm_z) {
  if constexpr (terms_of(kKind) == Terms::kProducts) {
    return value<kKind, T>(f, sum, norm_x, norm_z);
  } else {
    constexpr T kTimes = terms_of(kKind) == Terms::kChiSquares ? T(-4) : T(-2);
    const simd::Pack<T> distance = simd::larger<T>(simd::fma(sum, simd::all(kTimes), norm_x + norm_z), simd::all(T(0)));
    return value<kKind, T>(f, distance, norm_x, norm_z);
  }
}

}  // namespace maxmargin::kernels
