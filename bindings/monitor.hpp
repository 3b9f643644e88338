// The host's ears: signals, and for solvers deadline and callback.
#pragma once

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>

#include <atomic>
#include <cstdint>
#include <exception>
#include <limits>
#include <thread>
#include <utility>
#include <vector>

#include "solvers/problem.hpp"

namespace maxmargin {

// Ctrl-C in the middle of what has no answer yet. Throws what the signal's handler raised.
class Signals final : public Interrupt {
 protected:
  bool ask_host() override {
    const nanobind::gil_scoped_acquire acquire;
    if (PyErr_CheckSignals() != 0) throw nanobind::python_error();
    return false;
  }
};

class PythonMonitor final : public Monitor {
 public:
  PythonMonitor(nanobind::object callback, double max_time) : callback_(std::move(callback)), max_time_(max_time) {}

  bool report(const Record& record) override {
    if (record.iteration < last_.iteration - before_) before_ = last_.iteration;  // another solver goes on
    last_ = record;
    last_.iteration += before_;
    last_.seconds = watch_.seconds();
    if (requested()) return true;
    if (callback_.is_none()) return false;
    const double now = last_.seconds;
    if (record.iteration > 0 && now - last_call_ < kSecondsBetweenCalls) return false;
    last_call_ = now;
    const nanobind::gil_scoped_acquire acquire;
    return call();
  }

  Status reason() const override { return reason_; }
  void rethrow() {
    if (error_) std::rethrow_exception(error_);
  }

 protected:
  bool ask_host() override {
    if (watch_.seconds() > max_time_) {
      reason_ = Status::kMaxTime;
      return true;
    }
    const nanobind::gil_scoped_acquire acquire;
    if (PyErr_CheckSignals() == 0) {
      // A long pass reports nothing by itself; the callback still hears of the time.
      if (callback_.is_none() || watch_.seconds() - last_call_ < kSecondsOfSilence) return false;
      last_call_ = watch_.seconds();
      last_.seconds = last_call_;
      return call();
    }
    if (PyErr_ExceptionMatches(PyExc_KeyboardInterrupt)) {
      PyErr_Clear();
      reason_ = Status::kInterrupted;
    } else {
      error_ = std::make_exception_ptr(nanobind::python_error());
    }
    return true;
  }

 private:
  static constexpr double kSecondsBetweenCalls = 0.002;
  static constexpr double kSecondsOfSilence = 0.05;

  bool call() {
    try {
      const nanobind::object answer =
          callback_(last_.iteration, last_.primal, last_.dual, last_.gap, last_.active_rows, last_.seconds);
      const int truth = PyObject_IsTrue(answer.ptr());
      if (truth < 0) throw nanobind::python_error();
      if (truth == 0) return false;
    } catch (nanobind::python_error& error) {
      // Ctrl-C may be seen first by the callback's own bytecode; it is the same Ctrl-C.
      if (error.matches(PyExc_KeyboardInterrupt)) {
        reason_ = Status::kInterrupted;
        return true;
      }
      error_ = std::current_exception();
    } catch (...) {
      error_ = std::current_exception();
    }
    reason_ = Status::kCallback;
    return true;
  }

  nanobind::object callback_;
  double max_time_;
  Stopwatch watch_;
  double last_call_ = 0.0;
  std::int64_t before_ = 0;  // iterations of solvers that have handed over
  Record last_{0, std::numeric_limits<double>::infinity(), 0.0, std::numeric_limits<double>::infinity(), 0, 0.0};
  Status reason_ = Status::kCallback;
  std::exception_ptr error_;
};

// Of problems that are solved side by side on threads of the core: the thread that called asks for signals, for all.
class SharedEar {
 public:
  bool pressed() {
    if (std::this_thread::get_id() != caller_ || stop_.load(std::memory_order_relaxed))
      return stop_.load(std::memory_order_relaxed);
    const nanobind::gil_scoped_acquire acquire;
    if (PyErr_CheckSignals() == 0) return false;
    if (PyErr_ExceptionMatches(PyExc_KeyboardInterrupt))
      PyErr_Clear();
    else
      error_ = std::make_exception_ptr(nanobind::python_error());
    stop_.store(true, std::memory_order_relaxed);
    return true;
  }
  void rethrow() {
    if (error_) std::rethrow_exception(error_);
  }

 private:
  const std::thread::id caller_ = std::this_thread::get_id();
  std::atomic<bool> stop_{false};
  std::exception_ptr error_;
};

class SharedMonitor final : public Monitor {
 public:
  explicit SharedMonitor(SharedEar& ear, double max_time = std::numeric_limits<double>::infinity())
      : ear_(ear), max_time_(max_time) {}
  bool report(const Record&) override { return requested(); }
  Status reason() const override { return reason_; }

 protected:
  bool ask_host() override {
    const bool late = watch_.seconds() > max_time_;
    if (late) reason_ = Status::kMaxTime;
    return late || ear_.pressed();
  }

 private:
  SharedEar& ear_;
  double max_time_;
  Stopwatch watch_;
  Status reason_ = Status::kInterrupted;
};

// One row for each record.
inline nanobind::object history_array(const std::vector<Record>& history) {
  auto* owned = new std::vector<double>;
  owned->reserve(6 * history.size());
  for (const Record& r : history)
    owned->insert(owned->end(), {static_cast<double>(r.iteration), r.primal, r.dual, r.gap,
                                 static_cast<double>(r.active_rows), r.seconds});
  const nanobind::capsule owner(owned, [](void* p) noexcept { delete static_cast<std::vector<double>*>(p); });
  return nanobind::cast(
      nanobind::ndarray<nanobind::numpy, double, nanobind::ndim<2>>(owned->data(), {history.size(), 6}, owner));
}

}  // namespace maxmargin
