// Text: a buffer in, NumPy arrays out. The bytes are borrowed while they are read, the arrays are new and own
// their memory. The GIL is released, and taken back every few milliseconds to let signals through.
#include <nanobind/ndarray.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>

#include <cstdint>
#include <limits>
#include <memory>

#include "bindings.hpp"
#include "memory/large_vector.hpp"
#include "monitor.hpp"
#include "text/svmlight.hpp"

namespace nb = nanobind;

namespace maxmargin {
namespace {

using text::SvmlightArrays;
using text::SvmlightIndexing;
using text::SvmlightSummary;
using text::SvmlightText;
using Bytes = nb::ndarray<const std::uint8_t, nb::ndim<1>, nb::c_contig, nb::device::cpu>;

template <class V>
class NewArray {
 public:
  explicit NewArray(std::size_t most) : data_(LargeAllocator<V>().allocate(most)) {}
  V* data() { return data_.get(); }
  // The first `size` entries.
  nb::object numpy(std::size_t size) {
    nb::capsule owner(data_.get(), [](void* p) noexcept { Free()(static_cast<V*>(p)); });
    return nb::cast(nb::ndarray<nb::numpy, V, nb::ndim<1>>(data_.release(), {size}, owner));
  }

 private:
  struct Free {
    void operator()(V* p) const { LargeAllocator<V>().deallocate(p, 0); }
  };
  std::unique_ptr<V, Free> data_;
};

struct SvmlightRows {
  SvmlightSummary summary;
  nb::object data, indices, indptr, labels, query;
};

template <class T, class I>
SvmlightRows read_into(const SvmlightText& text, bool query, const SvmlightIndexing& indexing, const Execution& run) {
  const std::size_t rows = text.most_rows(), values = text.most_values();
  NewArray<T> data(values);
  NewArray<I> indices(values), indptr(rows + 1);
  NewArray<double> labels(rows);
  NewArray<std::int64_t> queries(query ? rows : 0);
  const SvmlightArrays<T, I> arrays{data.data(), indices.data(), indptr.data(), labels.data(),
                                    query ? queries.data() : nullptr};
  SvmlightSummary summary = text.read(arrays, indexing, run);
  const nb::gil_scoped_acquire acquire;
  SvmlightRows out{std::move(summary), nb::none(), nb::none(), nb::none(), nb::none(), nb::none()};
  if (out.summary.error) return out;
  out.data = data.numpy(out.summary.n_values);
  out.indices = indices.numpy(out.summary.n_values);
  out.indptr = indptr.numpy(out.summary.n_rows + 1);
  out.labels = labels.numpy(out.summary.n_rows);
  if (query) out.query = queries.numpy(out.summary.n_rows);
  return out;
}

template <class T>
SvmlightRows read_rows(const SvmlightText& text, bool query, const SvmlightIndexing& indexing, const Execution& run) {
  constexpr std::int64_t kMost = std::numeric_limits<std::int32_t>::max();
  if (static_cast<std::int64_t>(std::max(text.most_values(), text.most_rows())) < kMost) {
    SvmlightRows out = read_into<T, std::int32_t>(text, query, indexing, run);
    if (out.summary.largest < kMost) return out;
    const nb::gil_scoped_acquire acquire;
    out = SvmlightRows();  // frees the arrays before wider ones are made
  }
  return read_into<T, std::int64_t>(text, query, indexing, run);
}

}  // namespace

void bind_text(nb::module_& m) {
  nb::class_<SvmlightRows>(m, "SvmlightRows", "Compressed rows and labels of a text in svmlight format.")
      .def_prop_ro("error",
                   [](const SvmlightRows& r) -> nb::object {
                     if (!r.summary.error) return nb::none();
                     const text::SvmlightError& e = *r.summary.error;
                     return nb::make_tuple(e.line, e.column, e.found, e.expected);
                   })
      .def_prop_ro("smallest_index", [](const SvmlightRows& r) { return r.summary.smallest; })
      .def_prop_ro("largest_index", [](const SvmlightRows& r) { return r.summary.largest; })
      .def_ro("data", &SvmlightRows::data)
      .def_ro("indices", &SvmlightRows::indices)
      .def_ro("indptr", &SvmlightRows::indptr)
      .def_ro("labels", &SvmlightRows::labels)
      .def_ro("query", &SvmlightRows::query);

  m.def(
      "read_svmlight",
      [](Bytes bytes, std::int64_t shift, std::int64_t lowest, bool query, bool single, int n_threads) {
        const nb::gil_scoped_release release;
        Signals signals;
        const Execution run{n_threads, &signals};
        const SvmlightText text(reinterpret_cast<const char*>(bytes.data()), bytes.shape(0), run);
        const SvmlightIndexing indexing{shift, lowest};
        return single ? read_rows<float>(text, query, indexing, run) : read_rows<double>(text, query, indexing, run);
      },
      nb::arg("text"), nb::kw_only(), nb::arg("shift") = 1, nb::arg("lowest") = 0, nb::arg("query") = false,
      nb::arg("single") = false, nb::arg("n_threads") = 1,
      "`shift` is subtracted from every index, none may be below `lowest`. Indices are int32 where they and all counts "
      "fit, else int64.");
}

}  // namespace maxmargin
