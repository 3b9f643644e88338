// Text: a buffer in, NumPy arrays out. The GIL is released while lines are read.
#include <nanobind/ndarray.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>

#include <cstdint>
#include <memory>

#include "bindings.hpp"
#include "text/svmlight.hpp"

namespace nb = nanobind;

namespace maxmargin {
namespace {

using text::SvmlightText;
using Bytes = nb::ndarray<const std::uint8_t, nb::ndim<1>, nb::c_contig, nb::device::cpu>;

template <class T>
struct NewArray {
  explicit NewArray(std::size_t length) : data(new T[length]), size(length) {}
  nb::object numpy() {
    const nb::capsule owner(data, [](void* p) noexcept { delete[] static_cast<T*>(p); });
    return nb::cast(nb::ndarray<nb::numpy, T, nb::ndim<1>>(data, {size}, owner));
  }
  T* data;
  std::size_t size;
};

template <class T, class I>
nb::tuple rows(const SvmlightText& text, std::int64_t shift, int n_threads) {
  NewArray<T> data(text.n_values());
  NewArray<I> indices(text.n_values()), indptr(text.n_rows() + 1);
  {
    const nb::gil_scoped_release release;
    text.copy_rows(data.data, indices.data, indptr.data, shift, Execution{n_threads, nullptr});
  }
  return nb::make_tuple(data.numpy(), indices.numpy(), indptr.numpy());
}

}  // namespace

void bind_text(nb::module_& m) {
  nb::class_<SvmlightText>(m, "SvmlightText", "A text in svmlight format, read.")
      .def(
          "__init__",
          [](SvmlightText* self, Bytes bytes, bool query, int n_threads) {
            const nb::gil_scoped_release release;
            new (self) SvmlightText(reinterpret_cast<const char*>(bytes.data()), bytes.shape(0), query,
                                    Execution{n_threads, nullptr});
          },
          nb::arg("text"), nb::arg("query") = false, nb::arg("n_threads") = 1)
      .def_prop_ro("error",
                   [](const SvmlightText& t) -> nb::object {
                     if (!t.error()) return nb::none();
                     const text::SvmlightError& e = *t.error();
                     return nb::make_tuple(e.line, e.column, e.found, e.expected);
                   })
      .def_prop_ro("n_rows", &SvmlightText::n_rows)
      .def_prop_ro("n_values", &SvmlightText::n_values)
      .def_prop_ro("smallest_index", &SvmlightText::smallest_index)
      .def_prop_ro("largest_index", &SvmlightText::largest_index)
      .def("labels",
           [](const SvmlightText& t) {
             NewArray<double> out(t.n_rows());
             t.copy_labels(out.data);
             return out.numpy();
           })
      .def("query",
           [](const SvmlightText& t) {
             NewArray<std::int64_t> out(t.n_rows());
             t.copy_query(out.data);
             return out.numpy();
           })
      .def(
          "rows",
          [](const SvmlightText& t, std::int64_t shift, bool single, bool wide, int n_threads) {
            if (single)
              return wide ? rows<float, std::int64_t>(t, shift, n_threads)
                          : rows<float, std::int32_t>(t, shift, n_threads);
            return wide ? rows<double, std::int64_t>(t, shift, n_threads)
                        : rows<double, std::int32_t>(t, shift, n_threads);
          },
          nb::arg("shift"), nb::arg("single") = false, nb::arg("wide") = false, nb::arg("n_threads") = 1,
          "data, indices and indptr; `shift` is subtracted from every index.");
}

}  // namespace maxmargin
