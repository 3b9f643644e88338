#include "text/number.hpp"

#include <charconv>
#include <limits>
#include <string>
#include <system_error>

#if !defined(__cpp_lib_to_chars)  // libc++ before LLVM 20 reads no floating-point numbers in <charconv>
#include <locale.h>
#include <stdlib.h>
#if defined(__APPLE__)
#include <xlocale.h>
#endif
#endif

namespace maxmargin::text {
namespace {

bool is_letter(char c) { return static_cast<unsigned char>((c | 32) - 'a') < 26; }

// A longer token is no number but garbage, and must not keep a thread busy.
constexpr std::ptrdiff_t kLongest = 65536;

// The longest run of characters that a number may consist of. Hexadecimal numbers and "nan(payload)", which
// the standard library reads too, do not belong to the format: 'x' and '(' end the run.
const char* end_of_number(const char* p, const char* end) {
  if (end - p > kLongest) end = p + kLongest + 1;
  while (p < end && (is_digit(*p) || is_letter(*p) || *p == '.' || *p == '+' || *p == '-') && *p != 'x' && *p != 'X')
    ++p;
  return p;
}

#if defined(__cpp_lib_to_chars)

// Whether the first digit that is not zero stands for more than one: tells overflow from underflow.
bool is_large(const char* p, const char* end) {
  long before = 0, after = 0;  // digits before the point; zeros between it and the first other digit
  bool point = false, other = false;
  for (; p < end && (is_digit(*p) || *p == '.'); ++p) {
    if (*p == '.') {
      point = true;
    } else {
      other = other || *p != '0';
      if (!point && other) ++before;
      if (point && !other) ++after;
    }
  }
  long power = 0;
  if (p < end) {
    const char* first = p + 1;
    if (first < end && *first == '+') ++first;
    const auto [stop, error] = std::from_chars(first, end, power);
    if (error == std::errc::result_out_of_range) return *first != '-';
  }
  return (before > 0 ? before - 1 : -after - 1) + power > 0;
}

const char* read_unsigned(const char* p, const char* end, double& value) {
  const auto [stop, error] = std::from_chars(p, end, value);
  if (error == std::errc::result_out_of_range)
    value = is_large(p, stop) ? std::numeric_limits<double>::infinity() : 0.0;
  else if (error != std::errc())
    return nullptr;
  return stop;
}

#else

const char* read_unsigned(const char* p, const char* end, double& value) {
  static const locale_t classic = newlocale(LC_ALL_MASK, "C", nullptr);
  const std::string copy(p, end);
  char* stop = nullptr;
  value = strtod_l(copy.c_str(), &stop, classic);
  return stop == copy.c_str() ? nullptr : p + (stop - copy.c_str());
}

#endif

}  // namespace

const char* read_general_number(const char* p, const char* end, double& value) {
  const bool negative = p < end && *p == '-';
  if (p < end && (*p == '-' || *p == '+')) ++p;
  if (p == end || *p == '-' || *p == '+') return nullptr;
  end = end_of_number(p, end);
  if (end - p > kLongest) return nullptr;
  const char* const stop = read_unsigned(p, end, value);
  if (negative) value = -value;
  return stop;
}

}  // namespace maxmargin::text
