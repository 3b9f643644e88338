// Dense panels of a few sparse rows, against which the non-zeros of many others are multiplied, or otherwise compared
// (common_terms.hpp).
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "kernels/common_terms.hpp"
#include "kernels/composed.hpp"
#include "kernels/function.hpp"
#include "kernels/rare_columns.hpp"
#include "kernels/sparse_rows.hpp"
#include "memory/large_vector.hpp"

namespace maxmargin::kernels {

// Left rows as lanes: of frequent columns values[place * kWidth + lane], of rare ones a list.
template <class T>
class SparsePanel {
 public:
  static constexpr std::size_t kPack = simd::kPackSize<T>, kPacks = 4, kWidth = kPacks * kPack;
  static constexpr std::size_t kBatch = 32;  // right rows that are taken together: their sums, then their values

  explicit SparsePanel(const SparseColumns& places)
      : slot_(places.numbered() ? places.n_frequent() : 0, 0),
        values_(places.numbered() ? 0 : places.n_frequent() * kWidth),
        rare_(places) {}

  // Bytes of a panel of rows with so many values on average.
  static double bytes_of(std::size_t n_features, double values_per_row) {
    const double frequent = static_cast<double>(SparseColumns::most_frequent(n_features));
    const double in_use = std::min(static_cast<double>(n_features), (1.0 + values_per_row) * kWidth);
    const double numbers = static_cast<double>(n_features * sizeof(std::uint32_t));
    return std::max(frequent * kWidth * sizeof(T) + RareColumns<T>::bytes_of(n_features, values_per_row * kWidth),
                    std::min(in_use, frequent) * kWidth * sizeof(T) + numbers);
  }

  // The rows list[first, first + count) of `rows`; list null means the rows themselves.
  void fill(const SparseRows<T>& rows, const RowIndex* list, std::size_t first, std::size_t count) {
    clear();
    std::fill(norms_, norms_ + kWidth, T(0));
    count_ = count;
    packs_ = (count + kPack - 1) / kPack;
    const auto row = [=](std::size_t lane) { return list != nullptr ? list[first + lane] : first + lane; };
    for (std::size_t lane = 0; lane < count; ++lane) {
      const std::size_t i = row(lane);
      norms_[lane] = rows.norms[i];
      for (std::size_t p = rows.start[i] + rows.rare[i]; p < rows.start[i + 1]; ++p)
        values_[take_slot(rows.columns[p]) * kWidth + lane] += rows.values[p];
    }
    rare_.fill(rows, row, count);
  }

  // out[k * kWidth + lane] = the kernel value of row first + k (of the list, where there is one) and the lane's; count
  // <= kBatch rows.
  template <Kind kKind>
  void take(const Function& f, const SparseRows<T>& rows, const RowIndex* list, std::size_t first, std::size_t count,
            T* out) const {
    with_common(rows.summed, [&]<class Common>() { all_sums<Common>(rows, list, first, count, out); });
    for (std::size_t k = 0; k < count; ++k) {
      const simd::Pack<T> norm = simd::all(rows.norms[list != nullptr ? list[first + k] : first + k]);
      if constexpr (kKind == kComposed) {
        composed_values(f, norm, out + k * kWidth);
      } else {
        for (std::size_t i = 0; i < packs_; ++i) {
          T* at = out + k * kWidth + i * kPack;
          simd::store_pack(
              at, value_of_common<kKind, T>(f, simd::load_pack(at), norm, simd::load_pack(norms_ + i * kPack)));
        }
      }
    }
    // A kernel value with no row may be no number, and 0 times that is none either.
    if (count_ < kWidth)
      for (std::size_t k = 0; k < count; ++k) std::fill(out + k * kWidth + count_, out + (k + 1) * kWidth, T(0));
  }

 private:
  void clear() {
    for (std::uint32_t column : used_) slot_[column] = 0;
    used_.clear();
    if (numbered()) values_.resize(kWidth);
    std::fill(values_.begin(), values_.end(), T(0));
  }

  bool numbered() const { return !slot_.empty(); }

  std::size_t take_slot(std::uint32_t column) {
    if (!numbered()) return column;
    std::uint32_t& slot = slot_[column];
    if (slot == 0) {
      used_.push_back(column);
      slot = static_cast<std::uint32_t>(used_.size());
      values_.insert(values_.end(), kWidth, T(0));
    }
    return slot;
  }

  // From the sums of one row with the lanes' rows the values of a function with parts, in their place.
  void composed_values(const Function& f, simd::Pack<T> norm, T* row) const {
    Packs<T, kPacks> sums, values;
    for (std::size_t i = 0; i < kPacks; ++i)
      sums.v[i] = i < packs_ ? simd::load_pack(row + i * kPack) : simd::all(T(0));
    const auto simple = [&](const Function& part, Packs<T, kPacks>& out) {
      with_simple_kind(part, [&]<Kind kKind>() {
        for (std::size_t i = 0; i < kPacks; ++i)
          out.v[i] = value_of_common<kKind, T>(part, sums.v[i], norm, simd::load_pack(norms_ + i * kPack));
      });
    };
    compose<T>(f, simple, values);
    for (std::size_t i = 0; i < kPacks; ++i) simd::store_pack(row + i * kPack, values.v[i]);
  }

  // out[k * kWidth + lane] = the sum over the columns that row first + k and the lane's have in common
  template <class Common>
  void all_sums(const SparseRows<T>& rows, const RowIndex* list, std::size_t first, std::size_t count, T* out) const {
    switch (packs_) {
      case 1:
        return sums<Common, 1>(rows, list, first, count, out);
      case 2:
        return sums<Common, 2>(rows, list, first, count, out);
      case 3:
        return sums<Common, 3>(rows, list, first, count, out);
      default:
        return sums<Common, 4>(rows, list, first, count, out);
    }
  }

  template <class Common, std::size_t kLive>
  [[gnu::noinline]] void sums(const SparseRows<T>& rows, const RowIndex* list, std::size_t first, std::size_t count,
                              T* out) const {
    const auto row = [=](std::size_t k) { return list != nullptr ? list[first + k] : first + k; };
    const auto each = [&](const auto& lanes) {
      for (std::size_t k = 0; k < count; ++k) {
        const std::size_t i = row(k), begin = rows.start[i] + rows.rare[i];
        const std::uint32_t* column = rows.columns.data() + begin;
        even_and_odd<Common, kLive>(rows.values.data() + begin, rows.evens[i], rows.start[i + 1] - begin,
                                    out + k * kWidth, [=](std::size_t p) { return lanes(column[p]); });
      }
    };
    const T* base = values_.data();
    const std::uint32_t* slot = slot_.data();
    if (numbered())
      each([=](std::uint32_t column) { return base + slot[column] * kWidth; });
    else
      each([=](std::uint32_t column) { return base + column * kWidth; });
    for (std::size_t k = 0; k < count && rare_.any(); ++k) {
      const std::size_t i = row(k), begin = rows.start[i];
      rare_.template add<Common>(rows.columns.data() + begin, rows.values.data() + begin, rows.rare[i],
                                 out + k * kWidth);
    }
  }

  // out = sum_p of the terms of x[p] and lanes(p), of the even columns, which are the first `evens`, and of the odd
  // ones: two sums, which also hide the latency of the additions.
  template <class Common, std::size_t kLive, class Lanes>
  static void even_and_odd(const T* x, std::size_t evens, std::size_t count, T* out, const Lanes& lanes) {
    simd::Pack<T> even[kLive], odd[kLive];
#pragma GCC unroll 8
    for (std::size_t i = 0; i < kLive; ++i) even[i] = odd[i] = simd::all(T(0));
    const std::size_t both = std::min(evens, count - evens);
    for (std::size_t p = 0; p < both; ++p) {
      add_term<Common, kLive>(x[p], lanes(p), even);
      add_term<Common, kLive>(x[evens + p], lanes(evens + p), odd);
    }
    for (std::size_t p = both; p < evens; ++p) add_term<Common, kLive>(x[p], lanes(p), even);
    for (std::size_t p = evens + both; p < count; ++p) add_term<Common, kLive>(x[p], lanes(p), odd);
#pragma GCC unroll 8
    for (std::size_t i = 0; i < kLive; ++i) simd::store_pack(out + i * kPack, even[i] + odd[i]);
  }

  template <class Common, std::size_t kLive>
  [[gnu::always_inline]] static void add_term(T x, const T* lanes, simd::Pack<T>* sums) {
    const typename Common::template With<T> with(x);
#pragma GCC unroll 8
    for (std::size_t i = 0; i < kLive; ++i) sums[i] = with.add(sums[i], simd::load_pack(lanes + i * kPack));
  }

  std::size_t count_ = 0, packs_ = 0;       // rows in the panel, and packs that hold them
  std::vector<std::uint32_t> slot_, used_;  // of a column, where they are numbered: 0 is a row of zeros, for all others
  ScratchVector<T> values_;                 // set as a panel is filled
  RareColumns<T> rare_;
  alignas(64) T norms_[kWidth] = {};
};

}  // namespace maxmargin::kernels
