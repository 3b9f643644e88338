#include <cmath>
#include <vector>

#include "blocks.hpp"
#include "check.hpp"
#include "problems.hpp"
#include "quadratic/free_set.hpp"

using namespace maxmargin;

namespace {

// K = B B^T / d + a little, so that it is positive definite; boxes of different widths, some of them closed.
template <class T>
quadratic::Block<T> problem(std::size_t n, std::size_t d, std::vector<std::size_t> group_start, std::uint64_t seed) {
  const testing::Data data(n, d, 0.0, seed);
  quadratic::Block<T> block;
  block.resize(n);
  Random random(seed, 1);
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < n; ++j) {
      double sum = i == j ? 1e-3 : 0.0;
      for (std::size_t k = 0; k < d; ++k) sum += data.dense[i * d + k] * data.dense[j * d + k];
      block.K[i * block.ld + j] = static_cast<T>(sum / static_cast<double>(d));
    }
    block.upper[i] = i % 7 == 3 ? 0.0 : 0.05 + 0.2 * std::abs(testing::uniform(random));
    block.gradient[i] = testing::uniform(random);
  }
  block.keep_sums = !group_start.empty();
  block.group_start = group_start.empty() ? std::vector<std::size_t>{0, n} : group_start;
  for (std::size_t i = 0; i < n && block.keep_sums; ++i) {  // a start strictly inside, which the gradient must know
    block.a[i] = 0.5 * block.upper[i];
    for (std::size_t j = 0; j < n; ++j)
      block.gradient[j] += block.a[i] * static_cast<double>(block.K[i * block.ld + j]);
  }
  return block;
}

template <class T>
void reaches_the_optimum(std::vector<std::size_t> group_start, double ridge, double tol) {
  constexpr std::size_t n = 120;
  for (std::uint64_t seed = 0; seed < 8; ++seed) {
    quadratic::Block<T> one = problem<T>(n, 30, group_start, seed), two = one;
    const quadratic::Block<T> before = one;
    CHECK(quadratic::take_free_steps(one, {n, 100, 0.0, ridge}, {1, nullptr}) > 0);
    quadratic::take_free_steps(two, {n, 100, 0.0, ridge}, {3, nullptr});
    CHECK(one.a == two.a && one.gradient == two.gradient);
    CHECK(testing::violation(one) <= tol);
    testing::check_feasible(one, before);
    quadratic::Block<T> refused = before;
    CHECK(quadratic::take_free_steps(refused, {5, 100, 0.0, ridge}, {1, nullptr}) == 0 && refused.a == before.a);
  }
}

}  // namespace

int main() {
  testing::need_instruction_set();
  for (const auto& groups :
       {std::vector<std::size_t>{}, std::vector<std::size_t>{0, 120}, std::vector<std::size_t>{0, 50, 120}}) {
    reaches_the_optimum<double>(groups, 1e-14, 1e-12);
    reaches_the_optimum<float>(groups, 1e-6, 1e-6);
  }
}
