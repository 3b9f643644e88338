#include <atomic>
#include <chrono>
#include <stdexcept>
#include <thread>
#include <vector>

#include "check.hpp"
#include "parallel/thread_pool.hpp"

using namespace maxmargin;

namespace {

void every_chunk_runs_once() {
  for (int n_threads : {1, 2, 5}) {
    std::vector<std::atomic<int>> seen(1000);
    parallel_for(seen.size(), n_threads, [&](std::size_t i) { ++seen[i]; });
    for (const auto& count : seen) CHECK(count == 1);
  }
}

void exceptions_reach_the_caller() {
  bool caught = false;
  try {
    parallel_for(100, 3, [](std::size_t i) {
      if (i == 57) throw std::runtime_error("chunk 57");
    });
  } catch (const std::runtime_error&) {
    caught = true;
  }
  CHECK(caught);
}

void pools_are_shared_between_callers() {
  std::atomic<long> total{0};
  std::vector<std::thread> callers;
  for (int c = 0; c < 4; ++c)
    callers.emplace_back([&] {
      for (int round = 0; round < 200; ++round)
        parallel_for(16, 3, [&](std::size_t i) { total += static_cast<long>(i); });
    });
  for (std::thread& caller : callers) caller.join();
  CHECK(total == 4L * 200 * 120);
}

// Helpers look for the next loop for a while before they fall asleep.
void loops_find_helpers_awake_and_asleep() {
  std::atomic<int> count{0};
  for (int round = 0; round < 60; ++round) {
    parallel_for(6, 3, [&](std::size_t) { ++count; });
    if (round % 3 == 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    if (round % 3 == 1) std::this_thread::sleep_for(std::chrono::microseconds(100));
  }
  CHECK(count == 360);
}

// The caller falls asleep too where the last chunk of a helper takes long.
void callers_wait_for_slow_helpers() {
  std::atomic<int> done{0};
  parallel_for(2, 2, [&](std::size_t) {
    std::this_thread::sleep_for(std::chrono::milliseconds(3));
    ++done;
  });
  CHECK(done == 2);
}

void nested_loops_finish() {
  std::atomic<int> count{0};
  parallel_for(8, 4, [&](std::size_t) { parallel_for(8, 4, [&](std::size_t) { ++count; }); });
  CHECK(count == 64);
}

struct StopAtOnce final : Interrupt {
  bool ask_host() override { return true; }
};

void interrupts_end_a_loop() {
  StopAtOnce interrupt;
  bool stopped = false;
  std::atomic<int> ran{0};
  try {
    parallel_for(
        100000, 2,
        [&](std::size_t) {
          ++ran;
          std::this_thread::sleep_for(std::chrono::microseconds(100));
        },
        &interrupt);
  } catch (const Interrupted&) {
    stopped = true;
  }
  CHECK(stopped);
  CHECK(ran < 100000);
}

struct StopWhenAsked final : Interrupt {
  std::atomic<bool> asked{false};
  bool ask_host() override {
    asked = true;
    return true;
  }
};

// The last chunk of a helper may go on until it hears of a stop, of which the caller alone is told.
void who_waits_goes_on_asking() {
  using Clock = std::chrono::steady_clock;
  const auto end = Clock::now() + std::chrono::seconds(20);
  const auto caller = std::this_thread::get_id();
  StopWhenAsked interrupt;
  std::atomic<bool> helping{false};
  bool stopped = false;
  try {
    parallel_for(
        2, 2,
        [&](std::size_t) {
          const bool helper = std::this_thread::get_id() != caller;
          if (helper) helping = true;
          const auto& awaited = helper ? interrupt.asked : helping;
          while (!awaited && Clock::now() < end) std::this_thread::sleep_for(std::chrono::microseconds(50));
        },
        &interrupt);
  } catch (const Interrupted&) {
    stopped = true;
  }
  CHECK(stopped && Clock::now() < end);
}

}  // namespace

int main() {
  testing::need_instruction_set();
  every_chunk_runs_once();
  exceptions_reach_the_caller();
  pools_are_shared_between_callers();
  loops_find_helpers_awake_and_asleep();
  callers_wait_for_slow_helpers();
  nested_loops_finish();
  interrupts_end_a_loop();
  who_waits_goes_on_asking();
}
