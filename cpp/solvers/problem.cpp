#include "solvers/problem.hpp"

namespace maxmargin {

const char* name(Status status) {
  switch (status) {
    case Status::kOptimal:
      return "optimal";
    case Status::kMaxIter:
      return "stopped_by_max_iter";
    case Status::kMaxTime:
      return "stopped_by_max_time";
    case Status::kCallback:
      return "stopped_by_callback";
    case Status::kInterrupted:
      return "interrupted";
    case Status::kNumericalLimit:
      break;
  }
  return "numerical_limit";
}

}  // namespace maxmargin
