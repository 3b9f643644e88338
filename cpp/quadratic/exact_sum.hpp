// A sum of numbers that may cancel.
#pragma once

#include <cmath>

namespace maxmargin::quadratic {

// To the last digit, whatever the order and the sizes of the terms (Neumaier 1974).
class ExactSum {
 public:
  void add(double term) {
    const double sum = sum_ + term;
    lost_ += std::abs(sum_) >= std::abs(term) ? (sum_ - sum) + term : (term - sum) + sum_;
    sum_ = sum;
  }
  double value() const { return sum_ + lost_; }

 private:
  double sum_ = 0.0, lost_ = 0.0;
};

}  // namespace maxmargin::quadratic
