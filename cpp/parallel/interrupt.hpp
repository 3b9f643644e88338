// A question the hot loops may ask at any time: "shall I stop?". Answered by the host (signals, a
// callback, a deadline); the core itself knows nothing of Python.
#pragma once

#include <atomic>
#include <chrono>

namespace maxmargin {

// Thrown on the calling thread when the host asked to stop in the middle of a pass.
struct Interrupted {};

class Interrupt {
 public:
  virtual ~Interrupt() = default;

  // Cheap: reads the clock, and asks the host at most every few milliseconds. Calling thread only.
  bool requested() {
    if (stop_.load(std::memory_order_relaxed)) return true;
    const auto now = std::chrono::steady_clock::now();
    if (now < next_) return false;
    next_ = now + std::chrono::milliseconds(5);
    if (ask_host()) stop_.store(true, std::memory_order_relaxed);
    return stop_.load(std::memory_order_relaxed);
  }

 protected:
  virtual bool ask_host() = 0;

 private:
  std::atomic<bool> stop_{false};
  std::chrono::steady_clock::time_point next_ = std::chrono::steady_clock::now() + std::chrono::milliseconds(5);
};

}  // namespace maxmargin
