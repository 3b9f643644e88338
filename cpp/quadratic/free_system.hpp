// The equations of a step d of some variables of a block, and of the offsets b that go with it:
//
//   (K + ridge) d + b = right, with the sum of d over each group given.
#pragma once

#include <cstddef>
#include <vector>

#include "memory/large_vector.hpp"
#include "quadratic/block.hpp"
#include "quadratic/programme.hpp"

namespace maxmargin::quadratic {

template <class T>
class FreeSystem {
 public:
  FreeSystem(const Block<T>& block, const Execution& run);

  // Of `free`, with a ridge that is a share of their largest K(x, x), or more where K does not allow for so little;
  // false where no ridge within reason will do.
  bool factor(const std::vector<std::size_t>& free, double ridge);

  // From the right-hand sides, in the order of `free`, to d. False where the sums ask for what cannot be, or d is no
  // number.
  bool solve(const std::vector<std::size_t>& free, const std::vector<double>& sums, std::vector<double>& d);

  std::size_t n_groups() const { return n_groups_; }
  std::size_t group(std::size_t k) const { return group_[k]; }
  double added() const { return added_; }                    // the ridge that it took
  bool present(std::size_t g) const { return present_[g]; }  // whether a group has a variable among the free
  double offset(std::size_t g) const { return offset_[g]; }  // of a group that is present
  std::size_t n_factors() const { return n_factors_; }

 private:
  const Block<T>& b_;
  const Execution& run_;
  std::size_t n_groups_, n_factors_ = 0;
  double added_ = 0.0;
  std::vector<std::size_t> group_;
  std::vector<bool> present_;
  std::vector<double> offset_, scratch_;
  LargeVector<double> factor_;
};

// Moves those of `next`, values of the variables listed, that are strictly inside their bounds until the sum of each
// group is what it was; false where they have no room for that.
template <class T>
bool restore_sums(const Block<T>& block, const FreeSystem<T>& system, const std::vector<std::size_t>& variables,
                  std::vector<double>& next);

// change = K step over the whole block, of steps of the variables listed.
template <class T>
void change_of(const Block<T>& block, const std::vector<std::size_t>& variables, const std::vector<double>& step,
               std::vector<double>& change, const Execution& run);

}  // namespace maxmargin::quadratic
