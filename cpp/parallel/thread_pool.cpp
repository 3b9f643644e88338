#include "parallel/thread_pool.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

#if !defined(_WIN32)
#include <pthread.h>
#endif

namespace maxmargin {
namespace {

// One parallel_for in flight: chunks are claimed from `next` until none is left.
struct Job {
  Job(std::size_t n, ChunkFunction f, int slots) : n_chunks(n), chunk(f), helper_slots(slots) {}

  void run_chunks(Interrupt* interrupt) {
    for (;;) {
      if (cancelled.load(std::memory_order_relaxed)) return;
      const std::size_t i = next.fetch_add(1, std::memory_order_relaxed);
      if (i >= n_chunks) return;
      try {
        chunk(i);
      } catch (...) {
        cancel();
      }
      if (interrupt != nullptr) ask(*interrupt);
    }
  }

  // Whether to go on; else no chunk begins any more.
  void ask(Interrupt& interrupt) {
    try {
      if (interrupt.requested()) throw Interrupted{};
    } catch (...) {
      cancel();
    }
  }

  // For the exception that is being handled.
  void cancel() {
    const std::lock_guard lock(error_mutex);
    if (!error) error = std::current_exception();
    cancelled.store(true, std::memory_order_relaxed);
  }

  const std::size_t n_chunks;
  const ChunkFunction chunk;
  int helper_slots;             // helpers that may still join; guarded by the pool's mutex
  std::atomic<int> running{0};  // helpers inside run_chunks; changed under the pool's mutex
  std::atomic<std::size_t> next{0};
  std::atomic<bool> cancelled{false};
  std::mutex error_mutex;
  std::exception_ptr error;
};

constexpr std::chrono::microseconds kPatienceOfCaller{200}, kPatienceOfHelper{200};
constexpr std::chrono::milliseconds kBetweenQuestions{5};  // of who waits for helpers, whether to go on

inline void relax() {
#if (defined(__x86_64__) || defined(_M_X64)) && (defined(__GNUC__) || defined(__clang__))
  __builtin_ia32_pause();
#else
  std::this_thread::yield();
#endif
}

class Pool {
 public:
  void run(Job& job, Interrupt* interrupt) {
    {
      const std::lock_guard lock(mutex_);
      jobs_.push_back(&job);
      posted_.fetch_add(1, std::memory_order_release);
      while (static_cast<int>(threads_.size()) < job.helper_slots) threads_.emplace_back([this] { work(); });
    }
    wake_.notify_all();
    job.run_chunks(interrupt);
    std::unique_lock lock(mutex_);
    std::erase(jobs_, &job);
    if (job.running == 0) return;
    lock.unlock();
    if (spin(kPatienceOfCaller, [&] { return job.running.load(std::memory_order_acquire) == 0; })) return;
    lock.lock();
    const auto over = [&] { return job.running == 0; };
    while (interrupt != nullptr && !done_.wait_for(lock, kBetweenQuestions, over)) {
      lock.unlock();
      job.ask(*interrupt);
      lock.lock();
    }
    done_.wait(lock, over);
  }

  int size() {
    const std::lock_guard lock(mutex_);
    return static_cast<int>(threads_.size());
  }

  ~Pool() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    wake_.notify_all();
    for (std::thread& t : threads_) t.join();
  }

 private:
  void work() {
    std::unique_lock lock(mutex_);
    for (;;) {
      Job* job = nullptr;
      wake_.wait(lock, [&] { return stopping_ || (job = open_job()) != nullptr; });
      if (stopping_) return;
      --job->helper_slots;
      ++job->running;
      lock.unlock();
      job->run_chunks(nullptr);
      lock.lock();
      const std::uint64_t seen = posted_.load(std::memory_order_relaxed);
      if (--job->running == 0) done_.notify_all();  // the job may be gone from here on
      if (open_job() != nullptr) continue;
      lock.unlock();
      spin(kPatienceOfHelper, [&] { return posted_.load(std::memory_order_acquire) != seen; });
      lock.lock();
    }
  }

  // Whether it came true within so much time: falling asleep and waking up takes as long as many a job.
  template <class Condition>
  static bool spin(std::chrono::microseconds patience, const Condition& met) {
    const auto end = std::chrono::steady_clock::now() + patience;
    do {
      for (int k = 0; k < 64; ++k) {
        if (met()) return true;
        relax();
      }
    } while (std::chrono::steady_clock::now() < end);
    return false;
  }

  Job* open_job() {
    for (Job* job : jobs_)
      if (job->helper_slots > 0 && job->next.load(std::memory_order_relaxed) < job->n_chunks) return job;
    return nullptr;
  }

  std::mutex mutex_;
  std::condition_variable wake_, done_;
  std::vector<std::thread> threads_;
  std::vector<Job*> jobs_;
  std::atomic<std::uint64_t> posted_{0};  // jobs so far
  bool stopping_ = false;
};

// The pool lives behind a pointer so that a forked child, which inherits the object but none of its
// threads, can drop it unseen and start afresh. The parent's pool is never destroyed: joining threads
// while the interpreter shuts down is a classic hang.
std::atomic<Pool*> g_pool{nullptr};
std::mutex g_create;

Pool& pool() {
  Pool* current = g_pool.load(std::memory_order_acquire);
  if (current != nullptr) return *current;
  const std::lock_guard lock(g_create);
  current = g_pool.load(std::memory_order_acquire);
  if (current == nullptr) {
#if !defined(_WIN32)
    static const bool registered = [] {
      pthread_atfork([] { g_create.lock(); }, [] { g_create.unlock(); },
                     [] {
                       g_create.unlock();
                       g_pool.store(nullptr, std::memory_order_release);
                     });
      return true;
    }();
    (void)registered;
#endif
    current = new Pool;
    g_pool.store(current, std::memory_order_release);
  }
  return *current;
}

}  // namespace

void parallel_for(std::size_t n_chunks, int n_threads, ChunkFunction chunk, Interrupt* interrupt) {
  const auto useful = static_cast<int>(std::min<std::size_t>(n_chunks, 256));
  Job job(n_chunks, chunk, std::min(n_threads, useful) - 1);
  if (job.helper_slots <= 0)
    job.run_chunks(interrupt);
  else
    pool().run(job, interrupt);
  if (job.error) std::rethrow_exception(job.error);
}

int pool_size() {
  Pool* current = g_pool.load(std::memory_order_acquire);
  return current == nullptr ? 0 : current->size();
}

}  // namespace maxmargin
