#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <vector>

#include "check.hpp"
#include "kernels/matrix_kernel.hpp"
#include "quadratic/working_set.hpp"

using namespace maxmargin;

namespace {

// Two groups; in each some variables are free, and all others are at zero, with slopes that let `n_violating` rise.
struct Case {
  std::size_t size[2], n_free[2], n_violating[2];
};

struct Chosen {
  std::size_t free[2] = {0, 0}, others[2] = {0, 0};
};

Chosen chosen(const Case& c, std::size_t most, std::size_t most_free) {
  const std::size_t n = c.size[0] + c.size[1];
  const double nothing = 0.0;
  const kernels::MatrixKernel<double> kernel(&nothing, 1, 1, 1);
  const std::vector<double> zero(n, 0.0), one(n, 1.0);
  std::vector<double> a(n, 0.0), gradient(n, 2.0);
  std::vector<std::int64_t> row(n, 0), group(n, 1);
  for (std::size_t g = 0, v = 0; g < 2; ++g)
    for (std::size_t k = 0; k < c.size[g]; ++k, ++v) {
      group[v] = static_cast<std::int64_t>(g);
      if (k < c.n_free[g]) {
        a[v] = 0.5;
        gradient[v] = 1.0;
      } else if (k < c.n_free[g] + c.n_violating[g]) {
        gradient[v] = -1.0 - static_cast<double>(k);
      }
    }
  const quadratic::Programme problem{{n, zero.data(), zero.data(), one.data(), row.data(), group.data(), 2}, kernel};
  const quadratic::WorkingSet set = quadratic::working_set(problem, a, gradient, most, most_free);
  CHECK(set.group_start.size() == 3 && set.group_start[2] == set.variables.size());
  Chosen count;
  for (std::size_t g = 0; g < 2; ++g) {
    CHECK(std::is_sorted(set.variables.begin() + static_cast<std::ptrdiff_t>(set.group_start[g]),
                         set.variables.begin() + static_cast<std::ptrdiff_t>(set.group_start[g + 1])));
    for (std::size_t k = set.group_start[g]; k < set.group_start[g + 1]; ++k) {
      const std::size_t v = set.variables[k];
      CHECK(group[v] == static_cast<std::int64_t>(g));
      ++(a[v] > 0.0 ? count.free[g] : count.others[g]);
    }
  }
  return count;
}

void room_goes_where_the_free_variables_are() {
  const Chosen all = chosen({{500, 500}, {30, 300}, {200, 200}}, 400, 340);
  CHECK(all.free[0] == 30 && all.free[1] == 300);
  CHECK(all.others[0] + all.others[1] == 70 && all.others[0] == 35);
  const Chosen share = chosen({{800, 800}, {100, 300}, {200, 200}}, 400, 200);
  CHECK(share.free[0] == 50 && share.free[1] == 150 && share.others[0] == 100 && share.others[1] == 100);
}

void room_that_nobody_needs_goes_to_others() {
  const Chosen few = chosen({{500, 500}, {30, 30}, {10, 400}}, 200, 150);
  CHECK(few.free[0] == 30 && few.free[1] == 30 && few.others[0] == 10 && few.others[1] == 130);
  const Chosen none = chosen({{400, 400}, {200, 300}, {0, 20}}, 500, 100);
  CHECK(none.free[0] + none.free[1] >= 479 && none.others[1] == 20);
}

}  // namespace

int main() {
  testing::need_instruction_set();
  room_goes_where_the_free_variables_are();
  room_that_nobody_needs_goes_to_others();
}
