// Certificate: the sums of a point, nothing else. The GIL is released where they take longer than that would.
#include <nanobind/ndarray.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>

#include <optional>
#include <string>
#include <vector>

#include "bindings.hpp"
#include "certificate/point.hpp"
#include "losses/hinge.hpp"
#include "losses/squared_hinge.hpp"
#include "numpy.hpp"
#include "quadratic/feasible.hpp"
#include "quadratic/offset.hpp"
#include "quadratic/worth.hpp"

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

quadratic::Variables checked_variables(const std::optional<DoubleVector>& linear, const DoubleVector& lower,
                                       const DoubleVector& upper, const std::optional<IndexVector>& group,
                                       std::size_t n_groups) {
  const std::size_t size = upper.shape(0);
  if (linear) check_length(*linear, size, "linear");
  check_length(lower, size, "lower");
  if (group) check_length(*group, size, "group");
  for (std::size_t v = 0; group && v < size; ++v)
    if (group->data()[v] < 0 || static_cast<std::size_t>(group->data()[v]) >= n_groups)
      throw std::out_of_range("group must be one of the groups");
  return {size,    linear ? linear->data() : nullptr, lower.data(), upper.data(),
          nullptr, group ? group->data() : nullptr,   n_groups};
}

// A point of a kernel machine's programme: multipliers a and f = K a, with G = f + p.
struct MachinePoint {
  quadratic::Variables variables;
  std::vector<double> multipliers, gradient;

  MachinePoint(const DoubleVector& linear, const DoubleVector& lower, const DoubleVector& upper,
               const std::optional<IndexVector>& group, std::size_t n_groups, const DoubleVector& a,
               const DoubleVector& f)
      : variables(checked_variables(linear, lower, upper, group, n_groups)),
        multipliers(a.data(), a.data() + a.shape(0)),
        gradient(f.data(), f.data() + f.shape(0)) {
    check_length(a, variables.size, "multipliers");
    check_length(f, variables.size, "decision");
    for (std::size_t v = 0; v < variables.size; ++v) gradient[v] += linear.data()[v];
  }
};

nb::object machine_start(DoubleVector lower, DoubleVector upper, std::optional<IndexVector> group, DoubleVector sums,
                         std::optional<DoubleVector> wanted) {
  const quadratic::Variables variables = checked_variables(std::nullopt, lower, upper, group, sums.shape(0));
  if (wanted) check_length(*wanted, variables.size, "wanted");
  return nb::cast(to_numpy(quadratic::feasible_point(variables, sums.data(), wanted ? wanted->data() : nullptr)));
}

nb::tuple machine_worth(DoubleVector linear, DoubleVector lower, DoubleVector upper, std::optional<IndexVector> group,
                        DoubleVector sums, DoubleVector multipliers, DoubleVector decision) {
  const MachinePoint point(linear, lower, upper, group, sums.shape(0), multipliers, decision);
  quadratic::Worth worth = quadratic::worth_of(point.variables, sums.data(), point.multipliers, point.gradient);
  return nb::make_tuple(to_numpy(std::move(worth.offsets)), worth.dual, worth.gap, worth.mass, worth.drift,
                        worth.steepest, worth.width);
}

nb::object machine_offsets(DoubleVector linear, DoubleVector lower, DoubleVector upper,
                           std::optional<IndexVector> group, std::size_t n_groups, DoubleVector multipliers,
                           DoubleVector decision) {
  const MachinePoint point(linear, lower, upper, group, n_groups, multipliers, decision);
  return nb::cast(to_numpy(quadratic::steadiest_offsets(point.variables, point.multipliers, point.gradient)));
}

nb::tuple machine_gap(DoubleVector linear, DoubleVector lower, DoubleVector upper, std::optional<IndexVector> group,
                      DoubleVector multipliers, DoubleVector decision, DoubleVector offsets) {
  const MachinePoint point(linear, lower, upper, group, offsets.shape(0), multipliers, decision);
  std::vector<double> b(offsets.data(), offsets.data() + offsets.shape(0));
  if (!group) b.assign(1, 0.0);
  return nb::make_tuple(quadratic::dual_of(point.variables, point.multipliers, point.gradient),
                        quadratic::gap_of(point.variables, point.multipliers, point.gradient, b));
}

}  // namespace

void bind_certificate(nb::module_& m) {
  m.def("evaluate_point", &evaluate, nb::arg("design"), nb::arg("y"), nb::arg("c"), nb::kw_only(), nb::arg("loss"),
        nb::arg("fit_intercept"), nb::arg("coef"), nb::arg("intercept"), nb::arg("multipliers"),
        nb::arg("rows") = false, nb::arg("n_threads") = 1,
        "Sums of the losses, of the dual and of the gap's terms, sum alpha y x, and (with rows) each row's term and "
        "margin, for alpha made feasible.");
  m.def(
      "machine_offsets", &machine_offsets, nb::arg("linear"), nb::arg("lower"), nb::arg("upper"),
      nb::arg("group").none(), nb::arg("n_groups"), nb::arg("multipliers"), nb::arg("decision"),
      "The offset of each group of a kernel machine that makes the gap of a point least, in the middle where more do.");
  m.def("machine_worth", &machine_worth, nb::arg("linear"), nb::arg("lower"), nb::arg("upper"), nb::arg("group").none(),
        nb::arg("sums"), nb::arg("multipliers"), nb::arg("decision"),
        "Of a point these offsets, the dual objective and the gap there, the sum of |a|, the most that the sum of a "
        "group is off by, of its |a|, the largest |p|, and the sum of u - l.");
  m.def("machine_start", &machine_start, nb::arg("lower"), nb::arg("upper"), nb::arg("group").none(), nb::arg("sums"),
        nb::arg("wanted").none() = nb::none(), "A feasible point of a kernel machine near any other, or near zero.");
  m.def("machine_gap", &machine_gap, nb::arg("linear"), nb::arg("lower"), nb::arg("upper"), nb::arg("group").none(),
        nb::arg("multipliers"), nb::arg("decision"), nb::arg("offsets"),
        "The dual objective and the gap of a point of a kernel machine.");
}

}  // namespace maxmargin
