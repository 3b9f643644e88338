// Certificate: the sums of a point, nothing else. The GIL is released.
#include <nanobind/ndarray.h>
#include <nanobind/stl/string.h>

#include <string>

#include "bindings.hpp"
#include "certificate/point.hpp"
#include "losses/hinge.hpp"
#include "losses/squared_hinge.hpp"
#include "numpy.hpp"

namespace nb = nanobind;

namespace maxmargin {
namespace {

nb::tuple evaluate(const Design& X, SignVector y, CostVector c, const std::string& loss, bool fit_intercept,
                   DoubleVector coef, double intercept, DoubleVector multipliers, bool rows, int n_threads) {
  check_length(y, X.n_rows(), "y");
  check_length(c, X.n_rows(), "c");
  check_length(coef, X.n_features(), "coef");
  check_length(multipliers, X.n_rows(), "multipliers");
  if (loss != Hinge::kName && loss != SquaredHinge::kName) throw std::invalid_argument("unknown loss: " + loss);
  const auto evaluate_loss = loss == Hinge::kName ? &evaluate_point<Hinge> : &evaluate_point<SquaredHinge>;
  auto combined = new_vector(X.n_features());
  auto term = new_vector(rows ? X.n_rows() : 0), margin = new_vector(rows ? X.n_rows() : 0);
  PointSums sums;
  {
    const nb::gil_scoped_release release;
    const Problem problem{X, y.data(), as_costs(c), fit_intercept};
    sums = evaluate_loss(problem, coef.data(), intercept, multipliers.data(), combined.data, rows ? term.data : nullptr,
                         rows ? margin.data : nullptr, Execution{n_threads, nullptr});
  }
  return nb::make_tuple(sums.loss, sums.dual, sums.terms, combined.array, term.array, margin.array);
}

}  // namespace

void bind_certificate(nb::module_& m) {
  m.def("evaluate_point", &evaluate, nb::arg("design"), nb::arg("y"), nb::arg("c"), nb::kw_only(), nb::arg("loss"),
        nb::arg("fit_intercept"), nb::arg("coef"), nb::arg("intercept"), nb::arg("multipliers"),
        nb::arg("rows") = false, nb::arg("n_threads") = 1,
        "Sums of the losses, of the dual and of the gap's terms, sum alpha y x, and (with rows) each row's term and "
        "margin, for alpha made feasible.");
}

}  // namespace maxmargin
