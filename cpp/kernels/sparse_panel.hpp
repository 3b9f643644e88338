// Dense panels of a few sparse rows, against which the non-zeros of many others are multiplied.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "kernels/composed.hpp"
#include "kernels/function.hpp"
#include "kernels/sparse_rows.hpp"
#include "memory/large_vector.hpp"

namespace maxmargin::kernels {

// Left rows as lanes: panel[slot(column) * kWidth + lane]. With few features the slot is the column itself; with many,
// columns in use are numbered, and slot 0 is a row of zeros for all others.
template <class T>
class SparsePanel {
 public:
  static constexpr std::size_t kPack = simd::kPackSize<T>, kPacks = 4, kWidth = kPacks * kPack;
  static constexpr std::size_t kBatch = 32;  // right rows that are taken together: their sums, then their values

  explicit SparsePanel(std::size_t n_features) : numbered_(n_features > kFewFeatures) {
    if (numbered_)
      slot_.assign(n_features, 0);
    else
      values_.resize(n_features * kWidth);
  }

  // Bytes of a panel of rows with so many values on average.
  static double bytes_of(std::size_t n_features, double values_per_row) {
    const double all = static_cast<double>(n_features);
    if (n_features <= kFewFeatures) return all * kWidth * sizeof(T);
    return all * sizeof(std::uint32_t) + std::min(all, (1.0 + values_per_row) * kWidth) * kWidth * sizeof(T);
  }

  // The rows list[first, first + count) of `rows`; list null means the rows themselves.
  void fill(const SparseRows<T>& rows, const RowIndex* list, std::size_t first, std::size_t count) {
    clear();
    count_ = count;
    packs_ = (count + kPack - 1) / kPack;
    for (std::size_t lane = 0; lane < count; ++lane) {
      const std::size_t i = list != nullptr ? list[first + lane] : first + lane;
      norms_[lane] = rows.norms[i];
      for (std::size_t p = rows.start[i]; p < rows.start[i + 1]; ++p)
        values_[take_slot(rows.columns[p]) * kWidth + lane] += rows.values[p];
    }
  }

  // out[k * kWidth + lane] = the kernel value of row first + k (of the list, where there is one) and the lane's; count
  // <= kBatch rows.
  template <Kind kKind>
  void take(const Function& f, const SparseRows<T>& rows, const RowIndex* list, std::size_t first, std::size_t count,
            T* out) const {
    switch (packs_) {
      case 1:
        sums<1>(rows, list, first, count, out);
        break;
      case 2:
        sums<2>(rows, list, first, count, out);
        break;
      case 3:
        sums<3>(rows, list, first, count, out);
        break;
      default:
        sums<4>(rows, list, first, count, out);
    }
    for (std::size_t k = 0; k < count; ++k) {
      const simd::Pack<T> norm = simd::all(rows.norms[list != nullptr ? list[first + k] : first + k]);
      if constexpr (kKind == kComposed) {
        composed_values(f, norm, out + k * kWidth);
      } else {
        for (std::size_t i = 0; i < packs_; ++i) {
          T* at = out + k * kWidth + i * kPack;
          simd::store_pack(at, value<kKind, T>(f, simd::load_pack(at), norm, simd::load_pack(norms_ + i * kPack)));
        }
      }
    }
    // A kernel value with no row may be no number, and 0 times that is none either.
    if (count_ < kWidth)
      for (std::size_t k = 0; k < count; ++k) std::fill(out + k * kWidth + count_, out + (k + 1) * kWidth, T(0));
  }

 private:
  static constexpr std::size_t kFewFeatures = 1024;

  void clear() {
    if (numbered_) {
      for (std::uint32_t column : used_) slot_[column] = 0;
      used_.clear();
      values_.assign(kWidth, T(0));
    } else {
      std::fill(values_.begin(), values_.end(), T(0));
    }
    std::fill(norms_, norms_ + kWidth, T(0));
  }

  std::size_t take_slot(std::uint32_t column) {
    if (!numbered_) return column;
    std::uint32_t& slot = slot_[column];
    if (slot == 0) {
      used_.push_back(column);
      slot = static_cast<std::uint32_t>(used_.size());
      values_.resize(values_.size() + kWidth, T(0));
    }
    return slot;
  }

  // From the products of one row with the lanes' rows the values of a function with parts, in their place.
  void composed_values(const Function& f, simd::Pack<T> norm, T* row) const {
    Packs<T, kPacks> products, values;
    for (std::size_t i = 0; i < kPacks; ++i)
      products.v[i] = i < packs_ ? simd::load_pack(row + i * kPack) : simd::all(T(0));
    const auto simple = [&](const Function& part, Packs<T, kPacks>& out) {
      with_simple_kind(part, [&]<Kind kKind>() {
        for (std::size_t i = 0; i < kPacks; ++i)
          out.v[i] = value<kKind, T>(part, products.v[i], norm, simd::load_pack(norms_ + i * kPack));
      });
    };
    compose<T>(f, simple, values);
    for (std::size_t i = 0; i < kPacks; ++i) simd::store_pack(row + i * kPack, values.v[i]);
  }

  // out[k * kWidth + lane] = <row first + k, lane's row>
  template <std::size_t kLive>
  [[gnu::noinline]] void sums(const SparseRows<T>& rows, const RowIndex* list, std::size_t first, std::size_t count,
                              T* out) const {
    const T* base = values_.data();
    const std::uint32_t* slot = slot_.data();
    for (std::size_t k = 0; k < count; ++k, out += kWidth) {
      const std::size_t i = list != nullptr ? list[first + k] : first + k;
      const T* x = rows.values.data() + rows.start[i];
      const std::uint32_t* column = rows.columns.data() + rows.start[i];
      const std::size_t stored = rows.start[i + 1] - rows.start[i], evens = rows.evens[i];
      if (numbered_)
        products<kLive>(x, evens, stored, out, [=](std::size_t p) { return base + slot[column[p]] * kWidth; });
      else
        products<kLive>(x, evens, stored, out, [=](std::size_t p) { return base + column[p] * kWidth; });
    }
  }

  // out = sum_p x[p] lanes(p), of the even columns, which are the first `evens`, and of the odd ones: two sums, which
  // also hide the latency of the additions.
  template <std::size_t kLive, class Lanes>
  static void products(const T* x, std::size_t evens, std::size_t count, T* out, const Lanes& lanes) {
    simd::Pack<T> even[kLive], odd[kLive];
#pragma GCC unroll 8
    for (std::size_t i = 0; i < kLive; ++i) even[i] = odd[i] = simd::all(T(0));
    const std::size_t both = std::min(evens, count - evens);
    for (std::size_t p = 0; p < both; ++p) {
      add_product<kLive>(x[p], lanes(p), even);
      add_product<kLive>(x[evens + p], lanes(evens + p), odd);
    }
    for (std::size_t p = both; p < evens; ++p) add_product<kLive>(x[p], lanes(p), even);
    for (std::size_t p = evens + both; p < count; ++p) add_product<kLive>(x[p], lanes(p), odd);
#pragma GCC unroll 8
    for (std::size_t i = 0; i < kLive; ++i) simd::store_pack(out + i * kPack, even[i] + odd[i]);
  }

  template <std::size_t kLive>
  [[gnu::always_inline]] static void add_product(T x, const T* lanes, simd::Pack<T>* sums) {
    const simd::Pack<T> factor = simd::all(x);
#pragma GCC unroll 8
    for (std::size_t i = 0; i < kLive; ++i) sums[i] = simd::fma(factor, simd::load_pack(lanes + i * kPack), sums[i]);
  }

  bool numbered_;
  std::size_t count_ = 0, packs_ = 0;  // rows in the panel, and packs that hold them
  std::vector<std::uint32_t> slot_, used_;
  ScratchVector<T> values_;  // set as a panel is filled
  alignas(64) T norms_[kWidth] = {};
};

}  // namespace maxmargin::kernels
