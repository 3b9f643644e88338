// Packs of float32 or float64 as wide as the instruction set, with comparison, selection and exponential: what kernel
// functions and the choice of working sets need. `vector.hpp` has the float64 loops over rows of data.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <type_traits>

#include "simd/vector.hpp"

namespace maxmargin::simd {

// a * b + c, rounded as lanes of packs are.
inline float fma(float a, float b, float c) {
#if defined(__FMA__) || defined(__AVX512F__)
  return __builtin_fmaf(a, b, c);
#else
  return a * b + c;
#endif
}
inline double fma(double a, double b, double c) {
#if defined(__FMA__) || defined(__AVX512F__)
  return __builtin_fma(a, b, c);
#else
  return a * b + c;
#endif
}

inline constexpr std::size_t kPackBytes = kLanes * sizeof(double);
template <class T>
inline constexpr std::size_t kPackSize = kPackBytes / sizeof(T);
template <class T>
using BitsOf = std::conditional_t<sizeof(T) == 4, std::int32_t, std::int64_t>;

#if defined(__GNUC__) || defined(__clang__)

template <class T>
struct PackType;
template <>
struct PackType<float> {
  typedef float type __attribute__((vector_size(kPackBytes)));
  typedef std::int32_t bits __attribute__((vector_size(kPackBytes)));
};
template <>
struct PackType<double> {
  typedef double type __attribute__((vector_size(kPackBytes)));
  typedef std::int64_t bits __attribute__((vector_size(kPackBytes)));
};
template <class T>
using Pack = typename PackType<T>::type;
template <class T>
using Mask = typename PackType<T>::bits;

template <class T>
inline Pack<T> all(T x) {
  return x - Pack<T>{};
}
template <class T>
inline Pack<T> load_pack(const T* p) {
  Pack<T> v;
  std::memcpy(&v, p, sizeof v);
  return v;
}
template <class T>
inline void store_pack(T* p, Pack<T> v) {
  std::memcpy(p, &v, sizeof v);
}
inline Pack<float> fma(Pack<float> a, Pack<float> b, Pack<float> c) {
#if defined(__AVX512F__)
  return reinterpret_cast<Pack<float>>(
      _mm512_fmadd_ps(reinterpret_cast<__m512>(a), reinterpret_cast<__m512>(b), reinterpret_cast<__m512>(c)));
#elif defined(__FMA__)
  return reinterpret_cast<Pack<float>>(
      _mm256_fmadd_ps(reinterpret_cast<__m256>(a), reinterpret_cast<__m256>(b), reinterpret_cast<__m256>(c)));
#else
  return a * b + c;
#endif
}
inline Pack<double> fma(Pack<double> a, Pack<double> b, Pack<double> c) { return multiply_add(a, b, c); }

// The first and the second half of float32 lanes in float64, and back.
struct Halves {
  Pack<double> first, second;
};
inline Halves widen(Pack<float> v) {
#if defined(__AVX512F__)
  const __m512 x = reinterpret_cast<__m512>(v);
  return {reinterpret_cast<Pack<double>>(_mm512_maskz_cvtps_pd(0xff, _mm512_maskz_extractf32x8_ps(0xff, x, 0))),
          reinterpret_cast<Pack<double>>(_mm512_maskz_cvtps_pd(0xff, _mm512_maskz_extractf32x8_ps(0xff, x, 1)))};
#elif defined(__AVX2__)
  const __m256 x = reinterpret_cast<__m256>(v);
  return {reinterpret_cast<Pack<double>>(_mm256_cvtps_pd(_mm256_castps256_ps128(x))),
          reinterpret_cast<Pack<double>>(_mm256_cvtps_pd(_mm256_extractf128_ps(x, 1)))};
#else
  float lanes[kPackSize<float>];
  std::memcpy(lanes, &v, sizeof v);
  return {load(lanes), load(lanes + kPackSize<double>)};
#endif
}
inline Pack<float> narrow(Pack<double> first, Pack<double> second) {
#if defined(__AVX512F__)
  const __m256 low = _mm512_maskz_cvtpd_ps(0xff, reinterpret_cast<__m512d>(first));
  const __m256 high = _mm512_maskz_cvtpd_ps(0xff, reinterpret_cast<__m512d>(second));
  return reinterpret_cast<Pack<float>>(_mm512_maskz_insertf32x8(0xffff, _mm512_castps256_ps512(low), high, 1));
#elif defined(__AVX2__)
  const __m128 low = _mm256_cvtpd_ps(reinterpret_cast<__m256d>(first));
  const __m128 high = _mm256_cvtpd_ps(reinterpret_cast<__m256d>(second));
  return reinterpret_cast<Pack<float>>(_mm256_insertf128_ps(_mm256_castps128_ps256(low), high, 1));
#else
  Pack<float> v;
  for (std::size_t i = 0; i < kPackSize<double>; ++i) {
    v[i] = static_cast<float>(first[i]);
    v[i + kPackSize<double>] = static_cast<float>(second[i]);
  }
  return v;
#endif
}

// mask ? a : b, lane by lane.
template <class T>
inline Pack<T> select(Mask<T> mask, Pack<T> a, Pack<T> b) {
  return mask ? a : b;
}
template <class T>
inline Mask<T> less(Pack<T> a, Pack<T> b) {
  return a < b;
}
template <class T>
inline T at(Pack<T> v, std::size_t i) {
  return v[i];
}
// 2^n v, with n in the low bits of `shifted` (see exponential).
template <class T>
inline Pack<T> scale(Pack<T> v, Pack<T> shifted) {
  constexpr int kMantissa = std::numeric_limits<T>::digits - 1;
  return reinterpret_cast<Pack<T>>(reinterpret_cast<Mask<T>>(v) + (reinterpret_cast<Mask<T>>(shifted) << kMantissa));
}

#else  // compilers without vector extensions: the same interface over plain arrays

template <class T>
struct PackOf {
  T v[kPackSize<T>];
};
template <class T>
struct MaskOf {
  bool v[kPackSize<T>];
};
template <class T>
using Pack = PackOf<T>;
template <class T>
using Mask = MaskOf<T>;

template <class T, class F>
inline PackOf<T> each(const F& f) {
  PackOf<T> r;
  for (std::size_t i = 0; i < kPackSize<T>; ++i) r.v[i] = f(i);
  return r;
}
template <class T>
inline PackOf<T> all(T x) {
  return each<T>([&](std::size_t) { return x; });
}
template <class T>
inline PackOf<T> load_pack(const T* p) {
  return each<T>([&](std::size_t i) { return p[i]; });
}
template <class T>
inline void store_pack(T* p, PackOf<T> a) {
  std::memcpy(p, a.v, sizeof a.v);
}
template <class T>
inline PackOf<T> operator+(PackOf<T> a, PackOf<T> b) {
  return each<T>([&](std::size_t i) { return a.v[i] + b.v[i]; });
}
template <class T>
inline PackOf<T> operator-(PackOf<T> a, PackOf<T> b) {
  return each<T>([&](std::size_t i) { return a.v[i] - b.v[i]; });
}
template <class T>
inline PackOf<T> operator*(PackOf<T> a, PackOf<T> b) {
  return each<T>([&](std::size_t i) { return a.v[i] * b.v[i]; });
}
template <class T>
inline PackOf<T> operator/(PackOf<T> a, PackOf<T> b) {
  return each<T>([&](std::size_t i) { return a.v[i] / b.v[i]; });
}
template <class T>
inline PackOf<T> fma(PackOf<T> a, PackOf<T> b, PackOf<T> c) {
  return a * b + c;
}
struct Halves {
  PackOf<double> first, second;
};
inline Halves widen(PackOf<float> v) {
  constexpr std::size_t kHalf = kPackSize<double>;
  return {each<double>([&](std::size_t i) { return static_cast<double>(v.v[i]); }),
          each<double>([&](std::size_t i) { return static_cast<double>(v.v[i + kHalf]); })};
}
inline PackOf<float> narrow(PackOf<double> first, PackOf<double> second) {
  constexpr std::size_t kHalf = kPackSize<double>;
  return each<float>([&](std::size_t i) { return static_cast<float>(i < kHalf ? first.v[i] : second.v[i - kHalf]); });
}
template <class T>
inline PackOf<T> select(MaskOf<T> mask, PackOf<T> a, PackOf<T> b) {
  return each<T>([&](std::size_t i) { return mask.v[i] ? a.v[i] : b.v[i]; });
}
template <class T>
inline MaskOf<T> less(PackOf<T> a, PackOf<T> b) {
  MaskOf<T> r;
  for (std::size_t i = 0; i < kPackSize<T>; ++i) r.v[i] = a.v[i] < b.v[i];
  return r;
}
template <class T>
inline T at(PackOf<T> v, std::size_t i) {
  return v.v[i];
}
template <class T>
inline PackOf<T> scale(PackOf<T> v, PackOf<T> shifted) {
  constexpr int kMantissa = std::numeric_limits<T>::digits - 1;
  return each<T>([&](std::size_t i) {
    std::make_unsigned_t<BitsOf<T>> a, n;
    std::memcpy(&a, &v.v[i], sizeof a);
    std::memcpy(&n, &shifted.v[i], sizeof n);
    a += n << kMantissa;
    T r;
    std::memcpy(&r, &a, sizeof r);
    return r;
  });
}

#endif

template <class T>
inline Pack<T> smaller(Pack<T> a, Pack<T> b) {
  return select<T>(less<T>(a, b), a, b);
}
template <class T>
inline Pack<T> larger(Pack<T> a, Pack<T> b) {
  return select<T>(less<T>(a, b), b, a);
}

// e^x to about one unit in the last place, for x clipped so far within the range of normal numbers that products with
// the result are normal too: others take a hundred times as long. Cody and Waite's reduction
// x = n ln 2 + r with |r| <= ln 2 / 2, a Taylor polynomial for e^r, and n added to the exponent's bits.
template <class T>
inline Pack<T> exponential(Pack<T> x) {
  constexpr bool kSingle = sizeof(T) == 4;
  constexpr T kLargest = kSingle ? T(88.0) : T(708.0), kSmallest = kSingle ? T(-69.0) : T(-600.0);
  constexpr T kShift = kSingle ? T(12582912.0) : T(6755399441055744.0);  // 1.5 * 2^mantissa: rounds, n in low bits
  constexpr T kHigh = kSingle ? T(0.693359375) : T(6.93147180369123816490e-01);
  constexpr T kLow = kSingle ? T(-2.12194440e-4) : T(1.90821492927058770002e-10);
  x = smaller<T>(larger<T>(x, all(kSmallest)), all(kLargest));
  const Pack<T> shifted = fma(x, all(T(1.44269504088896340736)), all(kShift));
  const Pack<T> n = shifted - all(kShift);
  const Pack<T> r = fma(n, all(-kLow), fma(n, all(-kHigh), x));
  Pack<T> p;
  if constexpr (kSingle) {
    p = fma(all(T(1.0 / 5040)), r, all(T(1.0 / 720)));
  } else {
    p = fma(all(T(1.0 / 6227020800)), r, all(T(1.0 / 479001600)));
    p = fma(p, r, all(T(1.0 / 39916800)));
    p = fma(p, r, all(T(1.0 / 3628800)));
    p = fma(p, r, all(T(1.0 / 362880)));
    p = fma(p, r, all(T(1.0 / 40320)));
    p = fma(p, r, all(T(1.0 / 5040)));
    p = fma(p, r, all(T(1.0 / 720)));
  }
  p = fma(p, r, all(T(1.0 / 120)));
  p = fma(p, r, all(T(1.0 / 24)));
  p = fma(p, r, all(T(1.0 / 6)));
  p = fma(p, r, all(T(0.5)));
  p = fma(p, r, all(T(1)));
  p = fma(p, r, all(T(1)));
  return scale<T>(p, shifted);
}

// 2^x for x <= 0 in float32, to 3 units of 2^-24 in relative terms; 2^-100 where it would be less (see exponential).
// The polynomial is 1 at 0 and otherwise the one of its degree that comes nearest to 2^r for |r| <= 1/2.
inline Pack<float> power_of_two(Pack<float> x) {
  constexpr float kShift = 12582912.0F;  // rounds, and leaves n in the low bits
  x = larger<float>(x, all(-100.0F));
  const Pack<float> shifted = x + all(kShift);
  const Pack<float> r = x - (shifted - all(kShift));
  Pack<float> p = fma(all(0.0013264652392154868F), r, all(0.00967151132435502F));
  p = fma(p, r, all(0.05550733962801498F));
  p = fma(p, r, all(0.24022242123579504F));
  p = fma(p, r, all(0.6931469775266926F));
  p = fma(p, r, all(1.0F));
  return scale<float>(p, shifted);
}

// The same in float64, to about 2 units of 2^-53; 2^-865 where it would be less.
#if defined(__AVX512F__)
// x = n + i / 16 + r with |r| <= 1/32: 2^(i / 16) from a table, whose bits are less i where n and i, 16 n + i in the
// low bits of `shifted`, are added to the exponent's.
inline Pack<double> power_of_two(Pack<double> x) {
  constexpr double kShift = 422212465065984.0;  // 1.5 * 2^48
  constexpr std::uint64_t kStep = std::uint64_t{1} << 48;
  alignas(64) static constexpr std::uint64_t kTable[16] = {
      0x3ff0000000000000 - 0 * kStep,  0x3ff0b5586cf9890f - 1 * kStep,  0x3ff172b83c7d517b - 2 * kStep,
      0x3ff2387a6e756238 - 3 * kStep,  0x3ff306fe0a31b715 - 4 * kStep,  0x3ff3dea64c123422 - 5 * kStep,
      0x3ff4bfdad5362a27 - 6 * kStep,  0x3ff5ab07dd485429 - 7 * kStep,  0x3ff6a09e667f3bcd - 8 * kStep,
      0x3ff7a11473eb0187 - 9 * kStep,  0x3ff8ace5422aa0db - 10 * kStep, 0x3ff9c49182a3f090 - 11 * kStep,
      0x3ffae89f995ad3ad - 12 * kStep, 0x3ffc199bdd85529c - 13 * kStep, 0x3ffd5818dcfba487 - 14 * kStep,
      0x3ffea4afa2a490da - 15 * kStep};
  x = larger<double>(x, all(-865.0));
  const Pack<double> shifted = x + all(kShift);
  const Pack<double> r = x - (shifted - all(kShift));
  const __m512i bits = reinterpret_cast<__m512i>(shifted);
  const __m512i root = _mm512_permutex2var_epi64(_mm512_load_si512(kTable), bits, _mm512_load_si512(kTable + 8));
  const auto power = reinterpret_cast<Pack<double>>(_mm512_add_epi64(root, _mm512_maskz_slli_epi64(0xff, bits, 48)));
  Pack<double> p = fma(all(0.00015403723980749256), r, all(0.0013333781576784268));
  p = fma(p, r, all(0.009618129106919537));
  p = fma(p, r, all(0.0555041086566393));
  p = fma(p, r, all(0.24022650695910075));
  p = fma(p, r, all(0.6931471805599457));
  return fma(power, p * r, power);
}
#else
inline Pack<double> power_of_two(Pack<double> x) {
  constexpr double kShift = 6755399441055744.0;
  x = larger<double>(x, all(-865.0));
  const Pack<double> shifted = x + all(kShift);
  const Pack<double> r = x - (shifted - all(kShift));
  Pack<double> p = fma(all(4.4549605981865186e-10), r, all(7.072585949269223e-09));
  p = fma(p, r, all(1.0178062445845774e-07));
  p = fma(p, r, all(1.321544258792169e-06));
  p = fma(p, r, all(1.525273382983612e-05));
  p = fma(p, r, all(0.0001540353044173605));
  p = fma(p, r, all(0.0013333558146416936));
  p = fma(p, r, all(0.009618129107606888));
  p = fma(p, r, all(0.0555041086648216));
  p = fma(p, r, all(0.24022650695910097));
  p = fma(p, r, all(0.6931471805599453));
  p = fma(p, r, all(1.0));
  return scale<double>(p, shifted);
}
#endif

}  // namespace maxmargin::simd
