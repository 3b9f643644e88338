#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "check.hpp"
#include "kernels/design_kernel.hpp"
#include "kernels/origin.hpp"
#include "problems.hpp"
#include "quadratic/row_store.hpp"
#include "solvers/random.hpp"

using namespace maxmargin;

namespace {

using Positions = std::vector<quadratic::RowStore::Position>;
const kernels::Function kRbf{kernels::Kind::kRbf, 0.05, 0.0, 3.0};

std::vector<RowIndex> every_other(std::size_t n) {
  std::vector<RowIndex> rows;
  for (std::size_t i = 1; i < n; i += 2) rows.push_back(static_cast<RowIndex>(i));
  return rows;
}

Positions some_of(std::size_t n, std::uint32_t among, Random& random) {
  Positions chosen;
  for (std::size_t k = 0; k < n; ++k)
    if (random.below(among) == 0) chosen.push_back(static_cast<Positions::value_type>(k));
  return chosen;
}

double bytes_of(std::size_t rows, std::size_t n_rows, std::size_t n) {
  return 4.0 * static_cast<double>((rows + 64) * ((n + 15) / 16 * 16) + n_rows);
}

// Sums and squares by a store are the kernel's, whatever it holds at the time.
void as_the_kernel(const Design& X, std::size_t room) {
  const Execution run{2, nullptr};
  const auto kernel = kernels::make_kernel(X, kRbf, run);
  const std::shared_ptr<const kernels::Targets> targets = kernel->targets(every_other(X.n_rows()), run);
  const std::size_t n = targets->rows().size();
  quadratic::KeptRows kept(*kernel, targets, bytes_of(room, X.n_rows(), n));
  CHECK(kept.in_use() && kept.most_bytes() <= bytes_of(room, X.n_rows(), n));
  quadratic::RowStore store(kept, targets->rows());
  Random random(7, 0);
  std::vector<double> quick(n), expected(n), quick_spread(n), spread(n);
  double asked = 0.0;
  for (int round = 0; round < 6; ++round) {
    const Positions rows = some_of(n, round % 2 == 0 ? 2 : 5, random);
    std::vector<RowIndex> indices;
    for (auto k : rows) indices.push_back(targets->rows()[k]);
    std::vector<double> coef(rows.size());
    for (double& c : coef) c = testing::uniform(random);
    store.add(rows, coef.data(), {quick.data(), quick_spread.data()}, run);
    kernel->add(indices, coef.data(), *targets, {expected.data(), spread.data()}, run);
    asked += static_cast<double>(rows.size() * n);
    for (std::size_t k = 0; k < n; ++k) {
      CHECK(testing::near(quick[k], expected[k], 1e-4));
      CHECK(testing::near(quick_spread[k], spread[k], 1e-4));
    }
    Positions block = some_of(n, 3, random);
    block.push_back(block.front());  // the two variables of a row of a regression
    const std::size_t q = block.size(), ld = q + 3;
    std::vector<RowIndex> members;
    for (auto k : block) members.push_back(targets->rows()[k]);
    std::vector<float> K(q * ld, -1.0F), same(q * ld, -1.0F);
    store.square(block, K.data(), ld, run);
    kernel->square(members, same.data(), ld, run);
    asked += static_cast<double>(q * q);
    for (std::size_t k = 0; k < K.size(); ++k)
      CHECK(testing::near(static_cast<double>(K[k]), static_cast<double>(same[k]), 1e-5));
  }
  CHECK(kept.computed() < (room >= n ? 0.5 : 1.0) * asked && store.evaluations() < 0.5 * asked);
}

// Rows come out the same whatever is asked for beside them.
void rows_alone(const Design& X) {
  const auto kernel = kernels::make_kernel(X, kRbf, {1, nullptr});
  const auto targets = kernel->targets(every_other(X.n_rows()), {1, nullptr});
  const std::size_t n = targets->rows().size();
  std::vector<RowIndex> rows(70);
  std::iota(rows.begin(), rows.end(), RowIndex{0});
  std::vector<float> values(rows.size() * n), alone(n);
  std::vector<float*> out;
  for (std::size_t j = 0; j < rows.size(); ++j) out.push_back(values.data() + j * n);
  kernel->rows(rows, *targets, out.data(), {3, nullptr});
  for (std::size_t j = 0; j < rows.size(); j += 23) {
    float* const only = alone.data();
    kernel->rows({rows[j]}, *targets, &only, {1, nullptr});
    CHECK(std::equal(alone.begin(), alone.end(), out[j]));
  }
}

// Sums have the same bits whatever the store holds when they are asked for, and however much it has room for; and
// they are off by no more than their spread says.
void same_bits(const Design& X) {
  const Execution run{2, nullptr};
  const auto kernel = kernels::make_kernel(X, kRbf, run);
  const std::shared_ptr<const kernels::Targets> targets = kernel->targets(every_other(X.n_rows()), run);
  const std::size_t n = targets->rows().size();
  quadratic::KeptRows all(*kernel, targets, bytes_of(n + 64, X.n_rows(), n));
  quadratic::KeptRows some(*kernel, targets, bytes_of(128, X.n_rows(), n));
  quadratic::RowStore large(all, targets->rows()), little(some, targets->rows());
  Random random(3, 0);
  for (int round = 0; round < 4; ++round) {
    const Positions rows = some_of(n, 2, random);
    std::vector<double> coef(rows.size()), a(n, 0.0), b(n, 0.0), spread(n, 0.0), again(n, 0.0), exact(n, 0.0);
    for (double& c : coef) c = testing::uniform(random);
    large.add(rows, coef.data(), {a.data(), spread.data()}, run);
    little.add(rows, coef.data(), {b.data(), again.data()}, {1, nullptr});
    CHECK(a == b && spread == again);
    std::vector<RowIndex> indices;
    for (auto k : rows) indices.push_back(targets->rows()[k]);
    kernel->add_exactly(indices, coef.data(), targets->rows(), exact.data(), run);
    for (std::size_t k = 0; k < n; ++k)
      CHECK(std::abs(a[k] - exact[k]) <= kernel->rounding(targets->rows()[k]) * spread[k]);
  }
  CHECK(all.computed() < some.computed() && large.evaluations() == little.evaluations());
}

// Columns that are mostly one number are seen from there; kernels of products see them from zero.
void origins() {
  const std::size_t n = 400, d = 3;
  std::vector<double> rows(n * d);
  for (std::size_t i = 0; i < n; ++i) {
    rows[i * d] = i % 7 == 0 ? 4.0 : -0.5;
    rows[i * d + 1] = 0.25 * static_cast<double>(i);
    rows[i * d + 2] = i % 5 == 1 ? 0.0 : 7.0;
  }
  const DenseDesign<double> X(rows.data(), n, d, static_cast<std::ptrdiff_t>(d), 1);
  const kernels::Origin moved = kernels::origin_of(X, kRbf);
  CHECK(moved.at.size() == d && moved.at[0] == -0.5 && moved.at[2] == 7.0);
  CHECK(std::abs(moved.at[1] - 50.0) < 2.0 && moved.values_per_row > 1.1 && moved.values_per_row < 1.6);
  const kernels::Origin kept = kernels::origin_of(X, {kernels::Kind::kLinear, 1.0, 0.0, 3.0});
  CHECK(kept.at.empty() && kept.values_per_row > 2.5 && kept.values_per_row < 2.95);
}

}  // namespace

int main() {
  testing::need_instruction_set();
  const testing::Data dense(700, 190, 0.0, 1), sparse(700, 150, 0.6, 2);
  for (const std::size_t room : {std::size_t{130}, std::size_t{1000}}) {
    as_the_kernel(dense.by_rows(), room);
    as_the_kernel(sparse.sparse(), room);
  }
  rows_alone(dense.by_rows());
  rows_alone(sparse.sparse());
  same_bits(dense.by_rows());
  same_bits(sparse.sparse());
  origins();
  // Nothing is kept where a value is cheap, or where there is no room.
  const testing::Data narrow(300, 8, 0.0, 3);
  const DenseDesign<double> few = narrow.by_rows(), wide = dense.by_rows();
  for (const auto& [X, bytes] : {std::pair<const Design*, double>{&few, 1e9}, {&wide, 1e4}}) {
    const auto kernel = kernels::make_kernel(*X, kRbf, {});
    CHECK(!quadratic::KeptRows(*kernel, kernel->targets(every_other(X->n_rows()), {}), bytes).in_use());
  }
}
