// Sparse rows in float32 or float64 with 32-bit columns, of any design.
//
// Of each row the rare columns come first, then the frequent ones of an even place, then those of an odd one
// (sparse_columns.hpp). The inner product of two rows, or another sum over the columns that both have
// (common_terms.hpp), is one sum over the even columns, one over the odd ones and one over the rare ones, in their
// order: the same bits whichever of the rows is spread out in a panel.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "design/design.hpp"
#include "design/products.hpp"
#include "kernels/common_terms.hpp"
#include "kernels/sparse_columns.hpp"
#include "memory/large_vector.hpp"

namespace maxmargin::kernels {

template <class T>
struct SparseRows {
  Terms summed;                              // over the columns that two rows have in common
  std::vector<std::size_t> start;            // (n + 1,)
  ScratchVector<std::uint32_t> rare, evens;  // how many of a row's values are of rare and of even columns
  ScratchVector<std::uint32_t> columns;      // their places
  ScratchVector<T> values;
  ScratchVector<T> norms;  // |x|^2 for products, and |x|_1 for the other sums

  // Of dense storage what is other than zero, seen from the origin (n_features entries, or null).
  SparseRows(const Design& X, Rows rows, const double* origin, const SparseColumns& places, Terms sums,
             const Execution& run)
      : SparseRows(X, rows, origin, places, sums, starts_of(X, rows, origin, run), run) {}

  SparseRows(const Design& X, Rows rows, const double* origin, const SparseColumns& places, Terms sums,
             std::vector<std::size_t> starts, const Execution& run)
      : summed(sums),
        start(std::move(starts)),
        rare(rows.size),
        evens(rows.size),
        columns(start.back()),
        values(start.back()),
        norms(rows.size) {
    over_chunks(X, rows.size, run, [&](Range chunk) {
      if (X.sparse())
        copy(X, rows, chunk, places);
      else
        move(X, rows, chunk, origin, places);
    });
  }

  // Where each row begins, and where the last one ends.
  static std::vector<std::size_t> starts_of(const Design& X, Rows rows, const double* origin, const Execution& run) {
    std::vector<std::size_t> start(rows.size + 1, 0);
    over_chunks(X, rows.size, run, [&](Range chunk) {
      if (X.sparse()) {
        for (std::size_t k = chunk.begin; k < chunk.end; ++k) start[k + 1] = X.stored_values(rows.slice({k, k + 1}));
        return;
      }
      const std::vector<double> dense = unpacked(X, rows, chunk);
      const std::size_t d = X.n_features();
      for (std::size_t k = chunk.begin; k < chunk.end; ++k) {
        const double* x = dense.data() + (k - chunk.begin) * d;
        std::size_t count = 0;
        for (std::size_t j = 0; j < d; ++j) count += x[j] - (origin != nullptr ? origin[j] : 0.0) != 0.0;
        start[k + 1] = count;
      }
    });
    for (std::size_t k = 0; k < rows.size; ++k) start[k + 1] += start[k];
    return start;
  }

  std::size_t size() const { return norms.size(); }
  // The most terms that one of the sums of a row can have.
  std::size_t terms(std::size_t k) const {
    const std::size_t stored = start[k + 1] - start[k];
    return rare[k] + std::max<std::size_t>(evens[k], stored - rare[k] - evens[k]);
  }
  std::size_t nbytes() const { return static_cast<std::size_t>(bytes_of(size(), static_cast<double>(values.size()))); }
  static double bytes_of(std::size_t n_rows, double stored) {
    return static_cast<double>((n_rows + 1) * sizeof(std::size_t) + n_rows * (2 * sizeof(std::uint32_t) + sizeof(T))) +
           stored * (sizeof(std::uint32_t) + sizeof(T));
  }

 private:
  static constexpr std::size_t kRowsPerChunk = 128, kValuesPerChunk = 1 << 17;  // of dense storage, in float64: 1 MB

  template <class Body>
  static void over_chunks(const Design& X, std::size_t n, const Execution& run, const Body& body) {
    const std::size_t most = X.sparse() ? kRowsPerChunk : kValuesPerChunk / std::max<std::size_t>(1, X.n_features());
    const std::size_t rows = std::clamp<std::size_t>(most, 1, kRowsPerChunk);
    parallel_for((n + rows - 1) / rows, run.n_threads,
                 [&](std::size_t c) { body(Range{c * rows, std::min(n, (c + 1) * rows)}); }, run.interrupt);
  }

  static std::vector<double> unpacked(const Design& X, Rows rows, Range chunk) {
    std::vector<double> dense((chunk.end - chunk.begin) * X.n_features());
    X.unpack(rows.slice(chunk), dense.data());
    return dense;
  }

  void copy(const Design& X, Rows rows, Range chunk, const SparseColumns& places) {
    std::vector<std::uint32_t> row_columns;
    std::vector<double> row_values;
    for (std::size_t k = chunk.begin; k < chunk.end; ++k) {
      row_columns.clear();
      row_values.clear();
      X.append_row(rows[k], row_columns, row_values);
      for (std::uint32_t& column : row_columns) column = places.place(column);
      set_row(k, row_columns, row_values, places);
    }
  }

  void move(const Design& X, Rows rows, Range chunk, const double* origin, const SparseColumns& places) {
    const std::size_t d = X.n_features();
    const std::vector<double> dense = unpacked(X, rows, chunk);
    std::vector<std::uint32_t> row_columns;
    std::vector<double> row_values;
    for (std::size_t k = chunk.begin; k < chunk.end; ++k) {
      const double* x = dense.data() + (k - chunk.begin) * d;
      row_columns.resize(d);
      row_values.resize(d);
      std::size_t count = 0;
      for (std::size_t j = 0; j < d; ++j) {
        const double v = x[j] - (origin != nullptr ? origin[j] : 0.0);
        row_columns[count] = places.place(static_cast<std::uint32_t>(j));
        row_values[count] = v;
        count += v != 0.0;
      }
      row_columns.resize(count);
      row_values.resize(count);
      set_row(k, row_columns, row_values, places);
    }
  }

  void set_row(std::size_t k, const std::vector<std::uint32_t>& row_places, const std::vector<double>& row_values,
               const SparseColumns& places) {
    const auto n_frequent = static_cast<std::uint32_t>(places.n_frequent());
    std::size_t counts[3] = {};  // rare, even, odd
    const auto kind = [n_frequent](std::uint32_t place) { return place >= n_frequent ? 0 : 1 + place % 2; };
    for (std::uint32_t place : row_places) ++counts[kind(place)];
    rare[k] = static_cast<std::uint32_t>(counts[0]);
    evens[k] = static_cast<std::uint32_t>(counts[1]);
    std::size_t next[3] = {start[k], start[k] + counts[0], start[k] + counts[0] + counts[1]};
    for (std::size_t p = 0; p < row_places.size(); ++p) {
      const std::uint32_t place = row_places[p], which = kind(place);
      columns[next[which]] = place;
      values[next[which]++] = static_cast<T>(row_values[p]);
    }
    set_norm(k);
  }

  void set_norm(std::size_t k) {
    double norm = 0.0;
    with_common(summed, [&]<class Common>() {
      for (std::size_t p = start[k]; p < start[k + 1]; ++p) norm += Common::of_norm(static_cast<double>(values[p]));
    });
    norms[k] = static_cast<T>(norm);
  }
};

}  // namespace maxmargin::kernels
