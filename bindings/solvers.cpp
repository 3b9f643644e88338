// Solvers: one call solves one binary problem. The GIL is released; a monitor takes it back, at most every
// few milliseconds, to let signals through and to tell the callback where the fit stands.
#include <nanobind/ndarray.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>

#include <optional>
#include <string>

#include "bindings.hpp"
#include "certificate/point.hpp"
#include "losses/hinge.hpp"
#include "losses/squared_hinge.hpp"
#include "monitor.hpp"
#include "numpy.hpp"
#include "solvers/coordinate.hpp"
#include "solvers/newton.hpp"

namespace nb = nanobind;

namespace maxmargin {
namespace {

using Solver = Solution (*)(const Problem&, const Settings&, const Start&, Monitor&);

std::vector<double> copy(const std::optional<DoubleVector>& v, std::size_t expected, const char* what) {
  if (!v) return {};
  check_length(*v, expected, what);
  return {v->data(), v->data() + v->shape(0)};
}

struct NativeResult {
  Solution solution;
  nb::object coef, multipliers, history;
};

template <Solver kHinge, Solver kSquaredHinge>
NativeResult run(const Design& X, DoubleVector y, DoubleVector c, const std::string& loss, bool fit_intercept,
                 double tol, std::int64_t max_iter, double max_time, int n_threads, std::uint64_t seed,
                 double matrix_bytes, nb::object monitor, std::optional<DoubleVector> coef, double intercept,
                 std::optional<DoubleVector> multipliers) {
  check_length(y, X.n_rows(), "y");
  check_length(c, X.n_rows(), "c");
  if (loss != Hinge::kName && loss != SquaredHinge::kName) throw std::invalid_argument("unknown loss: " + loss);
  const Start start{copy(coef, X.n_features(), "coef"), intercept, copy(multipliers, X.n_rows(), "multipliers")};
  const Problem problem{X, y.data(), c.data(), fit_intercept};
  const Settings settings{tol, max_iter, max_time, n_threads, seed, matrix_bytes};
  PythonMonitor ear(std::move(monitor), max_time);
  NativeResult result;
  {
    const nb::gil_scoped_release release;
    const bool hinge = loss == Hinge::kName;
    result.solution = (hinge ? kHinge : kSquaredHinge)(problem, settings, start, ear);
    if (!result.solution.certified)
      (hinge ? make_feasible<Hinge> : make_feasible<SquaredHinge>)(problem, result.solution.multipliers);
  }
  ear.rethrow();
  result.coef = nb::cast(to_numpy(std::move(result.solution.coef)));
  result.multipliers = nb::cast(to_numpy(std::move(result.solution.multipliers)));
  result.history = history_array(result.solution.history);
  return result;
}

template <Solver kHinge, Solver kSquaredHinge>
void bind_solver(nb::module_& m, const char* solver, const char* doc) {
  m.def(solver, &run<kHinge, kSquaredHinge>, nb::arg("design"), nb::arg("y"), nb::arg("c"), nb::kw_only(),
        nb::arg("loss"), nb::arg("fit_intercept"), nb::arg("tol"), nb::arg("max_iter"), nb::arg("max_time"),
        nb::arg("n_threads") = 1, nb::arg("seed") = 0, nb::arg("matrix_bytes") = 1e30, nb::arg("monitor") = nb::none(),
        nb::arg("coef") = nb::none(), nb::arg("intercept") = 0.0, nb::arg("multipliers") = nb::none(), doc);
}

}  // namespace

void bind_solvers(nb::module_& m) {
  nb::class_<NativeResult>(m, "NativeResult", "What a native solver returns.")
      .def_prop_ro("status", [](const NativeResult& r) { return std::string(name(r.solution.status)); })
      .def_ro("coef", &NativeResult::coef)
      .def_prop_ro("intercept", [](const NativeResult& r) { return r.solution.intercept; })
      .def_ro("multipliers", &NativeResult::multipliers)
      .def_prop_ro("primal", [](const NativeResult& r) { return r.solution.primal; })
      .def_prop_ro("dual", [](const NativeResult& r) { return r.solution.dual; })
      .def_prop_ro("gap", [](const NativeResult& r) { return r.solution.gap; })
      .def_prop_ro("certified", [](const NativeResult& r) { return r.solution.certified; })
      .def_prop_ro("n_iter", [](const NativeResult& r) { return r.solution.n_iter; })
      .def_ro("history", &NativeResult::history);
  bind_solver<&solve_newton<Hinge>, &solve_newton<SquaredHinge>>(m, "solve_newton",
                                                                 "Semismooth Newton augmented Lagrangian method.");
  bind_solver<&solve_coordinate<Hinge>, &solve_coordinate<SquaredHinge>>(
      m, "solve_coordinate", "Dual coordinate descent, with Newton's method for the last digits.");
}

}  // namespace maxmargin
