#include "text/svmlight.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "text/number.hpp"

namespace maxmargin::text {
namespace {

constexpr std::size_t kBytesPerChunk = std::size_t{1} << 18;
constexpr std::size_t kShortestFeature = 4;  // "1:1 "
constexpr std::size_t kQuoted = 24;          // most characters of a bad token that an error quotes

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f'; }

// Reads the lines of one chunk.
class Reader {
 public:
  Reader(const char* begin, const char* end, bool query, SvmlightChunk& out)
      : p_(begin), end_(end), query_(query), out_(out) {
    const auto bytes = static_cast<std::size_t>(end - begin);
    const std::size_t most = bytes / kShortestFeature + 1;
    out_.index = std::make_unique_for_overwrite<std::int64_t[]>(most);
    out_.value = std::make_unique_for_overwrite<double[]>(most);
  }

  void run() {
    while (p_ < end_ && !out_.error) {
      line_ = p_;
      const auto* newline = static_cast<const char*>(std::memchr(p_, '\n', static_cast<std::size_t>(end_ - p_)));
      next_ = newline != nullptr ? newline + 1 : end_;
      stop_ = newline != nullptr ? newline : end_;
      ++out_.n_lines;
      read_line();
      p_ = next_;
    }
  }

 private:
  void skip_blanks() {
    while (p_ < stop_ && is_blank(*p_)) ++p_;
  }
  bool at_end() const { return p_ == stop_ || *p_ == '#'; }
  bool at_token_end() const { return p_ == stop_ || is_blank(*p_) || *p_ == '#'; }

  void read_line() {
    skip_blanks();
    if (at_end()) return;
    double label = 0.0;
    if (!read_value(label, "a number as label")) return;
    std::int64_t query = 0;
    bool has_query = false;
    std::int64_t previous = -1;
    const std::size_t first = out_.n_values;
    for (skip_blanks(); !at_end(); skip_blanks()) {
      if (previous < 0 && !has_query && stop_ - p_ > 4 && std::memcmp(p_, "qid:", 4) == 0) {
        p_ += 4;
        has_query = true;
        if (!read_integer(query, "a whole number after 'qid:'") || !token_ends("a blank after the qid")) return;
        continue;
      }
      if (!read_feature(previous)) return;
    }
    if (query_ && !has_query) return fail(line_, "a 'qid:' in every row", "no qid");
    out_.labels.push_back(label);
    if (query_) out_.query.push_back(query);
    out_.length.push_back(static_cast<std::int64_t>(out_.n_values - first));
  }

  bool read_feature(std::int64_t& previous) {
    const char* const token = p_;
    std::int64_t index = 0;
    if (!read_integer(index, "a feature as index:value, with a whole number below 2^63 as index")) return false;
    if (p_ == stop_ || *p_ != ':') return fail(token, "a feature as index:value"), false;
    ++p_;
    if (at_token_end()) return fail(token, "a value after the colon"), false;
    if (index <= previous)
      return fail(token, "an index above " + std::to_string(previous) + " (ascending within a row, none twice)"), false;
    previous = index;
    double value = 0.0;
    if (!read_value(value, "a number as value")) return false;
    out_.smallest = std::min(out_.smallest, index);
    out_.largest = std::max(out_.largest, index);
    out_.index[out_.n_values] = index;
    out_.value[out_.n_values++] = value;
    return true;
  }

  bool read_value(double& value, const char* expected) {
    const char* const token = p_;
    const char* const stop = read_number(p_, stop_, value);
    if (stop == nullptr) return fail(token, expected), false;
    p_ = stop;
    if (at_token_end()) return true;
    if (*p_ == ',') return fail(token, "one label (several labels a row are not supported)"), false;
    return fail(token, expected), false;
  }

  bool read_integer(std::int64_t& value, const char* expected) {
    const char* const token = p_;
    std::uint64_t total = 0;
    while (p_ < stop_ && is_digit(*p_)) total = 10 * total + static_cast<std::uint64_t>(*p_++ - '0');
    if (p_ == token || p_ - token > 18) return fail(token, expected), false;
    value = static_cast<std::int64_t>(total);
    return true;
  }

  bool token_ends(const char* expected) {
    if (at_token_end()) return true;
    return fail(p_, expected), false;
  }

  // Quotes the token at `where`, readable whatever bytes it holds.
  void fail(const char* where, std::string expected, std::string found = "") {
    if (found.empty()) {
      const char* q = where;
      while (q < stop_ && !is_blank(*q) && static_cast<std::size_t>(q - where) < kQuoted) ++q;
      const bool has_null = std::memchr(where, 0, static_cast<std::size_t>(q - where)) != nullptr;
      found = has_null ? "a NUL byte (is this a binary file?)" : quoted(where, q, q < stop_ && !is_blank(*q));
    }
    out_.error =
        SvmlightError{std::move(found), std::move(expected), out_.n_lines, static_cast<std::size_t>(where - line_) + 1};
  }

  static std::string quoted(const char* begin, const char* end, bool more) {
    std::string text = "'";
    for (; begin < end; ++begin) {
      const auto c = static_cast<unsigned char>(*begin);
      text += c >= 32 && c < 127 ? *begin : '?';
    }
    return text + (more ? "...'" : "'");
  }

  const char* p_;
  const char* const end_;
  const bool query_;
  SvmlightChunk& out_;
  const char* line_ = nullptr;
  const char* stop_ = nullptr;
  const char* next_ = nullptr;
};

// Chunk boundaries: after the first newline at or past every multiple of the chunk size.
std::vector<const char*> cut(const char* text, std::size_t size) {
  std::vector<const char*> cuts{text};
  const char* const end = text + size;
  while (cuts.back() < end) {
    const char* from = cuts.back() + std::min(kBytesPerChunk, static_cast<std::size_t>(end - cuts.back()));
    const auto* newline =
        from < end ? static_cast<const char*>(std::memchr(from, '\n', static_cast<std::size_t>(end - from))) : nullptr;
    cuts.push_back(newline != nullptr ? newline + 1 : end);
  }
  return cuts;
}

}  // namespace

SvmlightText::SvmlightText(const char* text, std::size_t size, bool query, const Execution& run) {
  const std::vector<const char*> cuts = cut(text, size);
  chunks_.resize(cuts.size() - 1);
  parallel_for(
      chunks_.size(), run.n_threads, [&](std::size_t i) { Reader(cuts[i], cuts[i + 1], query, chunks_[i]).run(); },
      run.interrupt);
  std::size_t lines = 0;
  for (SvmlightChunk& chunk : chunks_) {
    if (chunk.error) {
      error_ = std::move(chunk.error);
      error_->line += lines;
      return;
    }
    lines += chunk.n_lines;
    n_rows_ += chunk.labels.size();
    n_values_ += chunk.n_values;
    smallest_ = std::min(smallest_, chunk.smallest);
    largest_ = std::max(largest_, chunk.largest);
  }
}

void SvmlightText::copy_labels(double* out) const {
  for (const SvmlightChunk& chunk : chunks_) out = std::copy(chunk.labels.begin(), chunk.labels.end(), out);
}

void SvmlightText::copy_query(std::int64_t* out) const {
  for (const SvmlightChunk& chunk : chunks_) out = std::copy(chunk.query.begin(), chunk.query.end(), out);
}

template <class T, class I>
void SvmlightText::copy_rows(T* data, I* indices, I* indptr, std::int64_t shift, const Execution& run) const {
  std::vector<std::size_t> first_value(chunks_.size()), first_row(chunks_.size());
  for (std::size_t i = 0, values = 0, rows = 0; i < chunks_.size(); ++i) {
    first_value[i] = values;
    first_row[i] = rows;
    values += chunks_[i].n_values;
    rows += chunks_[i].length.size();
  }
  indptr[0] = 0;
  parallel_for(
      chunks_.size(), run.n_threads,
      [&](std::size_t i) {
        const SvmlightChunk& chunk = chunks_[i];
        std::size_t position = first_value[i];
        for (std::size_t k = 0; k < chunk.n_values; ++k) {
          data[position + k] = static_cast<T>(chunk.value[k]);
          indices[position + k] = static_cast<I>(chunk.index[k] - shift);
        }
        for (std::size_t r = 0; r < chunk.length.size(); ++r) {
          position += static_cast<std::size_t>(chunk.length[r]);
          indptr[first_row[i] + r + 1] = static_cast<I>(position);
        }
      },
      run.interrupt);
}

template void SvmlightText::copy_rows(double*, std::int32_t*, std::int32_t*, std::int64_t, const Execution&) const;
template void SvmlightText::copy_rows(double*, std::int64_t*, std::int64_t*, std::int64_t, const Execution&) const;
template void SvmlightText::copy_rows(float*, std::int32_t*, std::int32_t*, std::int64_t, const Execution&) const;
template void SvmlightText::copy_rows(float*, std::int64_t*, std::int64_t*, std::int64_t, const Execution&) const;

}  // namespace maxmargin::text
