#include "kernels/postings.hpp"

#include <algorithm>

#include "kernels/product_values.hpp"
#include "simd/vector.hpp"

namespace maxmargin::kernels {
namespace {

constexpr std::size_t kLanes = simd::kPackSize<double>;
constexpr std::size_t kRowsPerChunk = 64;
// Costs, in packs of products against a panel: of a value in a list, and of a pack of a column that is spread out. The
// latter stay in the second-level cache: of the columns with values in one row of sixteen or more, so many as fit
// there.
constexpr double kListed = 1.2, kSpread = 0.7;
constexpr double kPays = 0.6;  // of the cost against panels
constexpr std::size_t kSpreadFrom = 16, kSpreadBytes = 1 << 20;

// A column is spread out where more than one row in so many has a value in it.
std::size_t spread_from(const std::vector<std::uint32_t>& counts, std::size_t n_rows) {
  std::size_t from = kSpreadFrom;
  for (; from > 1; from /= 2) {
    const auto n = std::count_if(counts.begin(), counts.end(), [&](std::uint32_t c) { return c * from > n_rows; });
    if (static_cast<std::size_t>(n) * n_rows * sizeof(double) <= kSpreadBytes) break;
  }
  return from;
}

}  // namespace

Postings::Postings(const SparseRows<double>& rows, std::size_t n_features)
    : n_rows_(rows.size()), padded_((n_rows_ + kLanes - 1) / kLanes * kLanes), columns_(n_features) {
  std::vector<std::uint32_t> counts(n_features);
  for (const std::uint32_t column : rows.columns) ++counts[column];
  const std::size_t from = spread_from(counts, n_rows_);
  const double packs = static_cast<double>(padded_ / kLanes);
  double by_columns = 0.0, by_panels = 0.0;  // costs of as many rows, whose columns are as frequent as they are here
  for (std::size_t j = 0; j < columns_.size(); ++j) {
    const double count = counts[j];
    const bool spread = counts[j] * from > n_rows_;
    by_columns += count * (spread ? kSpread * packs : kListed * count);
    by_panels += count * packs;
    columns_[j] = {static_cast<std::uint32_t>(spread ? spread_out_++ : listed_), spread ? kAll : counts[j]};
    if (!spread) listed_ += (counts[j] + kStep - 1) / kStep * kStep;
  }
  pays_ = by_columns < kPays * by_panels;
}

void Postings::fill(const SparseRows<double>& rows) {
  rows_.assign(listed_, static_cast<std::uint32_t>(padded_));
  values_.assign(listed_, 0.0);
  spread_.assign(spread_out_ * padded_, 0.0);
  for (Column& column : columns_)
    if (column.count != kAll) column.count = 0;
  for (std::size_t i = 0; i < n_rows_; ++i)
    for (std::size_t p = rows.start[i]; p < rows.start[i + 1]; ++p) {
      Column& column = columns_[rows.columns[p]];
      if (column.count == kAll) {
        spread_[column.place * padded_ + i] += rows.values[p];
      } else {
        const std::size_t at = column.place + column.count++;
        rows_[at] = static_cast<std::uint32_t>(i);
        values_[at] = rows.values[p];
      }
    }
  for (Column& column : columns_)
    if (column.count != kAll) column.count = (column.count + kStep - 1) / kStep * kStep;
}

void Postings::add_list(Column list, double factor, double* products) const {
  const std::uint32_t* row = rows_.data() + list.place;
  const double* value = values_.data() + list.place;
  for (std::size_t q = 0; q < list.count; q += kStep) {
    for (std::size_t i = 0; i < kStep; ++i) products[row[q + i]] += factor * value[q + i];
  }
}

// The lists of a row are looked up before any is read: one after the other each would wait for the memory.
void Postings::multiply(const SparseRows<double>& x, std::size_t k, double* products) const {
  constexpr std::size_t kAtOnce = 64, kTogether = 4;
  std::fill(products, products + padded_rows(), 0.0);
  const double* spread[kTogether];
  double factors[kTogether];
  std::size_t waiting = 0;  // columns that are spread out: four are added in one pass
  Column lists[kAtOnce];
  double values[kAtOnce];
  for (std::size_t p = x.start[k]; p < x.start[k + 1];) {
    std::size_t n_lists = 0;
    for (; p < x.start[k + 1] && n_lists < kAtOnce; ++p) {
      const Column column = columns_[x.columns[p]];
      if (column.count == kAll) {
        spread[waiting] = spread_.data() + column.place * padded_;
        factors[waiting] = x.values[p];
        if (++waiting < kTogether) continue;
        simd::axpy4(factors, spread[0], spread[1], spread[2], spread[3], products, padded_);
        waiting = 0;
      } else {
        simd::prefetch(rows_.data() + column.place);
        simd::prefetch(values_.data() + column.place);
        lists[n_lists] = column;
        values[n_lists++] = x.values[p];
      }
    }
    for (std::size_t l = 0; l < n_lists; ++l) add_list(lists[l], values[l], products);
  }
  for (std::size_t w = 0; w < waiting; ++w) simd::axpy(factors[w], spread[w], products, padded_);
}

void add_by_postings(const Function& f, const Postings& postings, const SparseRows<double>& left, const double* coef,
                     const SparseRows<double>& right, const std::vector<double*>& out, const Execution& run) {
  const std::size_t m = left.size(), n = right.size();
  parallel_for((n + kRowsPerChunk - 1) / kRowsPerChunk, run.n_threads,
               [&](std::size_t c) {
                 ScratchVector<double> values(postings.padded_rows());
                 for (std::size_t k = c * kRowsPerChunk; k < std::min(n, (c + 1) * kRowsPerChunk); ++k) {
                   postings.multiply(right, k, values.data());
                   values_of_products(f, right.norms[k], left.norms.data(), {0, m}, values.data());
                   for (std::size_t o = 0; o < out.size(); ++o) out[o][k] += simd::dot(values.data(), coef + o * m, m);
                 }
               },
               run.interrupt);
}

}  // namespace maxmargin::kernels
