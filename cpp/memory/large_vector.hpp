// Vectors for scratch memory that loops run over. They begin on a cache line, so that no pack of numbers lies across
// two; on virtual machines the first touch of a small page costs more than the arithmetic on it, so large ones ask for
// huge pages.
#pragma once

#include <cstddef>
#include <new>
#include <utility>
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
    void* p = ::operator new(bytes, alignment(bytes));
#if defined(__linux__)
    if (alignment(bytes) == kPages) madvise(p, bytes, MADV_HUGEPAGE);  // advice: refused, it costs speed alone
#endif
    return static_cast<T*>(p);
  }
  void deallocate(T* p, std::size_t count) { ::operator delete(p, alignment(count * sizeof(T))); }
  friend bool operator==(const LargeAllocator&, const LargeAllocator&) { return true; }

 private:
  static constexpr std::align_val_t kPages{kHugePage}, kLine{64};
  static std::align_val_t alignment(std::size_t bytes) { return bytes >= 2 * kHugePage ? kPages : kLine; }
};

template <class T>
using LargeVector = std::vector<T, LargeAllocator<T>>;

// Whose new elements are not set to anything: they are written before they are read.
template <class T>
struct ScratchAllocator : LargeAllocator<T> {
  template <class U>
  struct rebind {
    using other = ScratchAllocator<U>;
  };
  ScratchAllocator() = default;
  template <class U>
  ScratchAllocator(const ScratchAllocator<U>&) {}  // NOLINT: as above
  template <class U>
  void construct(U* p) {
    ::new (static_cast<void*>(p)) U;
  }
  template <class U, class... Args>
  void construct(U* p, Args&&... args) {
    ::new (static_cast<void*>(p)) U(std::forward<Args>(args)...);
  }
};

template <class T>
using ScratchVector = std::vector<T, ScratchAllocator<T>>;

}  // namespace maxmargin
