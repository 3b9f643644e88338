// What problems that are solved side by side need where they share something: a lock for short steps, and a way to wait
// that answers an interrupt.
#pragma once

#include <chrono>
#include <mutex>
#include <thread>

#include "parallel/interrupt.hpp"

namespace maxmargin {

using Lock = std::mutex;
using Locked = std::lock_guard<std::mutex>;

// For a moment, in which others go on.
inline void wait_a_moment(Interrupt* interrupt) {
  std::this_thread::sleep_for(std::chrono::milliseconds(1));
  if (interrupt != nullptr && interrupt->requested()) throw Interrupted{};
}

}  // namespace maxmargin
