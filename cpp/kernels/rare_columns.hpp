// The rare columns of a panel's rows: which there are as bits, and of each the rows that have it. Most of a row's rare
// columns are in none of the panel's, which the bits say at once.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <vector>

#include "kernels/sparse_rows.hpp"

namespace maxmargin::kernels {

template <class T>
class RareColumns {
 public:
  explicit RareColumns(const SparseColumns& places)
      : bits_(places.n_rare() > 0 ? (places.n_features() + kBits - 1) / kBits : 0), before_(bits_.size()) {}

  static double bytes_of(std::size_t n_features, double values) {
    return static_cast<double>(n_features) / kBits * (sizeof(std::uint64_t) + sizeof(std::uint32_t)) +
           values * (sizeof(T) + 2 * sizeof(std::uint32_t));
  }

  bool any() const { return !entries_.empty(); }

  // Of rows[row(lane)] for `count` lanes.
  template <class Row>
  void fill(const SparseRows<T>& rows, const Row& row, std::size_t count) {
    if (bits_.empty()) return;
    std::fill(bits_.begin(), bits_.end(), 0);
    const auto each = [&](const auto& visit) {
      for (std::size_t lane = 0; lane < count; ++lane) {
        const std::size_t begin = rows.start[row(lane)];
        for (std::size_t p = begin; p < begin + rows.rare[row(lane)]; ++p) visit(rows.columns[p], lane, rows.values[p]);
      }
    };
    each([&](std::uint32_t c, std::size_t, T) { bits_[c / kBits] |= std::uint64_t{1} << c % kBits; });
    std::uint32_t columns = 0;
    for (std::size_t w = 0; w < bits_.size(); ++w) {
      before_[w] = columns;
      columns += static_cast<std::uint32_t>(std::popcount(bits_[w]));
    }
    end_.assign(columns + 1, 0);
    each([&](std::uint32_t c, std::size_t, T) { ++end_[number(c) + 1]; });
    for (std::uint32_t k = 0; k < columns; ++k) end_[k + 1] += end_[k];
    entries_.resize(end_[columns]);
    each([&](std::uint32_t c, std::size_t lane, T value) {
      entries_[end_[number(c)]++] = {static_cast<std::uint32_t>(lane), value};
    });
  }

  // out[lane] += sum_p of the terms of x[p] and value(column[p], lane), in the order of the columns.
  template <class Common>
  void add(const std::uint32_t* column, const T* x, std::size_t count, T* out) const {
    std::uint32_t found[kAtOnce];
    for (std::size_t begin = 0; begin < count; begin += kAtOnce) {
      const std::size_t end = std::min(count, begin + kAtOnce);
      std::size_t n_found = 0;
      for (std::size_t p = begin; p < end; ++p) {
        found[n_found] = static_cast<std::uint32_t>(p);
        n_found += bits_[column[p] / kBits] >> column[p] % kBits & 1;
      }
      for (std::size_t k = 0; k < n_found; ++k) {
        const std::uint32_t c = number(column[found[k]]);
        for (std::uint32_t e = c > 0 ? end_[c - 1] : 0; e < end_[c]; ++e)
          out[entries_[e].lane] += Common::template term<T>(x[found[k]], entries_[e].value);
      }
    }
  }

 private:
  static constexpr std::size_t kBits = 64, kAtOnce = 64;

  struct Entry {
    std::uint32_t lane;
    T value;
  };

  // Of a column that is there, among those that are.
  std::uint32_t number(std::uint32_t c) const {
    const std::uint64_t below = bits_[c / kBits] & ((std::uint64_t{1} << c % kBits) - 1);
    return before_[c / kBits] + static_cast<std::uint32_t>(std::popcount(below));
  }

  std::vector<std::uint64_t> bits_;
  std::vector<std::uint32_t> before_;  // columns of the words before one
  std::vector<std::uint32_t> end_;     // of a column's entries
  std::vector<Entry> entries_;
};

}  // namespace maxmargin::kernels
