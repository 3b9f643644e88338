#include "kernels/dense_sums.hpp"

#include <algorithm>

#include "kernels/sweep.hpp"

namespace maxmargin::kernels {
namespace {

constexpr double kWorkPerChunk = 1 << 21;  // sums of products: less is not worth another thread
constexpr double kExactValues = 1 << 19;   // float64 values of left rows packed at a time: 4 MB
constexpr double kExactTargets = 1 << 17;  // float64 values of right rows that a thread packs at a time: 1 MB

// What pieces add at the packed right rows, the first of which is `first`.
template <class T>
void add_packed(const Function& f, const std::vector<DensePiece<T>>& pieces, const PackedRows<T>& right,
                std::size_t first, std::size_t n_right, std::size_t n_outputs, double* out) {
  const std::size_t count = right.n_rows();
  std::vector<double> sums(n_outputs * count);
  std::vector<double*> outputs(n_outputs);
  for (std::size_t c = 0; c < n_outputs; ++c) outputs[c] = sums.data() + c * count;
  for (const DensePiece<T>& piece : pieces) {
    std::fill(sums.begin(), sums.end(), 0.0);
    Accumulate<T> sink(piece.coef.data(), piece.rows.n_rows(), outputs, count);
    sweep(f, piece.rows, right, {0, right.panels()}, sink);
    for (std::size_t c = 0; c < n_outputs; ++c) {
      double* at = out + (piece.block * n_outputs + c) * n_right + first;
      for (std::size_t k = 0; k < count; ++k) at[k] += outputs[c][k];
    }
  }
}

}  // namespace

std::size_t panels_per_chunk(std::size_t n_left, std::size_t depth, std::size_t width, std::size_t most) {
  constexpr double kPerValue = 16.0;  // of a kernel function, in products
  const double work =
      static_cast<double>(n_left) * static_cast<double>(width) * (static_cast<double>(depth) + kPerValue);
  return std::clamp<std::size_t>(static_cast<std::size_t>(kWorkPerChunk / std::max(work, 1.0)), 1, most);
}

std::size_t rows_at_once(std::size_t n_features) {
  return std::max<std::size_t>(kLeft, static_cast<std::size_t>(kExactValues / static_cast<double>(n_features)));
}

template <class T>
DensePiece<T> DenseSums<T>::pack(std::size_t block, Range rows, const Execution& run) const {
  DensePiece<T> piece{block, {S, left.slice(rows), kLeft, centre, run}, {}};
  for (std::size_t c = 0; c < n_outputs; ++c)
    piece.coef.insert(piece.coef.end(), coef + c * left.size + rows.begin, coef + c * left.size + rows.end);
  return piece;
}

template <class T>
void add_pieces(const Function& f, const std::vector<DensePiece<T>>& pieces, std::size_t n_left, const Design& X,
                Rows right, const double* centre, std::size_t n_outputs, double* out, const Execution& run,
                double* norms) {
  const std::size_t d = X.n_features();
  const double most = std::clamp(kExactTargets / static_cast<double>(d * kRight<T>), 1.0, 64.0);
  const std::size_t rows_per_chunk =
      panels_per_chunk(std::min(rows_at_once(d), n_left), d, kRight<T>, static_cast<std::size_t>(most)) * kRight<T>;
  parallel_for((right.size + rows_per_chunk - 1) / rows_per_chunk, run.n_threads,
               [&](std::size_t c) {
                 const Range range{c * rows_per_chunk, std::min(right.size, (c + 1) * rows_per_chunk)};
                 const PackedRows<T> panels(X, right.slice(range), kRight<T>, centre, {1, nullptr});
                 if (norms != nullptr) std::copy_n(panels.norms(0), panels.n_rows(), norms + range.begin);
                 add_packed(f, pieces, panels, range.begin, right.size, n_outputs, out);
               },
               run.interrupt);
}

template <class T>
void add_in_pieces(const DenseSums<T>& sums, const std::vector<Range>& blocks, const Design& X, Rows right, double* out,
                   const Execution& run, double* norms) {
  const std::size_t step = rows_at_once(sums.S.n_features());
  std::vector<DensePiece<T>> pieces;
  std::size_t packed = 0;
  const auto add = [&] {
    add_pieces(sums.f, pieces, sums.left.size, X, right, sums.centre, sums.n_outputs, out, run, norms);
    pieces.clear();
    packed = 0;
  };
  for (std::size_t b = 0; b < blocks.size(); ++b)
    for (std::size_t begin = blocks[b].begin; begin < blocks[b].end;) {
      const std::size_t end = std::min(blocks[b].end, begin + step - packed);
      pieces.push_back(sums.pack(b, {begin, end}, run));
      packed += end - begin;
      begin = end;
      if (packed == step) add();
    }
  if (!pieces.empty()) add();
}

template struct DenseSums<float>;
template struct DenseSums<double>;
template void add_pieces(const Function&, const std::vector<DensePiece<double>>&, std::size_t, const Design&, Rows,
                         const double*, std::size_t, double*, const Execution&, double*);
template void add_in_pieces(const DenseSums<float>&, const std::vector<Range>&, const Design&, Rows, double*,
                            const Execution&, double*);
template void add_in_pieces(const DenseSums<double>&, const std::vector<Range>&, const Design&, Rows, double*,
                            const Execution&, double*);

}  // namespace maxmargin::kernels
