#include <algorithm>
#include <vector>

#include "certificate/point.hpp"
#include "check.hpp"
#include "losses/hinge.hpp"
#include "losses/squared_hinge.hpp"
#include "problems.hpp"

using namespace maxmargin;
using testing::near;

namespace {

struct Point {
  std::vector<double> w, alpha, c;
  double b;
};

// Any point will do: a certificate does not need to be told the optimum.
template <class Loss>
Point some_point(const testing::Data& data) {
  Random random(9, data.d);
  Point p{std::vector<double>(data.d), std::vector<double>(data.n), std::vector<double>(data.n), 0.25};
  for (double& w : p.w) w = testing::uniform(random);
  for (std::size_t i = 0; i < data.n; ++i) {
    p.c[i] = i % 5 == 0 ? 0.0 : 0.5 + static_cast<double>(random.below(8));
    p.alpha[i] = 3.0 * testing::uniform(random);  // some of them out of bounds
  }
  return p;
}

// Primal minus dual, by the definitions, must be the sum of the terms and the distance of w from sum alpha y x.
template <class Loss>
void adds_up(const Design& X, const testing::Data& data, bool intercept) {
  const Point p = some_point<Loss>(data);
  const double b = intercept ? p.b : 0.0;
  const Problem problem{X, data.y.data(), p.c.data(), intercept};
  std::vector<double> combined(data.d), term(data.n), margin(data.n), again(data.d);
  const PointSums sums = evaluate_point<Loss>(problem, p.w.data(), b, p.alpha.data(), combined.data(), term.data(),
                                              margin.data(), Execution{3, nullptr});
  double loss = 0.0, terms = 0.0, norm = 0.0, dual_norm = 0.0, distance = 0.0;
  for (std::size_t i = 0; i < data.n; ++i) {
    double f = b;
    for (std::size_t j = 0; j < data.d; ++j) f += p.w[j] * data.dense[i * data.d + j];
    CHECK(near(margin[i], data.y[i] * f, 1e-10));
    CHECK(term[i] >= 0.0);
    loss += Loss::value(1.0 - data.y[i] * f, p.c[i]);
    terms += term[i];
  }
  for (std::size_t j = 0; j < data.d; ++j) {
    norm += p.w[j] * p.w[j];
    dual_norm += combined[j] * combined[j];
    distance += (p.w[j] - combined[j]) * (p.w[j] - combined[j]);
  }
  CHECK(near(sums.loss, loss, 1e-10));
  CHECK(near(sums.terms, terms, 1e-10));
  const double primal = 0.5 * norm + sums.loss, dual = sums.dual - 0.5 * dual_norm;
  CHECK(near(primal - dual, 0.5 * distance + sums.terms, 1e-9));
  // The same bits on one thread, and without the rows.
  const PointSums alone = evaluate_point<Loss>(problem, p.w.data(), b, p.alpha.data(), again.data(), nullptr, nullptr,
                                               Execution{1, nullptr});
  CHECK(alone.loss == sums.loss && alone.dual == sums.dual && alone.terms == sums.terms && again == combined);
}

template <class Loss>
void both_storages(std::size_t n, std::size_t d, double zeros) {
  const testing::Data data(n, d, zeros, n + d);
  for (bool intercept : {false, true}) {
    adds_up<Loss>(data.by_rows(), data, intercept);
    adds_up<Loss>(data.sparse(), data, intercept);
  }
}

}  // namespace

int main() {
  testing::need_instruction_set();
  both_storages<Hinge>(500, 9, 0.2);
  both_storages<SquaredHinge>(500, 9, 0.2);
  both_storages<Hinge>(40, 200, 0.8);
  both_storages<SquaredHinge>(9000, 5, 0.1);
}
