// Kinks of a convex function of one number that is made of straight pieces, and where its slope passes a given one.
#pragma once

#include <cstddef>
#include <limits>
#include <utility>
#include <vector>

namespace maxmargin::quadratic {

class Kinks {
 public:
  // Room for so many.
  explicit Kinks(std::size_t most) : at_(most + 1), weight_(most + 1) {}

  // Adds one, where the slope rises by `weight` > 0, if it is wanted; without a branch, as often nobody can tell.
  void add_if(bool wanted, double at, double weight) {
    at_[size_] = at;
    weight_[size_] = weight;
    size_ += static_cast<std::size_t>(wanted);
  }

  std::size_t size() const { return size_; }
  double total() const { return weight_up_to(std::numeric_limits<double>::infinity()); }
  double weight_up_to(double bound) const;
  double first() const;
  double last() const;
  // The first kink at which the weights up to and including it reach `target`; the last one where all are less.
  double quantile(double target) const;

 private:
  struct Part {
    double weight, count;
  };
  Part up_to(double bound) const;  // of the kinks up to and including it
  Kinks within(double low, double high) const;
  double select(double target) const;

  std::vector<double> at_, weight_;
  std::size_t size_ = 0;
};

}  // namespace maxmargin::quadratic
