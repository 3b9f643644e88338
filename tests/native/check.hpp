// A test is a program; a check that fails says where and ends it.
#pragma once

#include <cmath>
#include <cstdio>
#include <cstdlib>

#define CHECK(condition)                                                                 \
  do {                                                                                   \
    if (!(condition)) {                                                                  \
      std::fprintf(stderr, "%s:%d: CHECK(%s) failed\n", __FILE__, __LINE__, #condition); \
      std::exit(1);                                                                      \
    }                                                                                    \
  } while (false)

namespace maxmargin::testing {

// Programs are also built for instruction sets that this machine may lack; the build's skip code ends those.
inline void need_instruction_set() {
#if defined(__AVX512F__)
  if (!__builtin_cpu_supports("avx512vl") || !__builtin_cpu_supports("avx512dq")) std::exit(77);
#elif defined(__AVX2__)
  if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma") || !__builtin_cpu_supports("bmi2"))
    std::exit(77);
#endif
}

inline bool near(double a, double b, double tolerance = 1e-12) {
  return std::abs(a - b) <= tolerance * (1.0 + std::abs(a) + std::abs(b));
}

}  // namespace maxmargin::testing
