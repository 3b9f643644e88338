// The best points that a solver has come by: the gap does not fall from block to block, and float32 hides some of it.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include "solvers/problem.hpp"

namespace maxmargin::quadratic {

struct Point {
  std::vector<double> a, decision, offsets;
  double gap = std::numeric_limits<double>::infinity(), dual = 0.0;

  double relative_gap() const { return gap / std::max(std::abs(dual), kTinyObjective); }
};

class BestPoint {
 public:
  // Whether one of this gap would be better than what is kept. A gap as large as the objective says nothing: of such
  // points the last one is best.
  bool improves(double gap, double dual) const {
    if (!any()) return true;
    const double kept = point_.relative_gap(), relative = Point{{}, {}, {}, gap, dual}.relative_gap();
    return relative < kept || (relative >= 1.0 && kept >= 1.0 && std::isfinite(gap));
  }
  void keep(Point point) { point_ = std::move(point); }
  void forget() { point_ = Point{}; }
  bool any() const { return !point_.a.empty(); }
  const Point& point() const { return point_; }

 private:
  Point point_;
};

}  // namespace maxmargin::quadratic
