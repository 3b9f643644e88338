// Kernel values of one row with many, from their inner products.
#pragma once

#include <algorithm>
#include <cstddef>

#include "kernels/composed.hpp"
#include "kernels/function.hpp"
#include "parallel/thread_pool.hpp"

namespace maxmargin::kernels {

template <Kind kKind>
inline simd::Pack<double> value_of_product(const Function& f, simd::Pack<double> product, simd::Pack<double> norm,
                                           simd::Pack<double> other) {
  if constexpr (kKind == kComposed) {
    const auto simple = [&](const Function& part, Packs<double, 1>& of_part) {
      with_simple_kind(part,
                       [&]<Kind kSimple>() { of_part.v[0] = value<kSimple, double>(part, product, norm, other); });
    };
    Packs<double, 1> values;
    compose<double>(f, simple, values);
    return values.v[0];
  } else {
    return value<kKind, double>(f, product, norm, other);
  }
}

// row[j] = the kernel value that belongs to the product in row[j]; `norm` is of the one row, norms[j] of the others.
inline void values_of_products(const Function& f, double norm, const double* norms, Range columns, double* row) {
  constexpr std::size_t kPack = simd::kPackSize<double>;
  with_kind(f, [&]<Kind kKind>() {
    const simd::Pack<double> own = simd::all(norm);
    std::size_t j = columns.begin;
    for (; j + kPack <= columns.end; j += kPack)
      simd::store_pack(row + j, value_of_product<kKind>(f, simd::load_pack(row + j), own, simd::load_pack(norms + j)));
    if (const std::size_t rest = columns.end - j; rest > 0) {
      double products[kPack] = {}, squares[kPack] = {};
      std::copy_n(row + j, rest, products);
      std::copy_n(norms + j, rest, squares);
      simd::store_pack(products, value_of_product<kKind>(f, simd::load_pack(products), own, simd::load_pack(squares)));
      std::copy_n(products, rest, row + j);
    }
  });
}

}  // namespace maxmargin::kernels
