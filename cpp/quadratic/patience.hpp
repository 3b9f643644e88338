// When blocks in float32 have stopped making the gap smaller.
#pragma once

#include <cmath>
#include <limits>

namespace maxmargin::quadratic {

class Patience {
 public:
  // After a block; `exact` where float64 already knows all that there is to know.
  bool ends(double gap, double dual, bool exact) {
    if (gap < 0.5 * halved_) {
      halved_ = gap;
      since_ = 0;
      return false;
    }
    if (exact || !(gap < kEndGame * std::abs(dual)) || ++since_ < most_) return false;
    since_ = 0;
    most_ *= 2;
    return true;
  }

 private:
  static constexpr double kEndGame = 0.1;  // relative gap below which blocks in float64 may be worth their price
  static constexpr int kFirst = 4;         // blocks that may fail to halve the gap before one in float64

  double halved_ = std::numeric_limits<double>::infinity();  // the last gap that was half of one before
  int since_ = 0, most_ = kFirst;
};

}  // namespace maxmargin::quadratic
