#include "linalg/descent.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "linalg/cholesky.hpp"
#include "linalg/tile.hpp"
#include "memory/large_vector.hpp"
#include "parallel/thread_pool.hpp"

namespace maxmargin::linalg {
namespace {

constexpr std::size_t kFew = 48;      // rows that show what most matrices have to show
constexpr double kShareNarrow = 0.5;  // of the slack: what float32 leaves of the other half is more than its rounding

template <class T>
class Descents {
 public:
  Descents(const T* values, std::size_t n, std::ptrdiff_t row_stride, std::ptrdiff_t column_stride,
           const Execution& run)
      : values_(values), row_(row_stride), column_(column_stride), n_(n), run_(run), copied_(n) {
    if (row_ == 1) std::swap(row_, column_);  // a mirror image is the same, and rows in one piece are sooner read
  }

  std::optional<Descent> find(double slack, double least_size) {
    const double size = std::max(norm(), least_size);
    if (!std::isfinite(size) || size == 0.0) return std::nullopt;
    // In float32, of numbers up to 1, first: that all is well takes half as long to see, and float64 has the last word.
    std::size_t bad = n_;
    for (const std::size_t order : {std::min(n_, kFew), n_}) {
      LargeVector<float> L;
      bad = factor(order, 1.0 / size, kShareNarrow * slack, L);
      if (bad < order) break;
    }
    if (bad == n_) return std::nullopt;
    for (const std::size_t order : {std::min(n_, bad + kFew), n_}) {
      LargeVector<double> L;
      const std::size_t found = factor(order, 1.0, slack * size, L);
      if (found < order) return direction(L, padded(order), found, slack * size);
    }
    return std::nullopt;
  }

 private:
  // K(i, 0), ..., K(i, i)
  const T* row(std::size_t i) {
    const T* first = values_ + static_cast<std::ptrdiff_t>(i) * row_;
    if (column_ == 1) return first;
    for (std::size_t j = 0; j <= i; ++j) copied_[j] = first[static_cast<std::ptrdiff_t>(j) * column_];
    return copied_.data();
  }

  // The root of the sum of all squares.
  double norm() {
    double sum = 0.0;
    for (std::size_t i = 0; i < n_; ++i) {
      const T* values = row(i);
      double below = 0.0;
#pragma omp simd reduction(+ : below)
      for (std::size_t j = 0; j < i; ++j) below += static_cast<double>(values[j]) * static_cast<double>(values[j]);
      sum += 2.0 * below + static_cast<double>(values[i]) * static_cast<double>(values[i]);
    }
    return std::sqrt(sum);
  }

  // The factor of scale * K + shift, of the first rows; the first that has none, or `order`.
  template <class U>
  std::size_t factor(std::size_t order, double scale, double shift, LargeVector<U>& L) {
    const std::size_t ld = padded<U>(order);
    L.resize(ld * ld);
    for (std::size_t i = 0; i < order; ++i) {
      const T* values = row(i);
      U* of_factor = L.data() + i * ld;
      for (std::size_t j = 0; j <= i; ++j) of_factor[j] = static_cast<U>(scale * static_cast<double>(values[j]));
      of_factor[i] += static_cast<U>(shift);
    }
    std::vector<U> scratch;
    return factor_cholesky(L.data(), order, scratch, run_);
  }

  // With K = [K1 k; k' c] of the first rows up to the bad one, L L' = K1 and v = (-K1^-1 k, 1),
  // v'Kv = c - |L^-1 k|^2 <= 0.
  Descent direction(const LargeVector<double>& L, std::size_t ld, std::size_t bad, double shift) {
    const T* k = row(bad);
    const double c = static_cast<double>(k[bad]);
    std::vector<double> v(k, k + bad + 1);
    solve_lower(L.data(), ld, bad, v.data());
    const double half = std::inner_product(v.begin(), v.end() - 1, v.begin(), 0.0);
    solve_lower_transposed(L.data(), ld, bad, v.data());
    v[bad] = -1.0;
    const double length = std::sqrt(std::inner_product(v.begin(), v.end(), v.begin(), 0.0));
    for (double& x : v) x /= length;
    return {(c + shift - half) / length / length - shift, std::move(v)};
  }

  const T* values_;
  std::ptrdiff_t row_, column_;
  std::size_t n_;
  const Execution& run_;
  std::vector<T> copied_;
};

}  // namespace

template <class T>
std::optional<Descent> find_descent(const T* values, std::size_t n, std::ptrdiff_t row_stride,
                                    std::ptrdiff_t column_stride, double slack, double least_size,
                                    const Execution& run) {
  return Descents<T>(values, n, row_stride, column_stride, run).find(slack, least_size);
}

template std::optional<Descent> find_descent(const float*, std::size_t, std::ptrdiff_t, std::ptrdiff_t, double, double,
                                             const Execution&);
template std::optional<Descent> find_descent(const double*, std::size_t, std::ptrdiff_t, std::ptrdiff_t, double, double,
                                             const Execution&);

}  // namespace maxmargin::linalg
