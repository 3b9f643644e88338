// Collecting some of many without branches, which would be mispredicted where there is no telling who is wanted.
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

namespace maxmargin::quadratic {

// Appends to `out` what make(v, item) sets for those v in [0, size) for which it is true.
template <class T, class Make>
void append_where(std::size_t size, std::vector<T>& out, const Make& make) {
  constexpr std::size_t kAtOnce = 256;
  T chunk[kAtOnce];
  for (std::size_t first = 0; first < size; first += kAtOnce) {
    std::size_t count = 0;
    const std::size_t last = std::min(size, first + kAtOnce);
    for (std::size_t v = first; v < last; ++v) count += static_cast<std::size_t>(make(v, chunk[count]));
    out.insert(out.end(), chunk, chunk + count);
  }
}

}  // namespace maxmargin::quadratic
