// Counter-based random numbers: what is drawn depends on (seed, stream) alone, never on threads or history.
#pragma once

#include <cstdint>

namespace maxmargin {

// splitmix64 finaliser: a bijection that scatters its argument.
inline std::uint64_t scatter(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15ULL;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
  return x ^ (x >> 31);
}

class Random {
 public:
  Random(std::uint64_t seed, std::uint64_t stream) : state_(scatter(seed) ^ scatter(~stream)) {}
  // Uniform in 0..bound-1 (bound < 2^32; bias below 2^-32).
  std::uint64_t below(std::uint64_t bound) { return ((scatter(state_++) >> 32) * bound) >> 32; }

 private:
  std::uint64_t state_;
};

}  // namespace maxmargin
