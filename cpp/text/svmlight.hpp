// The svmlight / LIBSVM text format:   label [qid:n] index:value index:value ... [# comment]
//
// Two passes over chunks of lines, side by side. The first counts lines and colons: no text has more rows or
// values than these, so the second can write every value straight to where the caller wants it. Neither the
// result nor the error depends on the number of threads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "design/products.hpp"

namespace maxmargin::text {

// What is wrong, and where: line and column (in bytes) count from 1.
struct SvmlightError {
  std::string found, expected;
  std::size_t line = 0, column = 0;
};

// Where the compressed rows go: room for `most_values` data and indices, `most_rows` labels and queries, and one
// more entry in indptr. Without `query` qids are skipped, with it every row must have one.
template <class T, class I>
struct SvmlightArrays {
  T* data;
  I* indices;
  I* indptr;
  double* labels;
  std::int64_t* query = nullptr;
};

// How indices count: `shift` is subtracted from every one, and none may be below `lowest`.
struct SvmlightIndexing {
  std::int64_t shift = 1, lowest = 0;
};

// What was found: the counts say how much of the arrays is filled.
struct SvmlightSummary {
  std::size_t n_rows = 0, n_values = 0;
  std::int64_t smallest = INT64_MAX, largest = -1;  // index in the text
  std::optional<SvmlightError> error;               // the first in the text
};

class SvmlightText {
 public:
  // Borrows the text.
  SvmlightText(const char* text, std::size_t size, const Execution& run);
  SvmlightText(const SvmlightText&) = delete;
  SvmlightText& operator=(const SvmlightText&) = delete;

  std::size_t most_rows() const { return most_rows_; }
  std::size_t most_values() const { return most_values_; }

  // An index that does not fit I is cut, which `largest` shows.
  template <class T, class I>
  SvmlightSummary read(const SvmlightArrays<T, I>& out, const SvmlightIndexing& indexing, const Execution& run) const;

 private:
  struct Chunk {
    const char* begin;
    const char* end;                             // after a newline
    std::size_t first_row = 0, first_value = 0;  // where its rows and values go
  };

  void cut(const char* text, const char* end);

  std::string last_line_;  // with a newline, where the text ends without one
  std::vector<Chunk> chunks_;
  std::size_t most_rows_ = 0, most_values_ = 0;
};

}  // namespace maxmargin::text
