// The grammar of svmlight lines, read one chunk at a time.
#pragma once

#include <algorithm>
#include <charconv>
#include <cstring>
#include <string>
#include <system_error>
#include <utility>

#include "text/number.hpp"
#include "text/svmlight.hpp"

namespace maxmargin::text {

template <class T, class I>
class SvmlightLines {
 public:
  // The text ends with a newline, so no loop below has to ask for the end of the text.
  // Writes rows from `first_row` on, values from `first_value` on; indptr[first_row + r] gets the number of values
  // of the chunk before its row r.
  SvmlightLines(const char* begin, const char* end, const SvmlightIndexing& indexing, std::size_t first_row,
                std::size_t first_value, const SvmlightArrays<T, I>& out)
      : begin_(begin), end_(end), indexing_(indexing), out_(out) {
    out_.data += first_value;
    out_.indices += first_value;
    out_.indptr += first_row;
    out_.labels += first_row;
    if (out_.query != nullptr) out_.query += first_row;
  }

  // Up to the first error.
  SvmlightSummary read() {
    const char* p = begin_;
    while (p < end_) {
      ++n_lines_;
      p = read_line(p);
      if (p == nullptr) break;
      const auto* newline = static_cast<const char*>(std::memchr(p, '\n', static_cast<std::size_t>(end_ - p)));
      p = newline + 1;
    }
    return std::move(found_);
  }

  std::size_t n_lines() const { return n_lines_; }

 private:
  static bool is_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r' && c != '\n'); }
  static bool at_end(const char* p) { return *p == '\n' || *p == '#'; }
  static bool at_token_end(const char* p) { return is_blank(*p) || at_end(p); }
  static const char* skip_blanks(const char* p) {
    while (is_blank(*p)) ++p;
    return p;
  }

  // These return where they stopped to read, or null after an error.

  const char* read_line(const char* const line) {
    line_ = line;
    const char* p = skip_blanks(line);
    if (at_end(p)) return p;
    double label = 0.0;
    std::int64_t query = 0;
    p = read_label(p, label);
    if (p != nullptr) p = read_query(skip_blanks(p), query);
    const std::size_t first = found_.n_values;
    if (p != nullptr) p = read_features(skip_blanks(p));
    if (p == nullptr) return nullptr;
    out_.labels[found_.n_rows] = label;
    if (out_.query != nullptr) out_.query[found_.n_rows] = query;
    out_.indptr[found_.n_rows++] = static_cast<I>(first);
    return p;
  }

  const char* read_label(const char* const token, double& label) {
    const char* const p = read_number(token, end_, label);
    if (p != nullptr && at_token_end(p)) return p;
    const char* const stop = end_of_token(token);
    const bool several = std::find(token, stop, ',') != stop;
    return fail(token, several ? "one label (several labels a row are not supported)" : "a number as label");
  }

  const char* read_query(const char* const token, std::int64_t& query) {
    if (end_ - token < 4 || std::memcmp(token, "qid:", 4) != 0)
      return out_.query == nullptr ? token : fail(line_, "a 'qid:' in every row", "no qid");
    const auto [p, error] = std::from_chars(token + 4, end_, query);
    return error == std::errc() && at_token_end(p) ? p : fail(token, "a whole number after 'qid:'");
  }

  const char* read_features(const char* p) {
    if (at_end(p)) return p;
    std::int64_t index = indexing_.lowest - 1, first = -1;
    std::size_t n = found_.n_values;
    while (!at_end(p)) {
      const char* const token = p;
      const std::int64_t previous = index;
      p = read_index(p, index);
      if (*p != ':' || index < 0) return fail_feature(token);
      ++p;
      if (at_token_end(p)) return fail(token, "a value after the colon");
      if (index <= previous) return fail_order(token, previous);
      double value = 0.0;
      const char* const start = p;
      p = read_value(p, value);
      if (p == nullptr || !at_token_end(p)) return fail(start, "a number as value");
      if (first < 0) first = index;
      out_.indices[n] = static_cast<I>(index - indexing_.shift);
      out_.data[n++] = static_cast<T>(value);
      p = skip_blanks(p);
    }
    found_.n_values = n;
    found_.smallest = std::min(found_.smallest, first);  // indices ascend: the ends tell the range
    found_.largest = std::max(found_.largest, index);
    return p;
  }

  // Counts and indicators, the most frequent values, are whole numbers of few digits.
  const char* read_value(const char* const token, double& value) const {
    std::uint64_t total = 0;
    const char* p = token;
    for (; is_digit(*p); ++p) total = 10 * total + static_cast<std::uint64_t>(*p - '0');
    if (!at_token_end(p) || p == token || p - token > 15) return read_number(token, end_, value);
    value = static_cast<double>(total);
    return p;
  }

  // Negative if there is none, or none that fits.
  const char* read_index(const char* const token, std::int64_t& index) const {
    std::uint64_t total = 0;
    const char* p = token;
    for (; is_digit(*p); ++p) total = 10 * total + static_cast<std::uint64_t>(*p - '0');
    index = p == token ? -1 : static_cast<std::int64_t>(total);
    if (p - token <= 18) return p;
    const auto error = std::from_chars(token, p, index).ec;
    if (error != std::errc() || index == INT64_MAX) index = -1;  // the number of columns must fit, too
    return p;
  }

  // Of a very long token, not all of it: it is for a message.
  static const char* end_of_token(const char* p) {
    constexpr std::ptrdiff_t kMost = 4096;
    const char* const token = p;
    while (!at_token_end(p) && p - token < kMost) ++p;
    return p;
  }

  const char* fail_feature(const char* token) {
    const char* const stop = end_of_token(token);
    const char* const colon = std::find(token, stop, ':');
    const char* const digits = token + (*token == '-' ? 1 : 0);
    if (colon == stop || colon == digits || !std::all_of(digits, colon, is_digit))
      return fail(token, "a feature as index:value, with a whole number as index");
    return fail(token, digits == token ? "an index below 2^63 - 1" : "an index that is not negative");
  }

  const char* fail_order(const char* token, std::int64_t previous) {
    if (previous < indexing_.lowest)
      return fail(token, "indices from 1 (those that count from 0 need zero_based=True)");
    return fail(token, "an index above " + std::to_string(previous) + " (ascending within a row, none twice)");
  }

  // Quotes the token at `where`, readable whatever bytes it holds.
  const char* fail(const char* where, std::string expected, std::string found = "") {
    constexpr std::ptrdiff_t kMost = 24;
    if (found.empty()) {
      const char* const stop = end_of_token(where);
      const bool null = std::find(where, stop, '\0') != stop;
      found = null ? "a NUL byte (is this a binary file, or text in UTF-16?)" : "'";
      for (const char* q = where; !null && q < stop && q < where + kMost; ++q)
        found += *q >= ' ' && *q <= '~' ? *q : '?';
      if (!null) found += stop - where > kMost ? "...'" : "'";
    }
    const auto column = static_cast<std::size_t>(where - line_) + 1;
    found_.error = SvmlightError{std::move(found), std::move(expected), n_lines_, column};
    return nullptr;
  }

  const char* const begin_;
  const char* const end_;
  const SvmlightIndexing indexing_;
  SvmlightArrays<T, I> out_;
  SvmlightSummary found_;
  std::size_t n_lines_ = 0;
  const char* line_ = nullptr;
};

}  // namespace maxmargin::text
