// Vectors for large scratch memory. On virtual machines the first touch of a small page costs more than the
// arithmetic on it, so large blocks ask for huge pages.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <new>
#include <vector>

#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace maxmargin {

inline constexpr std::size_t kHugePage = std::size_t{2} << 20;

template <class T>
struct LargeAllocator {
  using value_type = T;
  LargeAllocator() = default;
  template <class U>
  LargeAllocator(const LargeAllocator<U>&) {}  // NOLINT: converting on purpose, as the standard asks of allocators

  T* allocate(std::size_t count) {
    const std::size_t bytes = count * sizeof(T);
#if defined(__linux__)
    if (bytes >= 2 * kHugePage) {
      void* p = nullptr;
      if (posix_memalign(&p, kHugePage, bytes) != 0) throw std::bad_alloc();
      madvise(p, bytes, MADV_HUGEPAGE);  // advice: a refusal changes nothing but the speed
      return static_cast<T*>(p);
    }
#endif
    void* p = std::malloc(bytes > 0 ? bytes : 1);
    if (p == nullptr) throw std::bad_alloc();
    return static_cast<T*>(p);
  }
  void deallocate(T* p, std::size_t) { std::free(p); }
  friend bool operator==(const LargeAllocator&, const LargeAllocator&) { return true; }
};

template <class T>
using LargeVector = std::vector<T, LargeAllocator<T>>;

}  // namespace maxmargin
