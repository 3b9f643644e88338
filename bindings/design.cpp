// Design: NumPy arrays are borrowed, never copied; the Python object keeps them alive.
//
//   NumPy                                     C++
//   float32 / float64, any two strides        DenseDesign<float / double>
//   data float32 / float64, indices and       CsrDesign<float / double, int32 / int64>
//   indptr int32 / int64 (the same)
//
// Every product releases the GIL.
#include <nanobind/ndarray.h>
#include <nanobind/stl/unique_ptr.h>

#include <memory>
#include <stdexcept>

#include "bindings.hpp"
#include "design/csr.hpp"
#include "design/dense.hpp"
#include "design/design.hpp"
#include "design/products.hpp"
#include "numpy.hpp"

namespace nb = nanobind;

namespace maxmargin {
namespace {

using AnyArray = nb::ndarray<nb::ro, nb::device::cpu>;

template <class T>
std::unique_ptr<Design> dense(const AnyArray& X) {
  return std::make_unique<DenseDesign<T>>(static_cast<const T*>(X.data()), X.shape(0), X.shape(1), X.stride(0),
                                          X.stride(1));
}

std::unique_ptr<Design> make_dense(const AnyArray& X) {
  if (X.ndim() != 2) throw std::invalid_argument("X must have 2 dimensions");
  check_rows(X.shape(0));
  if (X.dtype() == nb::dtype<double>()) return dense<double>(X);
  if (X.dtype() == nb::dtype<float>()) return dense<float>(X);
  throw std::invalid_argument("X must be float32 or float64");
}

template <class T, class I>
std::unique_ptr<Design> csr(const AnyArray& data, const AnyArray& indices, const AnyArray& indptr,
                            std::size_t n_features) {
  return std::make_unique<CsrDesign<T, I>>(static_cast<const T*>(data.data()), static_cast<const I*>(indices.data()),
                                           static_cast<const I*>(indptr.data()), indptr.shape(0) - 1, n_features);
}

template <class T>
std::unique_ptr<Design> csr_of_values(const AnyArray& data, const AnyArray& indices, const AnyArray& indptr,
                                      std::size_t n_features) {
  if (indices.dtype() != indptr.dtype()) throw std::invalid_argument("indices and indptr must have one dtype");
  if (indices.dtype() == nb::dtype<std::int32_t>()) return csr<T, std::int32_t>(data, indices, indptr, n_features);
  if (indices.dtype() == nb::dtype<std::int64_t>()) return csr<T, std::int64_t>(data, indices, indptr, n_features);
  throw std::invalid_argument("indices must be int32 or int64");
}

bool contiguous(const AnyArray& a) { return a.ndim() == 1 && (a.shape(0) < 2 || a.stride(0) == 1); }

std::unique_ptr<Design> make_csr(const AnyArray& data, const AnyArray& indices, const AnyArray& indptr,
                                 std::size_t n_features) {
  if (!contiguous(data) || !contiguous(indices) || !contiguous(indptr) || indptr.shape(0) < 1)
    throw std::invalid_argument("data, indices and indptr must be contiguous vectors");
  check_rows(indptr.shape(0) - 1);
  if (data.dtype() == nb::dtype<double>()) return csr_of_values<double>(data, indices, indptr, n_features);
  if (data.dtype() == nb::dtype<float>()) return csr_of_values<float>(data, indices, indptr, n_features);
  throw std::invalid_argument("data must be float32 or float64");
}

template <class I>
nb::tuple order_of(const AnyArray& indices, const AnyArray& indptr) {
  const auto *columns = static_cast<const I*>(indices.data()), *start = static_cast<const I*>(indptr.data());
  const std::size_t n_rows = indptr.shape(0) - 1;
  ColumnOrder order;
  {
    const nb::gil_scoped_release release;
    order = column_order(columns, start, n_rows);
  }
  return nb::make_tuple(order.lowest, order.highest, order.rising);
}

nb::tuple checked_order(const AnyArray& indices, const AnyArray& indptr) {
  if (!contiguous(indices) || !contiguous(indptr) || indptr.shape(0) < 1 || indices.dtype() != indptr.dtype())
    throw std::invalid_argument("indices and indptr must be contiguous vectors of one dtype");
  if (indices.dtype() == nb::dtype<std::int32_t>()) return order_of<std::int32_t>(indices, indptr);
  if (indices.dtype() == nb::dtype<std::int64_t>()) return order_of<std::int64_t>(indices, indptr);
  throw std::invalid_argument("indices must be int32 or int64");
}

}  // namespace

void bind_design(nb::module_& m) {
  nb::class_<Design>(m, "Design", "Rows of data, borrowed from NumPy arrays.")
      .def_prop_ro("n_rows", &Design::n_rows)
      .def_prop_ro("n_features", &Design::n_features)
      .def_prop_ro("sparse", &Design::sparse)
      .def_prop_ro("stored_values", nb::overload_cast<>(&Design::stored_values, nb::const_))
      .def(
          "decision",
          [](const Design& X, DoubleVector coef, double intercept, int n_threads) {
            check_length(coef, X.n_features(), "coef");
            auto out = new_vector(X.n_rows());
            {
              const nb::gil_scoped_release release;
              multiply(X, Rows::all(X.n_rows()), coef.data(), out.data, Execution{n_threads, nullptr});
              for (std::size_t i = 0; i < X.n_rows(); ++i) out.data[i] += intercept;
            }
            return out.array;
          },
          nb::arg("coef"), nb::arg("intercept") = 0.0, nb::arg("n_threads") = 1, "X w + b, (n,).")
      .def(
          "combine",
          [](const Design& X, DoubleVector v, int n_threads) {
            check_length(v, X.n_rows(), "v");
            auto out = new_vector(X.n_features());
            {
              const nb::gil_scoped_release release;
              multiply_transposed(X, Rows::all(X.n_rows()), v.data(), out.data, Execution{n_threads, nullptr});
            }
            return out.array;
          },
          nb::arg("v"), nb::arg("n_threads") = 1, "X^T v, (d,).")
      .def(
          "squared_norms",
          [](const Design& X, int n_threads) {
            auto out = new_vector(X.n_rows());
            {
              const nb::gil_scoped_release release;
              squared_norms(X, Rows::all(X.n_rows()), out.data, Execution{n_threads, nullptr});
            }
            return out.array;
          },
          nb::arg("n_threads") = 1, "||x_i||^2, (n,).")
      .def(
          "all_finite",
          [](const Design& X, int n_threads) {
            const nb::gil_scoped_release release;
            return all_finite(X, Execution{n_threads, nullptr});
          },
          nb::arg("n_threads") = 1, "Whether no stored value is NaN or infinite.");
  m.def("DenseDesign", &make_dense, nb::arg("X"), nb::keep_alive<0, 1>(),
        "Design over a 2-D float32 or float64 array with any strides.");
  m.def("CsrDesign", &make_csr, nb::arg("data"), nb::arg("indices"), nb::arg("indptr"), nb::arg("n_features"),
        nb::keep_alive<0, 1>(), nb::keep_alive<0, 2>(), nb::keep_alive<0, 3>(),
        "Design over compressed sparse rows with sorted, unique column indices.");
  m.def("column_order", &checked_order, nb::arg("indices"), nb::arg("indptr"),
        "(lowest, highest, whether every row's columns rise strictly); indptr starts with 0 and never falls.");
}

}  // namespace maxmargin
