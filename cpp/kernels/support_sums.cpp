#include "kernels/support_sums.hpp"

#include <algorithm>

#include "kernels/dense_sums.hpp"
#include "kernels/design_kernel.hpp"
#include "kernels/origin.hpp"
#include "kernels/sparse_columns.hpp"
#include "kernels/sparse_targets.hpp"

namespace maxmargin::kernels {
namespace {

constexpr double kMostBytes = 1 << 23;  // of what is kept

class DenseSupport final : public SupportSums {
 public:
  DenseSupport(const Design& S, const std::vector<Range>& blocks, const Function& f, const double* coef,
               std::size_t n_outputs, const Execution& run)
      : SupportSums(blocks.size() * n_outputs, S.n_features()),
        f_(f),
        centre_(far_centre(S, f)),
        n_rows_(S.n_rows()),
        n_outputs_(n_outputs) {
    const DenseSums<double> sums{f_, S, Rows::all(n_rows_), centre(), coef, n_outputs};
    for (std::size_t b = 0; b < blocks.size(); ++b)
      if (blocks[b].begin < blocks[b].end) pieces_.push_back(sums.pack(b, blocks[b], run));
  }

  void at(const Design& X, double* out, const Execution& run) const override {
    add_pieces(f_, pieces_, n_rows_, X, Rows::all(X.n_rows()), centre(), n_outputs_, out, run);
  }

 private:
  const double* centre() const { return centre_.empty() ? nullptr : centre_.data(); }

  const Function f_;
  const std::vector<double> centre_;
  const std::size_t n_rows_, n_outputs_;
  std::vector<DensePiece<double>> pieces_;
};

class SparseSupport final : public SupportSums {
 public:
  SparseSupport(const Design& S, std::size_t n_blocks, const Function& f, Origin origin, std::size_t n_outputs)
      : SupportSums(n_blocks * n_outputs, S.n_features()),
        f_(f),
        origin_(std::move(origin)),
        places_(S, origin_.data()),
        n_outputs_(n_outputs) {}

  // Whether there was room for it.
  bool keep(const Design& S, const std::vector<Range>& blocks, const double* coef, const Execution& run) {
    for (const Range& block : blocks) {
      const Rows rows = Rows::all(S.n_rows()).slice(block);
      blocks_.push_back(
          {KeptLeft::of(places_, view().rows(S, rows, run), kMostBytes / static_cast<double>(blocks.size()), run),
           part_of(coef, S.n_rows(), block, n_outputs_)});
      if (blocks_.back().rows == nullptr) return false;
    }
    return true;
  }

  void at(const Design& X, double* out, const Execution& run) const override {
    const std::size_t n = X.n_rows();
    over_targets(view(), X, Rows::all(n), run, [&](const SparseRows<double>& targets, std::size_t first) {
      for (std::size_t b = 0; b < blocks_.size(); ++b)
        add_to(out + b * n_outputs_ * n + first, n, n_outputs_, targets.size(), [&](const std::vector<double*>& sums) {
          blocks_[b].rows->add(f_, places_, blocks_[b].coef.data(), targets, sums, run);
        });
    });
  }

 private:
  struct Block {
    std::unique_ptr<KeptLeft> rows;
    std::vector<double> coef;
  };
  SparseView view() const { return {f_, origin_, places_}; }

  const Function f_;
  const Origin origin_;
  const SparseColumns places_;
  const std::size_t n_outputs_;
  std::vector<Block> blocks_;
};

}  // namespace

std::unique_ptr<SupportSums> support_sums(const Design& S, const std::vector<Range>& blocks, const Function& f,
                                          const double* coef, std::size_t n_outputs, const Execution& run) {
  Origin origin;
  if (!sums_of_sparse_rows(S, S.sparse(), f, origin)) {
    if (S.n_rows() > rows_at_once(S.n_features())) return nullptr;
    return std::make_unique<DenseSupport>(S, blocks, f, coef, n_outputs, run);
  }
  if (S.n_rows() > rows_of_piece(S.values_per_row())) return nullptr;
  auto kept = std::make_unique<SparseSupport>(S, blocks.size(), f, std::move(origin), n_outputs);
  return kept->keep(S, blocks, coef, run) ? std::move(kept) : nullptr;
}

}  // namespace maxmargin::kernels
