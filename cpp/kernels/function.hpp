// Kernel functions of two rows, evaluated on tiles: sums over features in registers first, then one function of each.
//
//   linear <x,z>   poly (gamma <x,z> + coef0)^degree   sigmoid tanh(gamma <x,z> + coef0)   rbf exp(-gamma |x-z|^2)
//   laplacian exp(-gamma |x-z|_1)   chi2 exp(-gamma sum (x-z)^2 / (x+z))
//
// and sums, products and multiples of them, which composed.hpp evaluates.
#pragma once

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "simd/pack.hpp"

namespace maxmargin::kernels {

enum class Kind { kLinear, kPoly, kSigmoid, kRbf, kLaplacian, kChi2, kSum, kProduct, kScaled };

// What is summed over the features.
enum class Terms : std::size_t { kProducts, kAbsoluteDifferences, kChiSquares };

constexpr Terms terms_of(Kind kind) {
  return kind == Kind::kLaplacian ? Terms::kAbsoluteDifferences
         : kind == Kind::kChi2    ? Terms::kChiSquares
                                  : Terms::kProducts;
}

struct Function {
  Kind kind = Kind::kRbf;
  double gamma = 1.0, coef0 = 0.0, degree = 3.0;
  std::vector<Function> parts{};  // of a sum or product; the one that `factor` scales
  double factor = 1.0;

  bool composed() const { return !parts.empty(); }
  // Whether it is so of each function that this one is made of.
  template <class Is>
  bool each(const Is& is) const {
    if (!composed()) return is(*this);
    return std::all_of(parts.begin(), parts.end(), [&](const Function& part) { return part.each(is); });
  }
  // How many functions that is.
  double n_simple() const {
    double n = composed() ? 0.0 : 1.0;
    for (const Function& part : parts) n += part.n_simple();
    return n;
  }
  bool sums(Terms terms) const {
    return !each([terms](const Function& f) { return terms_of(f.kind) != terms; });
  }
  // What its first function sums, and whether the others sum that, too: sparse rows then skip zeros (common_terms.hpp).
  Terms terms() const { return composed() ? parts.front().terms() : terms_of(kind); }
  bool of_one_sum() const {
    return each([one = terms()](const Function& f) { return terms_of(f.kind) == one; });
  }
  bool of_products() const { return !sums(Terms::kAbsoluteDifferences) && !sums(Terms::kChiSquares); }
  // Moving all rows by one vector changes nothing: rows may be centred, which saves digits of float32.
  bool shift_invariant() const {
    return each([](const Function& f) { return f.kind == Kind::kRbf || f.kind == Kind::kLaplacian; });
  }
  // What a value costs, in products of numbers, where rows have so many.
  double products_per_value(double values_per_row) const {
    constexpr double kOfAFunction = 16.0;
    const int passes =
        int{sums(Terms::kProducts)} + int{sums(Terms::kAbsoluteDifferences)} + int{sums(Terms::kChiSquares)};
    return kOfAFunction * n_simple() + passes * values_per_row;
  }
};

// False for a name that is none of a simple function.
inline bool parse(const std::string& name, Kind& kind) {
  static constexpr const char* kNames[] = {"linear", "poly", "sigmoid", "rbf", "laplacian", "chi2"};
  for (int i = 0; i < 6; ++i)
    if (name == kNames[i]) {
      kind = static_cast<Kind>(i);
      return true;
    }
  return false;
}

// Sums over features, one term at a time.
struct Product {
  template <class T>
  static simd::Pack<T> add(simd::Pack<T> sum, simd::Pack<T> x, simd::Pack<T> z) {
    return simd::fma(x, z, sum);
  }
};
struct AbsoluteDifference {
  template <class T>
  static simd::Pack<T> add(simd::Pack<T> sum, simd::Pack<T> x, simd::Pack<T> z) {
    const simd::Pack<T> d = x - z;
    return sum + simd::larger<T>(d, simd::all(T(0)) - d);
  }
};
struct ChiSquare {
  template <class T>
  static simd::Pack<T> add(simd::Pack<T> sum, simd::Pack<T> x, simd::Pack<T> z) {
    const simd::Pack<T> d = x - z, s = x + z;
    return sum + d * (d / simd::larger<T>(s, simd::all(std::numeric_limits<T>::min())));  // d * d may be no number
  }
};

template <class T>
inline simd::Pack<T> power(simd::Pack<T> x, double degree) {
  if (degree == std::floor(degree) && degree >= 0.0 && degree <= 64.0) {
    simd::Pack<T> result = simd::all(T(1));
    for (auto n = static_cast<unsigned>(degree); n > 0; n >>= 1, x = x * x)
      if (n & 1u) result = result * x;
    return result;
  }
  T lanes[simd::kPackSize<T>];
  simd::store_pack(lanes, x);
  for (T& v : lanes) v = static_cast<T>(std::pow(static_cast<double>(v), degree));
  return simd::load_pack(lanes);
}

// The kernel value from the sum over features and the squared norms of both rows. The kind is known when this is
// compiled, so nothing is decided between the tiles.
template <Kind kKind, class T>
inline simd::Pack<T> value(const Function& f, simd::Pack<T> sum, simd::Pack<T> norm_x, simd::Pack<T> norm_z) {
  using simd::all;
  const simd::Pack<T> gamma = all(static_cast<T>(f.gamma)), coef0 = all(static_cast<T>(f.coef0));
  if constexpr (kKind == Kind::kLinear) {
    return sum;
  } else if constexpr (kKind == Kind::kPoly) {
    return power<T>(simd::fma(sum, gamma, coef0), f.degree);
  } else if constexpr (kKind == Kind::kSigmoid) {
    const simd::Pack<T> e = simd::exponential<T>(all(T(2)) * simd::fma(sum, gamma, coef0));
    return all(T(1)) - all(T(2)) / (e + all(T(1)));
  } else if constexpr (kKind == Kind::kRbf) {
    const simd::Pack<T> distance = simd::larger<T>(simd::fma(sum, all(T(-2)), norm_x + norm_z), all(T(0)));
    constexpr double kOverLog2 = 1.4426950408889634, kMost = std::numeric_limits<T>::max();
    return simd::power_of_two(all(static_cast<T>(-std::min(kOverLog2 * f.gamma, kMost))) * distance);
  } else {
    return simd::exponential<T>((all(T(0)) - gamma) * sum);
  }
}

// body.template operator()<kind>() for the kind that `f`, which has no parts, is.
template <class Body>
inline void with_simple_kind(const Function& f, const Body& body) {
  switch (f.kind) {
    case Kind::kLinear:
      return body.template operator()<Kind::kLinear>();
    case Kind::kPoly:
      return body.template operator()<Kind::kPoly>();
    case Kind::kSigmoid:
      return body.template operator()<Kind::kSigmoid>();
    case Kind::kRbf:
      return body.template operator()<Kind::kRbf>();
    case Kind::kLaplacian:
      return body.template operator()<Kind::kLaplacian>();
    case Kind::kChi2:
      return body.template operator()<Kind::kChi2>();
    default:
      return;
  }
}

// What functions with parts are all compiled as: their parts are looked at for every few packs.
inline constexpr Kind kComposed = Kind::kSum;

// The same of any function, for the kind that it is compiled as.
template <class Body>
inline void with_kind(const Function& f, const Body& body) {
  if (f.composed()) return body.template operator()<kComposed>();
  with_simple_kind(f, body);
}

}  // namespace maxmargin::kernels
