// Sums of kernel values at the rows of one design over those of another, and the values. Every computation releases the
// GIL.
#include <nanobind/ndarray.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/unique_ptr.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <vector>

#include "bindings.hpp"
#include "kernel_function.hpp"
#include "kernels/design_kernel.hpp"
#include "kernels/origin.hpp"
#include "kernels/support_sums.hpp"
#include "monitor.hpp"
#include "numpy.hpp"

namespace nb = nanobind;

namespace maxmargin {
namespace {

using kernels::Function;
using kernels::SupportSums;
using DoubleMatrix = nb::ndarray<const double, nb::ndim<2>, nb::c_contig, nb::device::cpu>;

// Blocks of so many rows, one after the other; one of all of them where nothing is said.
std::vector<Range> blocks_of(const std::optional<IndexVector>& sizes, std::size_t n_rows) {
  if (!sizes) return {{0, n_rows}};
  std::vector<Range> blocks;
  std::size_t end = 0;
  for (std::size_t b = 0; b < sizes->shape(0); ++b) {
    const std::int64_t size = sizes->data()[b];
    if (size < 0 || static_cast<std::size_t>(size) > n_rows - end)
      throw std::invalid_argument("sizes are not those of blocks of the support vectors");
    blocks.push_back({end, end + static_cast<std::size_t>(size)});
    end = blocks.back().end;
  }
  return blocks;
}

void check_sums(const Design& X, const Design& S, const DoubleMatrix& coef) {
  if (coef.shape(1) != S.n_rows()) throw std::invalid_argument("coef must have one column for each support vector");
  if (X.n_features() != S.n_features())
    throw std::invalid_argument("X and the support vectors must have as many features");
}

nb::object by_rows(std::vector<double>&& values, std::size_t k, std::size_t n) {
  return nb::cast(to_numpy(std::move(values))).attr("reshape")(k, n).attr("T");
}

nb::object decision(const Design& X, const Design& S, const nb::tuple& function, DoubleMatrix coef, int n_threads,
                    const std::optional<IndexVector>& sizes) {
  const Function f = function_of(function);
  check_sums(X, S, coef);
  const std::vector<Range> blocks = blocks_of(sizes, S.n_rows());
  const std::size_t k = blocks.size() * coef.shape(0), n = X.n_rows();
  std::vector<double> values(k * n);
  {
    const nb::gil_scoped_release release;
    Signals signals;
    kernels::decision(X, S, blocks, f, coef.data(), coef.shape(0), values.data(), Execution{n_threads, &signals});
  }
  return by_rows(std::move(values), k, n);
}

// Null where it would be too large.
std::unique_ptr<SupportSums> support_sums(const Design& S, const nb::tuple& function, DoubleMatrix coef, int n_threads,
                                          const std::optional<IndexVector>& sizes) {
  const Function f = function_of(function);
  check_sums(S, S, coef);
  const std::vector<Range> blocks = blocks_of(sizes, S.n_rows());
  const nb::gil_scoped_release release;
  return kernels::support_sums(S, blocks, f, coef.data(), coef.shape(0), Execution{n_threads, nullptr});
}

nb::object sums_at(const SupportSums& support, const Design& X, int n_threads) {
  if (X.n_features() != support.n_features())
    throw std::invalid_argument("X and the support vectors must have as many features");
  const std::size_t k = support.n_sums(), n = X.n_rows();
  std::vector<double> values(k * n, 0.0);
  {
    const nb::gil_scoped_release release;
    Signals signals;
    support.at(X, values.data(), Execution{n_threads, &signals});
  }
  return by_rows(std::move(values), k, n);
}

nb::object narrow_decision(const Design& X, const Design& S, const nb::tuple& function, DoubleMatrix coef,
                           int n_threads, const std::optional<IndexVector>& sizes) {
  const Function f = function_of(function);
  check_sums(X, S, coef);
  const std::vector<Range> blocks = blocks_of(sizes, S.n_rows());
  const std::size_t k = blocks.size() * coef.shape(0), n = X.n_rows();
  std::vector<double> values(k * n), doubts(k * n);
  bool known = false;
  {
    const nb::gil_scoped_release release;
    Signals signals;
    known = kernels::narrow_decision(X, S, blocks, f, coef.data(), coef.shape(0), values.data(), doubts.data(),
                                     Execution{n_threads, &signals});
  }
  if (!known) return nb::none();
  return nb::make_tuple(by_rows(std::move(values), k, n), by_rows(std::move(doubts), k, n));
}

nb::object matrix(const Design& X, const Design& Z, const nb::tuple& function, int n_threads) {
  const Function f = function_of(function);
  if (X.n_features() != Z.n_features()) throw std::invalid_argument("both must have as many features");
  std::vector<double> values(X.n_rows() * Z.n_rows());
  {
    const nb::gil_scoped_release release;
    Signals signals;
    kernels::matrix(X, Z, f, values.data(), Execution{n_threads, &signals});
  }
  return nb::cast(to_numpy(std::move(values))).attr("reshape")(X.n_rows(), Z.n_rows());
}

DoubleOut norms(const Design& X, const nb::tuple& function, int n_threads) {
  const Function f = function_of(function);
  auto out = new_vector(X.n_rows());
  {
    const nb::gil_scoped_release release;
    kernels::norms_from_far_centre(X, f, out.data, Execution{n_threads, nullptr});
  }
  return out.array;
}

}  // namespace

void bind_kernel_sums(nb::module_& m) {
  m.def("kernel_decision", &decision, nb::arg("design"), nb::arg("support"), nb::arg("function"), nb::arg("coef"),
        nb::arg("n_threads") = 1, nb::arg("sizes") = nb::none(),
        "sum_j coef[c, j] K(x_i, s_j) over each block of support vectors, (n, blocks * k), in float64.");
  nb::class_<SupportSums>(m, "SupportSums", "What is made of few support vectors, for row after row.")
      .def("at", &sums_at, nb::arg("design"), nb::arg("n_threads") = 1,
           "What kernel_decision says of these rows, to the same bits.");
  m.def("support_sums", &support_sums, nb::arg("support"), nb::arg("function"), nb::arg("coef"),
        nb::arg("n_threads") = 1, nb::arg("sizes") = nb::none(),
        "For rows whose storage is that of the support vectors; None where it would be too large.");
  m.def("kernel_narrow_decision", &narrow_decision, nb::arg("design"), nb::arg("support"), nb::arg("function"),
        nb::arg("coef"), nb::arg("n_threads") = 1, nb::arg("sizes") = nb::none(),
        "The same in float32 and the most that each may be off by, or None where float64 does not go by dense panels.");
  m.def("kernel_matrix", &matrix, nb::arg("design"), nb::arg("other"), nb::arg("function"), nb::arg("n_threads") = 1,
        "K(x_i, z_j), (n, m), in float64.");
  m.def("kernel_norms", &norms, nb::arg("design"), nb::arg("function"), nb::arg("n_threads") = 1,
        "||x_i||^2, (n,), from where the float64 sums of that function see rows.");
}

}  // namespace maxmargin
