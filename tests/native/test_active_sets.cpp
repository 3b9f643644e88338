#include <cmath>
#include <cstddef>
#include <vector>

#include "blocks.hpp"
#include "check.hpp"
#include "problems.hpp"
#include "quadratic/active_sets.hpp"

using namespace maxmargin;

namespace {

constexpr std::size_t kSize = 240, kColumns = 40;

struct Silent final : Interrupt {
  bool ask_host() override { return false; }
};

// Every row three times, so that K is singular.
template <class T>
quadratic::Block<T> problem(const std::vector<std::size_t>& group_start, std::uint64_t seed) {
  const testing::Data data(kSize, kColumns, 0.0, seed);
  quadratic::Block<T> block;
  block.resize(kSize);
  Random random(seed, 1);
  for (std::size_t i = 0; i < kSize; ++i) {
    for (std::size_t j = 0; j < kSize; ++j) {
      double sum = 0.0;
      for (std::size_t k = 0; k < kColumns; ++k)
        sum += data.dense[i / 3 * kColumns + k] * data.dense[j / 3 * kColumns + k];
      block.K[i * block.ld + j] = static_cast<T>(sum / static_cast<double>(kColumns));
    }
    block.upper[i] = i % 7 == 3 ? 0.0 : 0.05 + 0.2 * std::abs(testing::uniform(random));
    block.gradient[i] = i % 3 == 0 ? testing::uniform(random) : block.gradient[i - 1];
  }
  block.keep_sums = !group_start.empty();
  block.group_start = group_start.empty() ? std::vector<std::size_t>{0, kSize} : group_start;
  return block;
}

template <class T>
void move_to(quadratic::Block<T>& block, const LargeVector<double>& a) {
  for (std::size_t i = 0; i < kSize; ++i) {
    for (std::size_t j = 0; j < kSize; ++j)
      block.gradient[j] += (a[i] - block.a[i]) * static_cast<double>(block.K[i * block.ld + j]);
    block.a[i] = a[i];
  }
}

// Where sequential minimal optimisation in float32 has come to.
quadratic::Block<double> start(const std::vector<std::size_t>& group_start, std::uint64_t seed) {
  quadratic::Block<float> narrow = problem<float>(group_start, seed);
  LargeVector<double> inside = narrow.upper;
  for (double& a : inside) a *= 0.5;
  move_to(narrow, inside);
  Silent silent;
  quadratic::solve_block(narrow, 1e-3, 100000, silent);
  quadratic::Block<double> block = problem<double>(group_start, seed);
  move_to(block, narrow.a);
  return block;
}

void reaches_the_optimum(const std::vector<std::size_t>& group_start) {
  for (std::uint64_t seed = 0; seed < 8; ++seed) {
    quadratic::Block<double> one = start(group_start, seed), two = one;
    const quadratic::Block<double> before = one;
    CHECK(quadratic::find_active_sets(one, 0.0, {1, nullptr}));
    CHECK(quadratic::find_active_sets(two, 0.0, {3, nullptr}));
    CHECK(one.a == two.a && one.gradient == two.gradient);
    CHECK(testing::violation(one) <= 1e-12);
    testing::check_feasible(one, before);
    for (std::size_t i = 0; i < kSize; ++i) {  // the gradient is that of the point
      double gradient = before.gradient[i];
      for (std::size_t j = 0; j < kSize; ++j) gradient += (one.a[j] - before.a[j]) * one.K[j * one.ld + i];
      CHECK(std::abs(one.gradient[i] - gradient) < 1e-12);
    }
    quadratic::Block<double> again = one;  // at the optimum nothing is left to gain
    CHECK(!quadratic::find_active_sets(again, 1e-9, {1, nullptr}) || testing::violation(again) <= 1e-12);
  }
}

}  // namespace

int main() {
  testing::need_instruction_set();
  reaches_the_optimum({});
  reaches_the_optimum({0, kSize});
  reaches_the_optimum({0, 90, kSize});
}
