// Kernels of rows of words: few columns that many rows have, and many that few have.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "check.hpp"
#include "kernels/design_kernel.hpp"
#include "kernels/postings.hpp"
#include "kernels/sparse_columns.hpp"
#include "problems.hpp"

using namespace maxmargin;

namespace {

constexpr std::size_t kFeatures = 6000;

// Column j is of the word of rank 1 + (7 j mod d), and every row has it with a chance of `words` over its rank.
testing::Data text(std::size_t n, double words) {
  testing::Data data(n, kFeatures, 1.0, 3);  // all zero so far
  Random random(4, 0);
  data.start.assign(1, 0);
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < kFeatures; ++j) {
      const double rank = 1.0 + static_cast<double>(7 * j % kFeatures);
      if (0.5 * (testing::uniform(random) + 1.0) >= words / rank) continue;
      const double x = testing::uniform(random);
      data.dense[i * kFeatures + j] = x;
      data.value.push_back(x);
      data.column.push_back(static_cast<std::int32_t>(j));
    }
    data.start.push_back(static_cast<std::int32_t>(data.value.size()));
  }
  return data;
}

double rbf(const testing::Data& data, std::size_t i, std::size_t j, double gamma) {
  double squares = 0.0;
  for (std::size_t k = 0; k < data.d; ++k)
    squares += std::pow(data.dense[i * data.d + k] - data.dense[j * data.d + k], 2);
  return std::exp(-gamma * squares);
}

void places(const testing::Data& data, bool numbered) {
  const auto X = data.sparse();
  const kernels::SparseColumns columns(X, nullptr);
  CHECK(columns.numbered() == numbered);
  CHECK(columns.n_frequent() + columns.n_rare() == data.d);
  CHECK((columns.n_rare() > 0) == !numbered);
  std::vector<std::uint32_t> taken(data.d, 0), counts(data.d, 0), count_at(data.d, 0);
  for (const std::int32_t j : data.column) ++counts[static_cast<std::size_t>(j)];
  for (std::uint32_t j = 0; j < data.d; ++j) {
    ++taken[columns.place(j)];
    count_at[columns.place(j)] = counts[j];
  }
  CHECK(std::all_of(taken.begin(), taken.end(), [](std::uint32_t times) { return times == 1; }));
  if (!numbered) CHECK(count_at[0] > 2 * count_at[columns.n_frequent() - 1] && count_at[columns.n_frequent() - 1] > 0);
}

// The same bits of K(x, z) from either side, alone and, where values are dear, among others; near what they should be.
void values(const Design& X, const testing::Data& data, double gamma) {
  const Execution run{2, nullptr};
  const auto kernel = kernels::make_kernel(X, {kernels::Kind::kRbf, gamma, 0.0, 3.0}, run);
  std::vector<RowIndex> all(data.n), some;
  std::iota(all.begin(), all.end(), RowIndex{0});
  for (std::size_t i = 0; i < data.n; i += 3) some.push_back(static_cast<RowIndex>(i));
  const std::size_t m = some.size();
  std::vector<float> square(data.n * data.n), rows(m * data.n);
  std::vector<float*> out(m);
  for (std::size_t j = 0; j < m; ++j) out[j] = rows.data() + j * data.n;
  kernel->square(all, square.data(), data.n, run);
  kernel->rows(some, *kernel->targets(all, run), out.data(), run);
  std::vector<double> exact(m * m);
  kernel->square(some, exact.data(), m, run);
  for (std::size_t j = 0; j < m; ++j)
    for (std::size_t i = 0; i < data.n; ++i) {
      CHECK(square[some[j] * data.n + i] == square[i * data.n + some[j]]);
      if (kernel->dear()) CHECK(rows[j * data.n + i] == square[i * data.n + some[j]]);
      CHECK(testing::near(rows[j * data.n + i], square[i * data.n + some[j]], 1e-5));
      if (i % 3 != 0) continue;
      CHECK(testing::near(exact[j * m + i / 3], rbf(data, some[j], i, gamma), 1e-12));
      CHECK(testing::near(static_cast<double>(rows[j * data.n + i]), exact[j * m + i / 3], 1e-5));
    }
}

// Sums in float32 within their bound of those in float64, which are the same for any number of threads.
void sums(const Design& X, const testing::Data& data, double gamma) {
  const Execution run{2, nullptr};
  const auto kernel = kernels::make_kernel(X, {kernels::Kind::kRbf, gamma, 0.0, 3.0}, run);
  std::vector<RowIndex> all(data.n);
  std::iota(all.begin(), all.end(), RowIndex{0});
  std::vector<double> coef(data.n), quick(data.n, 0.0), spread(data.n, 0.0), exact(data.n, 0.0), alone(data.n, 0.0),
      among(data.n, 0.0);
  for (std::size_t j = 0; j < data.n; ++j) coef[j] = 0.1 * static_cast<double>(j % 7) - 0.3;
  kernel->add(all, coef.data(), *kernel->targets(all, run), {quick.data(), spread.data()}, run);
  kernel->add_exactly(all, coef.data(), all, exact.data(), run);
  kernel->add_exactly(all, coef.data(), all, alone.data(), {1, nullptr});
  kernel->add_among(all, coef.data(), among.data(), run);
  CHECK(exact == alone);
  std::vector<double> quick_alone(data.n, 0.0), spread_alone(data.n, 0.0);
  kernel->add(all, coef.data(), *kernel->targets(all, run), {quick_alone.data(), spread_alone.data()}, {1, nullptr});
  CHECK(quick == quick_alone);
  CHECK(spread == spread_alone);
  for (std::size_t i = 0; i < data.n; ++i) {
    const double bound = kernel->rounding(static_cast<RowIndex>(i)) * spread[i];
    CHECK(testing::near(among[i], exact[i], 1e-12));
    CHECK(std::abs(quick[i] - exact[i]) <= bound);
    CHECK(bound <= 1e-2);
  }
}

// Products of rows of a list by their columns, frequent and rare ones; texts are multiplied sooner so.
template <class T>
void postings(const testing::Data& data, double most) {
  const auto X = data.sparse();
  const kernels::SparseColumns places(X, nullptr);
  const kernels::SparseRows<T> rows(X, Rows::all(data.n), nullptr, places, kernels::Terms::kProducts, {1, nullptr});
  std::vector<RowIndex> list;
  for (std::size_t i = 0; i < data.n; ++i)
    if (i % 7 != 3) list.push_back(static_cast<RowIndex>(data.n - 1 - i));
  const auto lists = kernels::postings_of<T>(rows, list.data(), list.size(), data.d, most);
  CHECK(lists.has_value());
  CHECK(!kernels::postings_of<T>(rows, list.data(), list.size(), data.d, 0.5 * lists->cost()));
  std::vector<T> products(lists->scratch());
  for (std::size_t k = 0; k < data.n; k += 5) {
    lists->multiply(rows, k, products.data());
    for (std::size_t j = 0; j < list.size(); ++j) {
      const double* x = data.dense.data() + k * data.d;
      const double exact = std::inner_product(x, x + data.d, data.dense.data() + list[j] * data.d, 0.0);
      const double size = std::sqrt(static_cast<double>(rows.norms[k]) * static_cast<double>(rows.norms[list[j]]));
      CHECK(std::abs(static_cast<double>(products[j]) - exact) <= 1e-5 * size);
      CHECK(lists->norms()[j] == rows.norms[list[j]]);
    }
    for (std::size_t j = list.size(); j < lists->padded(); ++j) CHECK(products[j] == T(0));
  }
}

}  // namespace

int main() {
  testing::need_instruction_set();
  const testing::Data brief = text(420, 2.0), usual = text(300, 20.0);
  places(brief, true);
  places(usual, false);
  postings<float>(brief, 0.85);
  postings<double>(brief, 0.6);
  postings<float>(usual, 2.0);
  for (const testing::Data* data : {&brief, &usual}) {
    const double gamma = data == &brief ? 0.3 : 0.03;
    values(data->sparse(), *data, gamma);
    sums(data->sparse(), *data, gamma);
    values(data->by_rows(), *data, gamma);
    sums(data->by_rows(), *data, gamma);
  }
}
