#include "kernels/postings.hpp"

#include <algorithm>

#include "kernels/product_values.hpp"
#include "simd/pack.hpp"

namespace maxmargin::kernels {
namespace {

constexpr std::size_t kRowsPerChunk = 64;
constexpr std::size_t kBlock = 4;  // packs that are taken together, and those of float32 summed before they are widened
// Costs, in packs of products against a panel: of a value in a list, and of a pack of a column that is spread out. The
// latter stay in the second-level cache: of the columns with values in one row of two packs or more, so many as fit
// there.
template <class T>
constexpr double kListed = 1.2;
template <class T>
constexpr double kSpread = 0.7;
template <>
constexpr double kListed<float> = 2.0;
template <>
constexpr double kSpread<float> = 1.4;
constexpr std::size_t kSpreadBytes = 1 << 20;

// A column is spread out where more than one row in so many has a value in it.
template <class T>
std::size_t spread_from(const std::vector<std::uint32_t>& counts, std::size_t n_rows) {
  std::size_t from = 2 * simd::kPackSize<T>;
  for (; from > 1; from /= 2) {
    const auto n = std::count_if(counts.begin(), counts.end(), [&](std::uint32_t c) { return c * from > n_rows; });
    if (static_cast<std::size_t>(n) * n_rows * sizeof(T) <= kSpreadBytes) break;
  }
  return from;
}

// products = (or, where there are some, +=) sum_c of the terms of factors[c] and columns[c], one after the other;
// `size` is of whole blocks.
template <class Common, class T>
void add_columns(const T* factors, const T* const* columns, std::size_t count, bool some, T* products,
                 std::size_t size) {
  constexpr std::size_t kPack = simd::kPackSize<T>;
  simd::Pack<T> sums[kBlock];
  for (std::size_t j = 0; j < size; j += kBlock * kPack) {
#pragma GCC unroll 4
    for (std::size_t i = 0; i < kBlock; ++i)
      sums[i] = some ? simd::load_pack(products + j + i * kPack) : simd::all(T(0));
    for (std::size_t c = 0; c < count; ++c) {
      const typename Common::template With<T> with(factors[c]);
#pragma GCC unroll 4
      for (std::size_t i = 0; i < kBlock; ++i) sums[i] = with.add(sums[i], simd::load_pack(columns[c] + j + i * kPack));
    }
#pragma GCC unroll 4
    for (std::size_t i = 0; i < kBlock; ++i) simd::store_pack(products + j + i * kPack, sums[i]);
  }
}

double weighted(const double* values, const double* coef, std::size_t size) { return simd::dot(values, coef, size); }

double weighted(const float* values, const float* coef, std::size_t size) {
  constexpr std::size_t kPack = simd::kPackSize<float>;
  simd::Pack<double> first = simd::all(0.0), second = first;
  for (std::size_t j = 0; j < size; j += kBlock * kPack) {
    simd::Pack<float> sum = simd::load_pack(values + j) * simd::load_pack(coef + j);
#pragma GCC unroll 4
    for (std::size_t i = 1; i < kBlock; ++i)
      sum = simd::fma(simd::load_pack(values + j + i * kPack), simd::load_pack(coef + j + i * kPack), sum);
    const simd::Halves wide = simd::widen(sum);
    first = first + wide.first;
    second = second + wide.second;
  }
  return simd::sum(first + second);
}

}  // namespace

template <class T>
Postings<T>::Postings(const SparseRows<T>& rows, const RowIndex* list, std::size_t n, std::size_t n_features)
    : of_(rows),
      list_(list),
      n_rows_(n),
      padded_((n + kBlock * simd::kPackSize<T> - 1) / (kBlock * simd::kPackSize<T>)*kBlock * simd::kPackSize<T>),
      columns_(n_features) {
  std::vector<std::uint32_t> counts(n_features);
  for (std::size_t i = 0; i < n_rows_; ++i)
    for (std::size_t p = rows.start[row(i)]; p < rows.start[row(i) + 1]; ++p) ++counts[rows.columns[p]];
  const std::size_t from = spread_from<T>(counts, n_rows_);
  const double packs = static_cast<double>(padded_ / simd::kPackSize<T>);
  double by_columns = 0.0, by_panels = 0.0;  // costs of as many rows, whose columns are as frequent as they are here
  for (std::size_t j = 0; j < columns_.size(); ++j) {
    const double count = counts[j];
    const bool spread = counts[j] * from > n_rows_;
    by_columns += count * (spread ? kSpread<T> * packs : kListed<T> * count);
    by_panels += count * packs;
    columns_[j] = {static_cast<std::uint32_t>(spread ? spread_out_++ : listed_), spread ? kAll : counts[j]};
    if (!spread) listed_ += (counts[j] + kStep - 1) / kStep * kStep;
  }
  cost_ = by_panels > 0.0 ? by_columns / by_panels : 0.0;
}

// Every list may end with zeros.
template <class T>
double Postings<T>::bytes_of(std::size_t n_features, double values) {
  const auto d = static_cast<double>(n_features);
  const double listed = values + static_cast<double>(kStep - 1) * std::min(d, values);
  return listed * (sizeof(std::uint32_t) + sizeof(T)) + d * (sizeof(Column) + sizeof(std::uint32_t)) +
         static_cast<double>(kSpreadBytes);
}

template <class T>
void Postings<T>::fill() {
  rows_.assign(listed_, static_cast<std::uint32_t>(padded_));
  values_.assign(listed_, T(0));
  spread_.assign(spread_out_ * padded_, T(0));
  norms_.resize(n_rows_);
  for (Column& column : columns_)
    if (column.count != kAll) column.count = 0;
  for (std::size_t i = 0; i < n_rows_; ++i) {
    norms_[i] = of_.norms[row(i)];
    for (std::size_t p = of_.start[row(i)]; p < of_.start[row(i) + 1]; ++p) {
      Column& column = columns_[of_.columns[p]];
      if (column.count == kAll) {
        spread_[column.place * padded_ + i] += of_.values[p];
      } else {
        const std::size_t at = column.place + column.count++;
        rows_[at] = static_cast<std::uint32_t>(i);
        values_[at] = of_.values[p];
      }
    }
  }
  for (Column& column : columns_)
    if (column.count != kAll) column.count = (column.count + kStep - 1) / kStep * kStep;
}

template <class T>
template <class Common>
void Postings<T>::add_list(Column list, T factor, T* products) const {
  const std::uint32_t* row = rows_.data() + list.place;
  const T* value = values_.data() + list.place;
  for (std::size_t q = 0; q < list.count; q += kStep) {
    for (std::size_t i = 0; i < kStep; ++i) {
      T& product = products[row[q + i]];
      product = Common::template add<T>(product, factor, value[q + i]);
    }
  }
}

template <class T>
void Postings<T>::multiply(const SparseRows<T>& x, std::size_t k, T* products) const {
  with_common(of_.summed, [&]<class Common>() { add_all<Common>(x, k, products); });
}

template <class T>
template <class Common>
void Postings<T>::add_all(const SparseRows<T>& x, std::size_t k, T* products) const {
  const std::size_t begin = x.start[k], end = x.start[k + 1];
  add_spread<Common>(x, begin, end, products);
  std::fill(products + padded_, products + scratch(), T(0));
  // Lists are looked up before any is read: one after the other each would wait for the memory.
  constexpr std::size_t kAtOnce = 64;
  Column lists[kAtOnce];
  T factors[kAtOnce];
  for (std::size_t p = begin; p < end;) {
    std::size_t waiting = 0;
    for (; p < end && waiting < kAtOnce; ++p) {
      const Column column = columns_[x.columns[p]];
      if (column.count == kAll) continue;
      simd::prefetch(rows_.data() + column.place);
      simd::prefetch(values_.data() + column.place);
      lists[waiting] = column;
      factors[waiting++] = x.values[p];
    }
    for (std::size_t l = 0; l < waiting; ++l) add_list<Common>(lists[l], factors[l], products);
  }
}

template <class T>
template <class Common>
void Postings<T>::add_spread(const SparseRows<T>& x, std::size_t begin, std::size_t end, T* products) const {
  constexpr std::size_t kAtOnce = 16;
  const T* columns[kAtOnce];
  T factors[kAtOnce];
  std::size_t waiting = 0;
  bool some = false;
  for (std::size_t p = begin; p < end; ++p) {
    const Column column = columns_[x.columns[p]];
    if (column.count != kAll) continue;
    columns[waiting] = spread_.data() + column.place * padded_;
    factors[waiting] = x.values[p];
    if (++waiting < kAtOnce) continue;
    add_columns<Common>(factors, columns, waiting, some, products, padded_);
    some = true;
    waiting = 0;
  }
  if (waiting > 0 || !some) add_columns<Common>(factors, columns, waiting, some, products, padded_);
}

template <class T>
std::optional<Postings<T>> postings_of(const SparseRows<T>& rows, const RowIndex* list, std::size_t n,
                                       std::size_t n_features, double most) {
  std::optional<Postings<T>> postings(std::in_place, rows, list, n, n_features);
  if (postings->cost() >= most) return std::nullopt;
  postings->fill();
  return postings;
}

template <class T>
void add_by_postings(const Function& f, const Postings<T>& left, const T* coef, const SparseRows<T>& right,
                     const RowIndex* targets, std::size_t n, const std::vector<double*>& out, const Execution& run) {
  const std::size_t m = left.size(), stride = left.padded();
  std::vector<T> padded(out.size() * stride, T(0));
  for (std::size_t o = 0; o < out.size(); ++o) std::copy_n(coef + o * m, m, padded.data() + o * stride);
  parallel_for((n + kRowsPerChunk - 1) / kRowsPerChunk, run.n_threads,
               [&](std::size_t c) {
                 ScratchVector<T> values(left.scratch());
                 for (std::size_t k = c * kRowsPerChunk; k < std::min(n, (c + 1) * kRowsPerChunk); ++k) {
                   const std::size_t i = targets != nullptr ? targets[k] : k;
                   left.multiply(right, i, values.data());
                   values_of_products(f, right.norms[i], left.norms(), {0, m}, values.data());
                   for (std::size_t o = 0; o < out.size(); ++o)
                     out[o][k] += weighted(values.data(), padded.data() + o * stride, stride);
                 }
               },
               run.interrupt);
}

void square_by_postings(const Function& f, const Postings<float>& postings, const SparseRows<float>& rows,
                        const RowIndex* list, float* out, std::size_t ld, const Execution& run) {
  const std::size_t m = postings.size();
  parallel_for((m + kRowsPerChunk - 1) / kRowsPerChunk, run.n_threads,
               [&](std::size_t c) {
                 ScratchVector<float> values(postings.scratch());
                 for (std::size_t k = c * kRowsPerChunk; k < std::min(m, (c + 1) * kRowsPerChunk); ++k) {
                   postings.multiply(rows, list[k], values.data());
                   values_of_products(f, rows.norms[list[k]], postings.norms(), {0, m}, values.data());
                   std::copy_n(values.data(), m, out + k * ld);
                 }
               },
               run.interrupt);
}

template class Postings<float>;
template class Postings<double>;
template std::optional<Postings<float>> postings_of(const SparseRows<float>&, const RowIndex*, std::size_t, std::size_t,
                                                    double);
template std::optional<Postings<double>> postings_of(const SparseRows<double>&, const RowIndex*, std::size_t,
                                                     std::size_t, double);
template void add_by_postings(const Function&, const Postings<float>&, const float*, const SparseRows<float>&,
                              const RowIndex*, std::size_t, const std::vector<double*>&, const Execution&);
template void add_by_postings(const Function&, const Postings<double>&, const double*, const SparseRows<double>&,
                              const RowIndex*, std::size_t, const std::vector<double*>&, const Execution&);

}  // namespace maxmargin::kernels
