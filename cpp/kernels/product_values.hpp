// Kernel values of one row with many, from their inner products, or from other sums over their common columns.
#pragma once

#include <algorithm>
#include <cstddef>

#include "kernels/common_terms.hpp"
#include "kernels/composed.hpp"
#include "kernels/function.hpp"
#include "parallel/thread_pool.hpp"

namespace maxmargin::kernels {

template <Kind kKind, class T>
inline simd::Pack<T> value_of_product(const Function& f, simd::Pack<T> product, simd::Pack<T> norm,
                                      simd::Pack<T> other) {
  if constexpr (kKind == kComposed) {
    const auto simple = [&](const Function& part, Packs<T, 1>& of_part) {
      with_simple_kind(part,
                       [&]<Kind kSimple>() { of_part.v[0] = value_of_common<kSimple, T>(part, product, norm, other); });
    };
    Packs<T, 1> values;
    compose<T>(f, simple, values);
    return values.v[0];
  } else {
    return value_of_common<kKind, T>(f, product, norm, other);
  }
}

// row[j] = the kernel value that belongs to the product in row[j]; `norm` is of the one row, norms[j] of the others.
template <class T>
inline void values_of_products(const Function& f, T norm, const T* norms, Range columns, T* row) {
  constexpr std::size_t kPack = simd::kPackSize<T>;
  with_kind(f, [&]<Kind kKind>() {
    const simd::Pack<T> own = simd::all(norm);
    const auto of = [&](simd::Pack<T> product, simd::Pack<T> other) {
      return value_of_product<kKind, T>(f, product, own, other);
    };
    std::size_t j = columns.begin;
    for (; j + kPack <= columns.end; j += kPack)
      simd::store_pack(row + j, of(simd::load_pack(row + j), simd::load_pack(norms + j)));
    if (const std::size_t rest = columns.end - j; rest > 0) {
      T products[kPack] = {}, squares[kPack] = {};
      std::copy_n(row + j, rest, products);
      std::copy_n(norms + j, rest, squares);
      simd::store_pack(products, of(simd::load_pack(products), simd::load_pack(squares)));
      std::copy_n(products, rest, row + j);
    }
  });
}

}  // namespace maxmargin::kernels
