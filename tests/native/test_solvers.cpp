#include <algorithm>
#include <numeric>
#include <vector>

#include "check.hpp"
#include "losses/hinge.hpp"
#include "losses/squared_hinge.hpp"
#include "problems.hpp"
#include "solvers/coordinate.hpp"
#include "solvers/newton.hpp"

using namespace maxmargin;

namespace {

struct Silent final : Monitor {
  bool ask_host() override { return false; }
  bool report(const Record&) override { return false; }
  Status reason() const override { return Status::kCallback; }
};

// Gap from the definition: primal minus dual, after making sum alpha y zero exactly enough.
template <class Loss>
double relative_gap(const testing::Data& data, const std::vector<double>& c, const Solution& s) {
  double primal = 0.0, dual = 0.0;
  std::vector<double> v(data.d, 0.0);
  for (double w : s.coef) primal += 0.5 * w * w;
  for (std::size_t i = 0; i < data.n; ++i) {
    double f = s.intercept;
    for (std::size_t j = 0; j < data.d; ++j) {
      f += s.coef[j] * data.dense[i * data.d + j];
      v[j] += s.multipliers[i] * data.y[i] * data.dense[i * data.d + j];
    }
    primal += Loss::value(1.0 - data.y[i] * f, c[i]);
    dual += Loss::dual_value(s.multipliers[i], c[i]);
    CHECK(s.multipliers[i] >= 0.0 && s.multipliers[i] <= Loss::upper(c[i]));
  }
  for (double e : v) dual -= 0.5 * e * e;
  return (primal - dual) / std::abs(dual);
}

template <class Loss, class Solver>
void solves(const Design& X, const testing::Data& data, bool intercept, double C, const Solver& solver) {
  std::vector<double> c(data.n, C);
  for (std::size_t i = 0; i < data.n; i += 7) c[i] = 0.0;
  const Problem problem{X, data.y.data(), c.data(), intercept};
  Silent silent;
  std::vector<Solution> solutions;
  for (int n_threads : {1, 3}) {
    solutions.push_back(solver(problem, Settings{1e-8, 3000, 60.0, n_threads, 1}, Start{}, silent));
    CHECK(solutions.back().status == Status::kOptimal);
    CHECK(relative_gap<Loss>(data, c, solutions.back()) < 1e-7);
  }
  // The same bits whatever the number of threads.
  CHECK(solutions[0].coef == solutions[1].coef);
  CHECK(solutions[0].multipliers == solutions[1].multipliers);
  const Start warm{solutions[0].coef, solutions[0].intercept, solutions[0].multipliers};
  const Solution again = solver(problem, Settings{1e-6, 3000, 60.0, 2, 1}, warm, silent);
  CHECK(again.status == Status::kOptimal);
}

template <class Loss>
void both_solvers(std::size_t n, std::size_t d, double zeros) {
  const testing::Data data(n, d, zeros, n + d);
  for (double C : {0.05, 10.0})
    for (bool intercept : {false, true}) {
      solves<Loss>(data.by_rows(), data, intercept, C, &solve_newton<Loss>);
      solves<Loss>(data.sparse(), data, intercept, C, &solve_newton<Loss>);
      solves<Loss>(data.sparse(), data, intercept, C, &solve_coordinate<Loss>);
    }
}

}  // namespace

int main() {
  testing::need_instruction_set();
  both_solvers<Hinge>(400, 12, 0.3);
  both_solvers<SquaredHinge>(400, 12, 0.3);
  both_solvers<Hinge>(60, 300, 0.9);
  both_solvers<SquaredHinge>(60, 300, 0.9);
  both_solvers<Hinge>(20000, 6, 0.1);
  both_solvers<SquaredHinge>(20000, 6, 0.1);
}
