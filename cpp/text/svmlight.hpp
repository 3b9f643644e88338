// The svmlight / LIBSVM text format:   label [qid:n] index:value index:value ... [# comment]
//
// Lines are cut into chunks that are read side by side; the result does not depend on the number of threads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "design/products.hpp"

namespace maxmargin::text {

// What is wrong, and where: line and column count from 1.
struct SvmlightError {
  std::string found, expected;
  std::size_t line = 0, column = 0;
};

// One chunk of lines, read.
struct SvmlightChunk {
  std::vector<double> labels;
  std::vector<std::int64_t> query;   // empty unless asked for
  std::vector<std::int64_t> length;  // values in each row
  std::unique_ptr<std::int64_t[]> index;
  std::unique_ptr<double[]> value;
  std::size_t n_values = 0, n_lines = 0;
  std::int64_t smallest = INT64_MAX, largest = -1;  // index
  std::optional<SvmlightError> error;
};

class SvmlightText {
 public:
  // Reads the whole text. With `query`, every row must have a qid; otherwise they are skipped.
  SvmlightText(const char* text, std::size_t size, bool query, const Execution& run);

  SvmlightText(const SvmlightText&) = delete;
  SvmlightText& operator=(const SvmlightText&) = delete;

  const std::optional<SvmlightError>& error() const { return error_; }  // the first in the text
  std::size_t n_rows() const { return n_rows_; }
  std::size_t n_values() const { return n_values_; }
  std::int64_t smallest_index() const { return smallest_; }
  std::int64_t largest_index() const { return largest_; }

  void copy_labels(double* out) const;
  void copy_query(std::int64_t* out) const;
  // Compressed rows; `shift` is subtracted from every index.
  template <class T, class I>
  void copy_rows(T* data, I* indices, I* indptr, std::int64_t shift, const Execution& run) const;

 private:
  std::vector<SvmlightChunk> chunks_;
  std::optional<SvmlightError> error_;
  std::size_t n_rows_ = 0, n_values_ = 0;
  std::int64_t smallest_ = INT64_MAX, largest_ = -1;
};

}  // namespace maxmargin::text
