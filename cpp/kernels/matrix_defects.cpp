#include "kernels/matrix_defects.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

namespace maxmargin::kernels {
namespace {

constexpr std::size_t kSide = 32;  // of a tile: two of them in float64 stay in the first-level cache

using TileRow = std::array<double, kSide>;

template <class T>
struct Matrix {
  const T* values;
  std::ptrdiff_t row_stride, column_stride;
  double operator()(std::size_t i, std::size_t j) const {
    return static_cast<double>(
        values[static_cast<std::ptrdiff_t>(i) * row_stride + static_cast<std::ptrdiff_t>(j) * column_stride]);
  }
};

// What is known of rows alone: K(x, x), the root of its size, and what it leaves room for.
struct Sizes {
  std::vector<double> diagonal, sides, lengths;

  template <class T>
  Sizes(const Matrix<T>& K, std::size_t n, double slack) : diagonal(n), sides(n), lengths(n) {
    for (std::size_t i = 0; i < n; ++i) {
      diagonal[i] = K(i, i);
      sides[i] = std::sqrt(std::abs(diagonal[i]));
      lengths[i] = std::sqrt(std::max(diagonal[i], 0.0) + slack);
    }
  }
};

// Rows [i, i + kSide) and columns [j, j + kSide), and their mirror image.
class Tile {
 public:
  template <class T>
  Tile(const Matrix<T>& K, std::size_t n, std::size_t i, std::size_t j)
      : i_(i), j_(j), rows_(std::min(kSide, n - i)), columns_(std::min(kSide, n - j)) {
    for (std::size_t r = 0; r < rows_; ++r)
      for (std::size_t c = 0; c < columns_; ++c) here_[r][c] = K(i + r, j + c);
    for (std::size_t c = 0; c < columns_; ++c)
      for (std::size_t r = 0; r < rows_; ++r) mirrored_[r][c] = K(j + c, i + r);
  }

  void look(const Sizes& of, double floor, MatrixDefects& found) const {
    for (std::size_t r = 0; r < rows_; ++r) {
      const double *v = here_[r].data(), *w = mirrored_[r].data();
      const double *d = of.diagonal.data() + j_, *s = of.sides.data() + j_, *l = of.lengths.data() + j_;
      const double own = of.diagonal[i_ + r], side = of.sides[i_ + r], length = of.lengths[i_ + r];
      TileRow crooked{}, apart{}, aligned{};
      const std::size_t first = i_ == j_ ? r : 0;  // each pair of rows once
#pragma omp simd
      for (std::size_t c = first; c < columns_; ++c) {
        const double size = std::abs(v[c]), both = side * s[c], more = size > both ? size : both;
        const double unit = 1.0 / (more > floor ? more : floor);
        crooked[c] = unit * std::abs(v[c] - w[c]);
        apart[c] = unit * (2.0 * v[c] - own - d[c]);
        aligned[c] = unit * (size - length * l[c]);
      }
      take(crooked, r, found.crooked);
      take(apart, r, found.apart);
      take(aligned, r, found.aligned);
    }
  }

 private:
  void take(const TileRow& values, std::size_t r, Worst& worst) const {
    double most = worst.value;
#pragma omp simd reduction(max : most)
    for (std::size_t c = 0; c < columns_; ++c) most = values[c] > most ? values[c] : most;
    if (!(most > worst.value)) return;
    std::size_t c = 0;
    while (values[c] != most) ++c;
    worst = {most, i_ + r, j_ + c};
  }

  std::size_t i_, j_, rows_, columns_;
  std::array<TileRow, kSide> here_, mirrored_;
};

void keep_worse(const Worst& other, Worst& worst) {
  if (other.value > worst.value) worst = other;
}

}  // namespace

template <class T>
MatrixDefects defects_of_matrix(const T* values, std::size_t n, std::ptrdiff_t row_stride, std::ptrdiff_t column_stride,
                                double floor, double slack, const Execution& run) {
  const Matrix<T> K{values, row_stride, column_stride};
  const Sizes sizes(K, n, slack);
  std::vector<MatrixDefects> of_rows((n + kSide - 1) / kSide);
  parallel_for(
      of_rows.size(), run.n_threads,
      [&](std::size_t t) {
        for (std::size_t j = t * kSide; j < n; j += kSide) Tile(K, n, t * kSide, j).look(sizes, floor, of_rows[t]);
      },
      run.interrupt);
  MatrixDefects found;
  for (const MatrixDefects& some : of_rows) {
    keep_worse(some.crooked, found.crooked);
    keep_worse(some.apart, found.apart);
    keep_worse(some.aligned, found.aligned);
  }
  return found;
}

template MatrixDefects defects_of_matrix(const float*, std::size_t, std::ptrdiff_t, std::ptrdiff_t, double, double,
                                         const Execution&);
template MatrixDefects defects_of_matrix(const double*, std::size_t, std::ptrdiff_t, std::ptrdiff_t, double, double,
                                         const Execution&);

}  // namespace maxmargin::kernels
