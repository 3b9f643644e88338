// Decimal numbers in text, to the nearest double.
#pragma once

#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <system_error>

namespace maxmargin::text {

inline bool is_digit(char c) { return static_cast<unsigned char>(c - '0') < 10; }

// Any spelling the standard library knows ("inf", "nan", many digits); null if it is not a number.
inline const char* read_general_number(const char* p, const char* end, double& value) {
  if (p < end && *p == '+') ++p;
#if defined(__cpp_lib_to_chars)
  const auto [stop, error] = std::from_chars(p, end, value);
  if (error == std::errc::result_out_of_range) {  // overflow and underflow as the C library rounds them
    value = std::strtod(std::string(p, stop).c_str(), nullptr);
    return stop;
  }
  return error == std::errc() ? stop : nullptr;
#else
  const std::string copy(p, end);
  char* stop = nullptr;
  value = std::strtod(copy.c_str(), &stop);
  return stop == copy.c_str() ? nullptr : p + (stop - copy.c_str());
#endif
}

// Reads a number that starts at p; returns where it ends, or null. Short decimals are exact without any search:
// an integer below 2^53 times or over a power of ten up to 22 rounds once (Clinger 1990).
inline const char* read_number(const char* p, const char* end, double& value) {
  static constexpr double kPower[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                      1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
  const char* const begin = p;
  const bool negative = p < end && *p == '-';
  if (p < end && (*p == '-' || *p == '+')) ++p;
  std::uint64_t mantissa = 0;
  const char* const digits = p;
  while (p < end && is_digit(*p)) mantissa = 10 * mantissa + static_cast<std::uint64_t>(*p++ - '0');
  std::ptrdiff_t count = p - digits, exponent = 0;
  if (p < end && *p == '.') {
    const char* const fraction = ++p;
    while (p < end && is_digit(*p)) mantissa = 10 * mantissa + static_cast<std::uint64_t>(*p++ - '0');
    exponent = fraction - p;
    count -= exponent;
  }
  const bool scientific = p < end && (*p == 'e' || *p == 'E');
  if (count == 0 || count > 18 || scientific || mantissa > (std::uint64_t{1} << 53) || exponent < -22)
    return read_general_number(begin, end, value);
  value = static_cast<double>(mantissa) / kPower[-exponent];
  if (negative) value = -value;
  return p;
}

}  // namespace maxmargin::text
