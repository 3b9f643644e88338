#include "text/svmlight.hpp"

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "check.hpp"
#include "solvers/random.hpp"
#include "text/number.hpp"

using namespace maxmargin;
using namespace maxmargin::text;

namespace {

struct Rows {
  std::vector<double> data, labels;
  std::vector<std::int32_t> indices, indptr;
  std::vector<std::int64_t> query;
  SvmlightSummary found;
};

Rows read(const std::string& s, bool query = false, int n_threads = 1) {
  // A copy without a byte to spare, so that the sanitizers see every read past the end.
  const auto exact = std::make_unique<char[]>(s.size());
  std::memcpy(exact.get(), s.data(), s.size());
  const Execution run{n_threads, nullptr};
  const SvmlightText text(exact.get(), s.size(), run);
  Rows r;
  r.data.resize(text.most_values());
  r.indices.resize(text.most_values());
  r.labels.resize(text.most_rows());
  r.indptr.resize(text.most_rows() + 1);
  r.query.resize(text.most_rows() + 1);  // one more: empty vectors may have no address
  r.found = text.read(SvmlightArrays<double, std::int32_t>{r.data.data(), r.indices.data(), r.indptr.data(),
                                                           r.labels.data(), query ? r.query.data() : nullptr},
                      SvmlightIndexing{}, run);
  r.data.resize(r.found.n_values);
  r.indices.resize(r.found.n_values);
  r.labels.resize(r.found.n_rows);
  r.indptr.resize(r.found.n_rows + 1);
  r.query.resize(r.found.n_rows);
  return r;
}

void good_text() {
  const Rows r = read("+1 1:0.5 3:-2e-3 # note: 1:2\n\n-1 qid:4 2:7\r\n0");
  CHECK(!r.found.error && r.found.smallest == 1 && r.found.largest == 3);
  CHECK(r.labels == (std::vector<double>{1, -1, 0}));
  CHECK(r.data == (std::vector<double>{0.5, -2e-3, 7.0}));
  CHECK(r.indices == (std::vector<std::int32_t>{0, 2, 1}));
  CHECK(r.indptr == (std::vector<std::int32_t>{0, 2, 3, 3}));
}

void many_chunks() {
  std::string s;
  for (int i = 0; i < 60000; ++i) s += i % 3 == 0 ? "# 1:2\n-1 qid:3\n" : "1 qid:5 1:1.25 7:3 900:0.125 # 8:8\n";
  const Rows one = read(s, true), four = read(s, true, 4);
  CHECK(!four.found.error && four.found.n_rows == 60000 && four.found.n_values == 120000);
  CHECK(one.data == four.data && one.indices == four.indices && one.indptr == four.indptr);
  CHECK(one.labels == four.labels && one.query == four.query);
  for (std::size_t i = 0; i < 60000; ++i) {
    CHECK(four.query[i] == (i % 3 == 0 ? 3 : 5) && four.labels[i] == (i % 3 == 0 ? -1.0 : 1.0));
    CHECK(four.indptr[i + 1] - four.indptr[i] == (i % 3 == 0 ? 0 : 3));
  }
  const Rows bad = read(s + "1 1:one\n" + s + "x", false, 4);
  CHECK(bad.found.error && bad.found.error->line == 80001 && bad.found.error->column == 5);
}

void every_prefix() {
  const std::string s = "\xEF\xBB\xBF+1 qid:12 1:0.5 3:-2.25e-3 900:1234567890123.5 # note\r\n-1 7:inf 8:nan 9:1e999\n";
  for (std::size_t size = 0; size <= s.size(); ++size) read(s.substr(0, size));
  CHECK(!read(s).found.error);
}

void check_number(const std::string& token) {
  double value = 0.0;
  const char* const end = token.data() + token.size();
  const bool whole = read_number(token.data(), end, value) == end;
  const double expected = std::strtod(token.c_str(), nullptr);
  CHECK(whole && std::memcmp(&value, &expected, sizeof value) == 0);
}

double any_double(Random& random) {
  const std::uint64_t bits = (random.below(1u << 21) << 43) ^ (random.below(1u << 22) << 22) ^ random.below(1u << 22);
  double value = 0.0;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

// Against the C library, to the last bit.
void numbers() {
  Random random(5, 5);
  char token[512];
  for (int round = 0; round < 100000; ++round) {
    const double any = any_double(random);
    if (!std::isfinite(any)) continue;
    const double fraction = static_cast<double>(random.below(1u << 31)) * 0x1p-31;
    const double near = std::ldexp(1.0 + fraction + static_cast<double>(random.below(1u << 21)) * 0x1p-52,
                                   static_cast<int>(random.below(70)) - 60);
    const int digits = static_cast<int>(random.below(21));
    for (const double value : {any, near}) {
      for (const char* format : {"%.*e", "%.*g"}) {
        std::snprintf(token, sizeof token, format, digits, value);
        check_number(token);
      }
    }
    std::snprintf(token, sizeof token, "%.*f", digits, near);
    check_number(token);
    // Whole numbers of 19 digits over every power of ten: the one division.
    const std::uint64_t whole = random.below(1u << 31) * 4294967296u + random.below(1u << 31);
    std::snprintf(token, sizeof token, "%llue-%d", static_cast<unsigned long long>(whole),
                  static_cast<int>(random.below(30)));
    check_number(token);
  }
}

// Words between blanks.
std::vector<std::string> words(const std::string& text) {
  std::vector<std::string> all(1);
  for (const char c : text) {
    if (c != ' ')
      all.back() += c;
    else
      all.emplace_back();
  }
  return all;
}

void spellings_of_numbers() {
  for (const std::string& token : words(
           "0 -0 +0.0 00012.50 .5 5. 9007199254740993 18446744073709551615 1844674407370955161.6 0.1e1 1E+5 1e0005 "
           "0.00000000000000000000000000001 1e400 -1e400 1e-400 123456789012345678901234567890e-10 0e99999 0.0e-99999 "
           "1e-99999999999999999999 1e+99999999999999999999 2.2250738585072011e-308 4.9406564584124654e-324 "
           "2.4703282292062327e-324 2.4703282292062328e-324 1.7976931348623157e308 1.7976931348623159e308 inf "
           "-Infinity +INF"))
    check_number(token);
  for (const std::string& token :
       words("+ - . +. e5 1e 1e+ +-1 --1 -+1 ++1 0x10 0x1p3 1_0 nan(1) infinite 1.2.3 1e5.0 1f "
             "1e400x")) {
    double value = 0.0;
    const char* const end = token.data() + token.size();
    CHECK(read_number(token.data(), end, value) != end);
  }
}

// Random bytes from the alphabet of the format never do more than end in an error.
void random_text() {
  const std::string alphabet("0123456789:.-+eqid#, \t\r\n\0x", 26);
  Random random(3, 3);
  for (int round = 0; round < 20000; ++round) {
    std::string s;
    for (std::uint64_t k = random.below(60); k > 0; --k) s += alphabet[random.below(alphabet.size())];
    const Rows r = read(s, round % 2 == 0);
    CHECK(r.found.error || r.found.n_rows <= s.size());
  }
}

}  // namespace

int main() {
  testing::need_instruction_set();
  good_text();
  many_chunks();
  every_prefix();
  numbers();
  spellings_of_numbers();
  random_text();
}
