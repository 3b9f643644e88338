#include <algorithm>
#include <numeric>
#include <vector>

#include "check.hpp"
#include "losses/hinge.hpp"
#include "losses/squared_hinge.hpp"
#include "problems.hpp"
#include "solvers/coordinate.hpp"
#include "solvers/newton.hpp"
#include "solvers/safeguard.hpp"

using namespace maxmargin;

namespace {

struct Silent final : Monitor {
  bool ask_host() override { return false; }
  bool report(const Record&) override { return false; }
  Status reason() const override { return Status::kCallback; }
};

// Gap as the certificate computes it, after the multipliers have been made feasible.
template <class Loss>
double relative_gap(const Problem& problem, const Solution& s) {
  for (std::size_t i = 0; i < s.multipliers.size(); ++i)
    CHECK(s.multipliers[i] >= 0.0 && s.multipliers[i] <= Loss::upper(problem.c[i]));
  const Objectives found = objectives<Loss>(problem, s, Execution{});
  CHECK(found.gap >= 0.0 && testing::near(found.primal - found.dual, found.gap, 1e-9));
  return found.gap / std::abs(found.dual);
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
    CHECK(relative_gap<Loss>(problem, solutions.back()) < 1e-7);
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
