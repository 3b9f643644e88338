// The only home of threads. Work is cut into chunks whose boundaries depend on the problem alone, never
// on the number of threads; threads claim chunks dynamically. So results are the same bits for any count.
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <type_traits>

#include "parallel/interrupt.hpp"

namespace maxmargin {

// A reference to any callable `void(std::size_t chunk)`; no allocation, valid during the call only.
class ChunkFunction {
 public:
  template <class F>
    requires(!std::is_same_v<std::remove_cvref_t<F>, ChunkFunction>)
  ChunkFunction(const F& f)  // NOLINT: implicit on purpose, it is a function argument type
      : object_(&f), call_([](const void* o, std::size_t chunk) { (*static_cast<const F*>(o))(chunk); }) {}
  void operator()(std::size_t chunk) const { call_(object_, chunk); }

 private:
  const void* object_;
  void (*call_)(const void*, std::size_t);
};

// Runs chunks 0..n_chunks-1 on up to `n_threads` threads, the caller's included. Exceptions of chunks reach
// the caller. With an `interrupt`, the caller asks it between its chunks and while it waits for others, whose chunks it
// does not end, and throws Interrupted.
void parallel_for(std::size_t n_chunks, int n_threads, ChunkFunction chunk, Interrupt* interrupt = nullptr);

// Threads of the pool that exist at this moment in this process (0 after a fork, until needed again).
int pool_size();

// [begin, end) of piece `index` when `size` items are cut into `pieces`.
struct Range {
  std::size_t begin, end;
};
inline Range piece(std::size_t size, std::size_t pieces, std::size_t index) {
  return {size * index / pieces, size * (index + 1) / pieces};
}

}  // namespace maxmargin
