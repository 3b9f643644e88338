#include "kernels/sparse_columns.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace maxmargin::kernels {
namespace {

constexpr std::size_t kFew = 1024;  // features that all have a place
constexpr double kRowsOfPanel = 64.0;
constexpr std::size_t kNumbered = 1280;  // columns of a panel: with fewer it stays in the second-level cache as it is
constexpr std::size_t kMostFrequent = 2048;      // a quarter of that cache
constexpr double kFrequent = 0.01;               // of the rows
constexpr std::size_t kSample = 512;             // rows,
constexpr std::size_t kSampledValues = 1 << 20;  // and of dense storage no more values than this

std::vector<std::uint32_t> counts_of(const Design& X, const double* origin, std::size_t size) {
  const std::size_t d = X.n_features(), n = X.n_rows();
  std::vector<std::uint32_t> counts(d, 0), columns;
  std::vector<double> values;
  for (std::size_t k = 0; k < size; ++k) {
    columns.clear();
    values.clear();
    X.append_row(k * n / size, columns, values);
    for (std::size_t p = 0; p < columns.size(); ++p)
      counts[columns[p]] += values[p] != (origin != nullptr ? origin[columns[p]] : 0.0);
  }
  return counts;
}

// Columns of a panel's rows, all of them.
double columns_of_panel(const std::vector<std::uint32_t>& counts, std::size_t size) {
  double columns = 0.0;
  for (const std::uint32_t count : counts)
    if (count > 0)
      columns += 1.0 - std::pow(1.0 - static_cast<double>(count) / static_cast<double>(size), kRowsOfPanel);
  return columns;
}

}  // namespace

SparseColumns::SparseColumns(const Design& X, const double* origin) : SparseColumns(X.n_features()) {
  const std::size_t d = X.n_features();
  if (d <= kFew) return;
  numbered_ = X.sparse() && X.values_per_row() * kRowsOfPanel <= static_cast<double>(kNumbered);
  if (numbered_) return;
  const std::size_t size = std::min({X.n_rows(), kSample, X.sparse() ? kSample : kSampledValues / d + 1});
  const std::vector<std::uint32_t> counts = counts_of(X, origin, size);
  numbered_ = columns_of_panel(counts, size) <= static_cast<double>(kNumbered);
  if (numbered_) return;
  std::vector<std::uint32_t> order(d);
  std::iota(order.begin(), order.end(), 0U);
  const auto rare = std::stable_partition(order.begin(), order.end(), [&](std::uint32_t j) {
    return static_cast<double>(counts[j]) > kFrequent * static_cast<double>(size);
  });
  std::stable_sort(order.begin(), rare, [&](std::uint32_t i, std::uint32_t j) { return counts[i] > counts[j]; });
  n_frequent_ = std::min(static_cast<std::size_t>(rare - order.begin()), kMostFrequent);
  place_.resize(d);
  for (std::uint32_t place = 0; place < d; ++place) place_[order[place]] = place;
}

std::size_t SparseColumns::of_panel() const { return numbered_ ? std::min(n_frequent_, kNumbered) : n_frequent_; }

std::size_t SparseColumns::most_frequent(std::size_t n_features) {
  return n_features <= kFew ? n_features : std::min(n_features, kMostFrequent);
}

std::size_t SparseColumns::least_of_panel(std::size_t n_features) {
  return n_features <= kFew ? n_features : std::min(n_features, kNumbered);
}

double SparseColumns::bytes_of(std::size_t n_features) {
  return n_features <= kFew ? 0.0 : static_cast<double>(n_features * sizeof(std::uint32_t));
}

}  // namespace maxmargin::kernels
