#include "text/svmlight.hpp"

#include <algorithm>
#include <cstring>
#include <tuple>
#include <utility>

#include "text/svmlight_lines.hpp"

namespace maxmargin::text {
namespace {

constexpr std::size_t kBytesPerChunk = std::size_t{1} << 18;

// How often each of two bytes occurs. Lanes of one byte each, emptied before they overflow, keep this near the
// speed of memory in every build; std::count widens at every step.
std::pair<std::size_t, std::size_t> count_bytes(const char* p, const char* end, char a, char b) {
  constexpr std::size_t kLanes = 32, kBeforeOverflow = 255;
  std::size_t n_a = 0, n_b = 0;
  while (static_cast<std::size_t>(end - p) >= kLanes) {
    std::uint8_t lanes_a[kLanes] = {}, lanes_b[kLanes] = {};
    std::size_t rounds = std::min(static_cast<std::size_t>(end - p) / kLanes, kBeforeOverflow);
    for (; rounds > 0; --rounds, p += kLanes) {
      for (std::size_t j = 0; j < kLanes; ++j) {
        lanes_a[j] = static_cast<std::uint8_t>(lanes_a[j] + (p[j] == a));
        lanes_b[j] = static_cast<std::uint8_t>(lanes_b[j] + (p[j] == b));
      }
    }
    for (std::size_t j = 0; j < kLanes; ++j) n_a += lanes_a[j], n_b += lanes_b[j];
  }
  for (; p < end; ++p) n_a += *p == a, n_b += *p == b;
  return {n_a, n_b};
}

// Moves what chunk by chunk was written with gaps (comments and qids hold colons, some lines hold no row) together.
template <class V>
void close_gap(V* array, std::size_t to, std::size_t from, std::size_t size) {
  if (to != from) std::memmove(array + to, array + from, size * sizeof(V));
}

}  // namespace

SvmlightText::SvmlightText(const char* text, std::size_t size, const Execution& run) {
  const char* const end = text + size;
  if (size >= 3 && std::memcmp(text, "\xEF\xBB\xBF", 3) == 0) text += 3;  // the byte order mark of some editors
  const char* last = end;
  while (last > text && last[-1] != '\n') --last;
  if (last < end) {
    last_line_.reserve(static_cast<std::size_t>(end - last) + 1);  // it may be the whole text: no second copy
    last_line_.append(last, end) += '\n';
  }
  cut(text, last);
  cut(last_line_.data(), last_line_.data() + last_line_.size());
  std::vector<std::size_t> rows(chunks_.size()), values(chunks_.size());
  parallel_for(
      chunks_.size(), run.n_threads,
      [&](std::size_t i) {
        const auto& [begin, stop, row, value] = chunks_[i];
        std::tie(rows[i], values[i]) = count_bytes(begin, stop, '\n', ':');
      },
      run.interrupt);
  for (std::size_t i = 0; i < chunks_.size(); ++i) {
    chunks_[i].first_row = most_rows_;
    chunks_[i].first_value = most_values_;
    most_rows_ += rows[i];
    most_values_ += values[i];
  }
}

// Every chunk ends after the first newline at or past a multiple of the chunk size.
void SvmlightText::cut(const char* text, const char* end) {
  while (text < end) {
    const char* from = text + std::min(kBytesPerChunk, static_cast<std::size_t>(end - text)) - 1;
    const auto* newline = static_cast<const char*>(std::memchr(from, '\n', static_cast<std::size_t>(end - from)));
    chunks_.push_back({text, newline + 1});
    text = newline + 1;
  }
}

template <class T, class I>
SvmlightSummary SvmlightText::read(const SvmlightArrays<T, I>& out, const SvmlightIndexing& indexing,
                                   const Execution& run) const {
  std::vector<SvmlightSummary> found(chunks_.size());
  std::vector<std::size_t> lines(chunks_.size());
  parallel_for(
      chunks_.size(), run.n_threads,
      [&](std::size_t i) {
        const Chunk& chunk = chunks_[i];
        SvmlightLines<T, I> reader(chunk.begin, chunk.end, indexing, chunk.first_row, chunk.first_value, out);
        found[i] = reader.read();
        lines[i] = reader.n_lines();
      },
      run.interrupt);

  SvmlightSummary all;
  std::size_t lines_before = 0;
  for (std::size_t i = 0; i < chunks_.size(); ++i) {
    SvmlightSummary& part = found[i];
    if (part.error) {
      all.error = std::move(part.error);
      all.error->line += lines_before;
      return all;
    }
    const std::size_t row = chunks_[i].first_row, value = chunks_[i].first_value;
    close_gap(out.data, all.n_values, value, part.n_values);
    close_gap(out.indices, all.n_values, value, part.n_values);
    close_gap(out.labels, all.n_rows, row, part.n_rows);
    if (out.query != nullptr) close_gap(out.query, all.n_rows, row, part.n_rows);
    for (std::size_t r = 0; r < part.n_rows; ++r)  // still counted from the first value of the chunk
      out.indptr[all.n_rows + r] = out.indptr[row + r] + static_cast<I>(all.n_values);
    lines_before += lines[i];
    all.n_rows += part.n_rows;
    all.n_values += part.n_values;
    all.smallest = std::min(all.smallest, part.smallest);
    all.largest = std::max(all.largest, part.largest);
  }
  out.indptr[all.n_rows] = static_cast<I>(all.n_values);
  return all;
}

#define MAXMARGIN_READ(T, I)                                                                                          \
  template SvmlightSummary SvmlightText::read(const SvmlightArrays<T, I>&, const SvmlightIndexing&, const Execution&) \
      const;
MAXMARGIN_READ(double, std::int32_t)
MAXMARGIN_READ(double, std::int64_t)
MAXMARGIN_READ(float, std::int32_t)
MAXMARGIN_READ(float, std::int64_t)

}  // namespace maxmargin::text
