#include <vector>

#include "check.hpp"
#include "linalg/cholesky.hpp"
#include "linalg/descent.hpp"
#include "linalg/gram.hpp"
#include "linalg/tile.hpp"
#include "problems.hpp"

using namespace maxmargin;
using testing::near;

namespace {

std::vector<double> gram(const Design& X, Rows rows, const std::vector<double>& v, bool intercept, int n_threads) {
  linalg::GramAccumulator accumulator(X, intercept);
  std::vector<double> G(accumulator.leading_dimension() * accumulator.leading_dimension(), 0.0);
  accumulator.add(rows, v.data(), G.data(), Execution{n_threads, nullptr});
  return G;
}

void gram_agrees(const Design& X, const testing::Data& data, bool intercept) {
  std::vector<RowIndex> list;
  for (RowIndex i = 1; i < data.n; i += 2) list.push_back(i);
  std::vector<double> v(list.size());
  Random random(1, 1);
  for (double& e : v) e = testing::uniform(random);
  const std::vector<double> G = gram(X, Rows::list(list), v, intercept, 2);
  const std::size_t order = data.d + (intercept ? 1 : 0), ld = linalg::padded(order);
  const auto entry = [&](std::size_t i, std::size_t j) { return j < data.d ? data.dense[i * data.d + j] : 1.0; };
  for (std::size_t a = 0; a < order; ++a)
    for (std::size_t b = 0; b <= a; ++b) {
      double s = 0.0;
      for (std::size_t k = 0; k < list.size(); ++k) s += v[k] * entry(list[k], a) * entry(list[k], b);
      CHECK(near(G[a * ld + b], s, 1e-10));
    }
  // The same bits whatever the number of threads.
  CHECK(gram(X, Rows::list(list), v, intercept, 1) == G);
}

void cholesky_solves(std::size_t order) {
  const testing::Data data(order + 3, order, 0.0, order);
  const auto X = data.by_rows();
  std::vector<double> G = gram(X, Rows::all(data.n), std::vector<double>(data.n, 1.0), false, 1);
  const std::size_t ld = linalg::padded(order);
  for (std::size_t i = 0; i < order; ++i) G[i * ld + i] += 1.0;
  const std::vector<double> A = G;
  std::vector<double> scratch, x(order);
  for (std::size_t i = 0; i < order; ++i) x[i] = static_cast<double>(i % 5) - 2.0;
  const std::vector<double> b = x;
  CHECK(linalg::factor_cholesky(G.data(), order, scratch, Execution{2, nullptr}) == order);
  linalg::solve_cholesky(G.data(), order, x.data());
  for (std::size_t i = 0; i < order; ++i) {
    double s = 0.0;
    for (std::size_t j = 0; j < order; ++j) s += x[j] * (j <= i ? A[i * ld + j] : A[j * ld + i]);
    CHECK(near(s, b[i], 1e-8));
  }
}

void bad_pivots_are_found() {
  const std::size_t order = 60, ld = linalg::padded(order);
  std::vector<double> A(ld * ld, 0.0), scratch;
  for (std::size_t i = 0; i < order; ++i) A[i * ld + i] = i == 53 ? -1.0 : 1.0;
  CHECK(linalg::factor_cholesky(A.data(), order, scratch, Execution{}) == 53);
}

// Rows of the identity, one of which is turned.
template <class T>
void descents_are_found(std::size_t order, std::size_t at, std::ptrdiff_t more) {
  const auto stride = static_cast<std::ptrdiff_t>(order) + more;
  std::vector<T> K(order * static_cast<std::size_t>(stride), T(0));
  for (std::size_t i = 0; i < order; ++i) K[i * static_cast<std::size_t>(stride) + i] = i == at ? T(-1) : T(1);
  for (const bool turned : {false, true}) {
    const auto found = linalg::find_descent(K.data(), order, turned ? 1 : stride, turned ? stride : 1, 1e-5, 0.0,
                                            Execution{2, nullptr});
    CHECK(found && near(found->value, -1.0, 1e-12) && found->direction.size() == at + 1);
  }
  K[at * static_cast<std::size_t>(stride) + at] = T(1);
  CHECK(!linalg::find_descent(K.data(), order, stride, 1, 1e-5, 0.0, Execution{2, nullptr}));
}

}  // namespace

int main() {
  testing::need_instruction_set();
  for (std::size_t d : {1u, 5u, 24u, 61u, 250u})
    for (bool intercept : {false, true}) {
      const testing::Data data(900, d, d > 60 ? 0.95 : 0.2, d);
      gram_agrees(data.by_rows(), data, intercept);
      gram_agrees(data.sparse(), data, intercept);
    }
  for (std::size_t order : {1u, 2u, 23u, 24u, 48u, 49u, 130u, 400u}) cholesky_solves(order);
  bad_pivots_are_found();
  for (std::size_t order : {1u, 48u, 49u, 200u})
    for (std::ptrdiff_t more : {0, 3}) {
      descents_are_found<float>(order, order / 2, more);
      descents_are_found<double>(order, order - 1, more);
    }
}
