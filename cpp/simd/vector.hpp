// The only home of vector code: one fixed-width vector of doubles and what the hot loops need of it.
//
// The width follows the instruction set this translation unit is built for (AVX-512: 8 lanes, AVX2: 4,
// SSE2 and NEON: 2), so one source serves all of them. Arithmetic is float64 everywhere; float32
// storage is widened on load, in registers.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>

#if defined(__x86_64__) || defined(_M_X64)
#include <immintrin.h>
#endif

namespace maxmargin::simd {

#if defined(__AVX512F__)
inline constexpr int kLanes = 8;
#elif defined(__AVX__)
inline constexpr int kLanes = 4;
#else
inline constexpr int kLanes = 2;
#endif

#if defined(__GNUC__) || defined(__clang__)

using Lanes = double __attribute__((vector_size(kLanes * sizeof(double))));
using NarrowLanes = float __attribute__((vector_size(kLanes * sizeof(float))));

inline Lanes broadcast(double x) { return x - Lanes{}; }

inline Lanes load(const double* p) {
  Lanes v;
  std::memcpy(&v, p, sizeof v);
  return v;
}

inline Lanes load(const float* p) {
#if defined(__AVX512F__)  // one instruction, which compilers do not find; unmasked, GCC warns of it
  return reinterpret_cast<Lanes>(_mm512_maskz_cvtps_pd(0xff, _mm256_loadu_ps(p)));
#elif defined(__AVX2__)
  return reinterpret_cast<Lanes>(_mm256_cvtps_pd(_mm_loadu_ps(p)));
#else
  NarrowLanes v;
  std::memcpy(&v, p, sizeof v);
  return __builtin_convertvector(v, Lanes);
#endif
}

inline void store(double* p, Lanes v) { std::memcpy(p, &v, sizeof v); }

// a * b + c, with one rounding where the instruction set has fused multiply-add.
inline Lanes multiply_add(Lanes a, Lanes b, Lanes c) {
#if defined(__AVX512F__)
  return reinterpret_cast<Lanes>(
      _mm512_fmadd_pd(reinterpret_cast<__m512d>(a), reinterpret_cast<__m512d>(b), reinterpret_cast<__m512d>(c)));
#elif defined(__FMA__)
  return reinterpret_cast<Lanes>(
      _mm256_fmadd_pd(reinterpret_cast<__m256d>(a), reinterpret_cast<__m256d>(b), reinterpret_cast<__m256d>(c)));
#else
  return a * b + c;
#endif
}

inline double lane(Lanes v, int i) { return v[i]; }

#else  // compilers without vector extensions: the same interface over a plain array

struct Lanes {
  double v[kLanes];
};
inline Lanes broadcast(double x) {
  Lanes r;
  for (double& e : r.v) e = x;
  return r;
}
template <class T>
inline Lanes load(const T* p) {
  Lanes r;
  for (int i = 0; i < kLanes; ++i) r.v[i] = static_cast<double>(p[i]);
  return r;
}
inline void store(double* p, Lanes a) { std::memcpy(p, a.v, sizeof a.v); }
inline Lanes operator+(Lanes a, Lanes b) {
  for (int i = 0; i < kLanes; ++i) a.v[i] += b.v[i];
  return a;
}
inline Lanes operator-(Lanes a, Lanes b) {
  for (int i = 0; i < kLanes; ++i) a.v[i] -= b.v[i];
  return a;
}
inline Lanes multiply_add(Lanes a, Lanes b, Lanes c) {
  for (int i = 0; i < kLanes; ++i) c.v[i] = a.v[i] * b.v[i] + c.v[i];
  return c;
}
inline double lane(Lanes v, int i) { return v.v[i]; }

#endif

// The same of a single number: what a lane would be.
inline double multiply_add(double a, double b, double c) {
#if defined(__FMA__)
  return std::fma(a, b, c);
#else
  return a * b + c;
#endif
}

// The first `count` < kLanes entries at p, zeros behind them; nothing past them is read.
inline Lanes load_first(const double* p, std::size_t count) {
#if defined(__AVX512F__)
  return reinterpret_cast<Lanes>(_mm512_maskz_loadu_pd(static_cast<__mmask8>((1u << count) - 1u), p));
#else
  double padded[kLanes] = {};
  for (std::size_t i = 0; i < count; ++i) padded[i] = p[i];
  return load(padded);
#endif
}

inline Lanes load_first(const float* p, std::size_t count) {
#if defined(__AVX512F__)
  const __m256 narrow = _mm256_maskz_loadu_ps(static_cast<__mmask8>((1u << count) - 1u), p);
  return __builtin_convertvector(reinterpret_cast<NarrowLanes>(narrow), Lanes);
#else
  float padded[kLanes] = {};
  for (std::size_t i = 0; i < count; ++i) padded[i] = p[i];
  return load(padded);
#endif
}

// Sum of the lanes, always in the same (pairwise) order.
inline double sum(Lanes v) {
#if defined(__AVX512F__) && (defined(__clang__) || __GNUC__ >= 12)
  const auto half = __builtin_shufflevector(v, v, 0, 1, 2, 3) + __builtin_shufflevector(v, v, 4, 5, 6, 7);
  const auto pair = __builtin_shufflevector(half, half, 0, 1) + __builtin_shufflevector(half, half, 2, 3);
  return pair[0] + pair[1];
#else
  double partial[kLanes];
  store(partial, v);
  for (int width = kLanes / 2; width > 0; width /= 2)
    for (int i = 0; i < width; ++i) partial[i] += partial[i + width];
  return partial[0];
#endif
}

// <x, w> over `size` entries; x in float32 or float64, sum in float64.
template <class T>
inline double dot(const T* x, const double* w, std::size_t size) {
  Lanes s0 = broadcast(0), s1 = s0, s2 = s0, s3 = s0;
  std::size_t j = 0;
  for (; j + 4 * kLanes <= size; j += 4 * kLanes) {
    s0 = multiply_add(load(x + j), load(w + j), s0);
    s1 = multiply_add(load(x + j + kLanes), load(w + j + kLanes), s1);
    s2 = multiply_add(load(x + j + 2 * kLanes), load(w + j + 2 * kLanes), s2);
    s3 = multiply_add(load(x + j + 3 * kLanes), load(w + j + 3 * kLanes), s3);
  }
  for (; j + kLanes <= size; j += kLanes) s0 = multiply_add(load(x + j), load(w + j), s0);
  if (j < size) s1 = multiply_add(load_first(x + j, size - j), load_first(w + j, size - j), s1);
  return sum((s0 + s1) + (s2 + s3));
}

// ||x||^2 over `size` entries.
template <class T>
inline double squared_norm(const T* x, std::size_t size) {
  Lanes s0 = broadcast(0), s1 = s0;
  std::size_t j = 0;
  for (; j + 2 * kLanes <= size; j += 2 * kLanes) {
    const Lanes x0 = load(x + j), x1 = load(x + j + kLanes);
    s0 = multiply_add(x0, x0, s0);
    s1 = multiply_add(x1, x1, s1);
  }
  if (j + kLanes <= size) {
    s0 = multiply_add(load(x + j), load(x + j), s0);
    j += kLanes;
  }
  if (j < size) s1 = multiply_add(load_first(x + j, size - j), load_first(x + j, size - j), s1);
  return sum(s0 + s1);
}

// ||a - b|| over `size` entries.
inline double distance(const double* a, const double* b, std::size_t size) {
  Lanes s0 = broadcast(0), s1 = s0;
  std::size_t j = 0;
  for (; j + 2 * kLanes <= size; j += 2 * kLanes) {
    const Lanes d0 = load(a + j) - load(b + j), d1 = load(a + j + kLanes) - load(b + j + kLanes);
    s0 = multiply_add(d0, d0, s0);
    s1 = multiply_add(d1, d1, s1);
  }
  double rest = 0.0;
  for (; j < size; ++j) rest += (a[j] - b[j]) * (a[j] - b[j]);
  return std::sqrt(sum(s0 + s1) + rest);
}

// out[r] = <x_r, w> for four rows at once: w is loaded once, and no sum waits for another.
template <class T>
inline void dot4(const T* x0, const T* x1, const T* x2, const T* x3, const double* w, std::size_t size, double* out) {
  Lanes s0 = broadcast(0), s1 = s0, s2 = s0, s3 = s0;
  std::size_t j = 0;
  for (; j + kLanes <= size; j += kLanes) {
    const Lanes wj = load(w + j);
    s0 = multiply_add(load(x0 + j), wj, s0);
    s1 = multiply_add(load(x1 + j), wj, s1);
    s2 = multiply_add(load(x2 + j), wj, s2);
    s3 = multiply_add(load(x3 + j), wj, s3);
  }
  if (const std::size_t rest = size - j; rest > 0) {
    const Lanes wj = load_first(w + j, rest);
    s0 = multiply_add(load_first(x0 + j, rest), wj, s0);
    s1 = multiply_add(load_first(x1 + j, rest), wj, s1);
    s2 = multiply_add(load_first(x2 + j, rest), wj, s2);
    s3 = multiply_add(load_first(x3 + j, rest), wj, s3);
  }
  out[0] = sum(s0);
  out[1] = sum(s1);
  out[2] = sum(s2);
  out[3] = sum(s3);
}

// g += a * x over `size` entries.
template <class T>
inline void axpy(double a, const T* x, double* g, std::size_t size) {
  const Lanes va = broadcast(a);
  std::size_t j = 0;
  for (; j + kLanes <= size; j += kLanes) store(g + j, multiply_add(va, load(x + j), load(g + j)));
  for (; j < size; ++j) g[j] = multiply_add(a, static_cast<double>(x[j]), g[j]);
}

// g += sum_r a[r] x_r for four rows at once: g is read and written once.
template <class T>
inline void axpy4(const double* a, const T* x0, const T* x1, const T* x2, const T* x3, double* g, std::size_t size) {
  const Lanes a0 = broadcast(a[0]), a1 = broadcast(a[1]), a2 = broadcast(a[2]), a3 = broadcast(a[3]);
  std::size_t j = 0;
  for (; j + kLanes <= size; j += kLanes) {
    const Lanes even = multiply_add(a0, load(x0 + j), multiply_add(a2, load(x2 + j), load(g + j)));
    const Lanes odd = multiply_add(a1, load(x1 + j), multiply_add(a3, load(x3 + j), broadcast(0)));
    store(g + j, even + odd);
  }
  for (; j < size; ++j)
    g[j] += (a[0] * static_cast<double>(x0[j]) + a[2] * static_cast<double>(x2[j])) +
            (a[1] * static_cast<double>(x1[j]) + a[3] * static_cast<double>(x3[j]));
}

// Whether no entry is NaN or infinite; no branches.
template <class T>
inline bool all_finite(const T* x, std::size_t size) {
  Lanes z0 = broadcast(0), z1 = z0, z2 = z0, z3 = z0;  // stay 0 unless a product with 0 is NaN
  const Lanes zero = z0;
  std::size_t j = 0;
  for (; j + 4 * kLanes <= size; j += 4 * kLanes) {
    z0 = multiply_add(load(x + j), zero, z0);
    z1 = multiply_add(load(x + j + kLanes), zero, z1);
    z2 = multiply_add(load(x + j + 2 * kLanes), zero, z2);
    z3 = multiply_add(load(x + j + 3 * kLanes), zero, z3);
  }
  for (; j + kLanes <= size; j += kLanes) z0 = multiply_add(load(x + j), zero, z0);
  if (j < size) z1 = multiply_add(load_first(x + j, size - j), zero, z1);
  return sum((z0 + z1) + (z2 + z3)) == 0.0;
}

#if defined(__AVX512F__)
// The entries of w at kLanes indices; lanes outside the mask are 0 and read nothing.
inline Lanes gather(const double* w, const std::int32_t* index, __mmask8 mask) {
  const __m256i at = _mm256_maskz_loadu_epi32(mask, index);
  return reinterpret_cast<Lanes>(_mm512_mask_i32gather_pd(_mm512_setzero_pd(), mask, at, w, 8));
}
inline Lanes gather(const double* w, const std::int64_t* index, __mmask8 mask) {
  const __m512i at = _mm512_maskz_loadu_epi64(mask, index);
  return reinterpret_cast<Lanes>(_mm512_mask_i64gather_pd(_mm512_setzero_pd(), mask, at, w, 8));
}
#endif

// sum_k x[k] w[index[k]] over `size` entries.
template <class T, class I>
inline double dot_at(const T* x, const I* index, const double* w, std::size_t size) {
#if defined(__AVX512F__)
  Lanes s0 = broadcast(0), s1 = s0;
  std::size_t k = 0;
  constexpr __mmask8 kAll = 0xff;
  for (; k + 2 * kLanes <= size; k += 2 * kLanes) {
    s0 = multiply_add(load(x + k), gather(w, index + k, kAll), s0);
    s1 = multiply_add(load(x + k + kLanes), gather(w, index + k + kLanes, kAll), s1);
  }
  if (k + kLanes <= size) {
    s0 = multiply_add(load(x + k), gather(w, index + k, kAll), s0);
    k += kLanes;
  }
  if (const std::size_t rest = size - k; rest > 0)
    s1 = multiply_add(load_first(x + k, rest), gather(w, index + k, static_cast<__mmask8>((1u << rest) - 1u)), s1);
  return sum(s0 + s1);
#else
  // Four independent sums hide the latency of the additions behind the loads.
  double s0 = 0, s1 = 0, s2 = 0, s3 = 0;
  std::size_t k = 0;
  for (; k + 4 <= size; k += 4) {
    s0 += static_cast<double>(x[k]) * w[index[k]];
    s1 += static_cast<double>(x[k + 1]) * w[index[k + 1]];
    s2 += static_cast<double>(x[k + 2]) * w[index[k + 2]];
    s3 += static_cast<double>(x[k + 3]) * w[index[k + 3]];
  }
  for (; k < size; ++k) s0 += static_cast<double>(x[k]) * w[index[k]];
  return (s0 + s1) + (s2 + s3);
#endif
}

inline void prefetch(const void* p) {
#if defined(__GNUC__) || defined(__clang__)
  __builtin_prefetch(p);
#else
  (void)p;
#endif
}

}  // namespace maxmargin::simd
