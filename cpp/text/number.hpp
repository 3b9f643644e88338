// Decimal numbers in text, to the nearest double.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace maxmargin::text {

inline bool is_digit(char c) { return static_cast<unsigned char>(c - '0') < 10; }

// Any decimal spelling of up to 65536 characters, and "inf", "infinity", "nan" in any case; null if it is none.
// Independent of the locale. Overflow gives infinity and underflow zero, as in Python.
const char* read_general_number(const char* p, const char* end, double& value);

// Appends the digits that start at p to `value` (modulo 2^64) and returns where they end.
inline const char* read_digits(const char* p, const char* end, std::uint64_t& value) {
  std::uint64_t total = value;
  for (; p < end && is_digit(*p); ++p) total = 10 * total + static_cast<std::uint64_t>(*p - '0');
  value = total;
  return p;
}

// The same for long runs: eight digits in one word while there are eight.
inline const char* read_many_digits(const char* p, const char* end, std::uint64_t& value) {
  if constexpr (std::endian::native == std::endian::little) {
    while (end - p >= 8) {
      std::uint64_t x = 0;
      std::memcpy(&x, p, 8);
      x ^= 0x3030303030303030;  // the bytes of digits are now 0..9, all others larger
      if ((((x + 0x7676767676767676) | x) & 0x8080808080808080) != 0) break;
      x = 10 * x + (x >> 8);  // every second byte: a pair of digits
      x = ((x & 0x000000FF000000FF) * 0x000F424000000064 + ((x >> 16) & 0x000000FF000000FF) * 0x0000271000000001) >> 32;
      value = value * 100000000 + x;
      p += 8;
    }
  }
  return read_digits(p, end, value);
}

// An unsigned decimal: mantissa * 10^exponent, where the mantissa holds all digits.
struct Decimal {
  std::uint64_t mantissa = 0;
  std::ptrdiff_t exponent = 0;
};

// Reads digits with at most one point among them and a short exponent; null if there is more to it.
inline const char* read_decimal(const char* p, const char* end, Decimal& decimal) {
  constexpr std::ptrdiff_t kMostDigits = 19;  // 10^19 - 1 is below 2^64
  const char* const begin = p;
  std::uint64_t mantissa = 0;
  p = read_digits(p, end, mantissa);
  std::ptrdiff_t digits = p - begin, exponent = 0;
  if (p < end && *p == '.') {
    const char* const fraction = ++p;
    p = read_many_digits(p, end, mantissa);
    exponent = fraction - p;
    digits -= exponent;
  }
  if (digits > kMostDigits)
    for (const char* q = begin; q < p && (*q == '0' || *q == '.'); ++q) digits -= *q == '0' ? 1 : 0;
  if (digits > kMostDigits || p == begin || (p == begin + 1 && *begin == '.')) return nullptr;
  if (p < end && (*p == 'e' || *p == 'E')) {
    ++p;
    const bool negative = p < end && *p == '-';
    if (p < end && (*p == '-' || *p == '+')) ++p;
    std::ptrdiff_t power = 0;
    const char* const first = p;
    while (p < end && p < first + 3 && is_digit(*p)) power = 10 * power + (*p++ - '0');
    if (p == first || (p < end && is_digit(*p))) return nullptr;
    exponent += negative ? -power : power;
  }
  decimal = {mantissa, exponent};
  return p;
}

#if defined(__SIZEOF_INT128__)
inline constexpr bool kHasWideIntegers = true;

// w / 10^k to the nearest double, for 0 < w and 0 < k <= 27. With n = w 2^a and d = 5^k 2^b, both in [2^63, 2^64),
// the quotient q = n 2^63 / d has 63 or 64 bits. A lowest bit that is set where the division leaves a remainder
// makes the one rounding from q to a double right; the scaling by a power of two after it is exact.
inline double divide_by_power_of_ten(std::uint64_t w, int k) {
  static constexpr auto kFive = [] {
    struct {
      std::uint64_t power[28];
    } five{{1}};
    for (int i = 1; i < 28; ++i) five.power[i] = 5 * five.power[i - 1];
    return five;
  }();
  __extension__ using Wide = unsigned __int128;
  const std::uint64_t five = kFive.power[k];
  const int a = std::countl_zero(w), b = std::countl_zero(five);
  const Wide n = static_cast<Wide>(w << a) << 63;
  const std::uint64_t d = five << b;
  const auto quotient = static_cast<std::uint64_t>(n / d);
  const bool inexact = static_cast<Wide>(quotient) * d != n;
  const auto scale = static_cast<std::uint64_t>(1023 - 63 - a + b - k) << 52;
  return static_cast<double>(quotient | (inexact ? 1 : 0)) * std::bit_cast<double>(scale);
}
#else
inline constexpr bool kHasWideIntegers = false;
inline double divide_by_power_of_ten(std::uint64_t, int) { return 0.0; }
#endif

// Reads a number that starts at p; returns where it ends, or null. Most decimals need no search: an integer up to
// 2^53 times or over a power of ten up to 22 rounds once (Clinger 1990), and longer ones go through one division.
inline const char* read_number(const char* p, const char* end, double& value) {
  static constexpr double kPower[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                      1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
  const bool negative = p < end && *p == '-';
  Decimal decimal;
  const char* const stop = read_decimal(p + (p < end && (*p == '-' || *p == '+') ? 1 : 0), end, decimal);
  if (stop == nullptr) return read_general_number(p, end, value);
  const auto [mantissa, exponent] = decimal;
  double size = 0.0;
  if (mantissa <= std::uint64_t{1} << 53 && exponent >= -22 && exponent <= 22) {
    size = static_cast<double>(mantissa);
    size = exponent < 0 ? size / kPower[-exponent] : size * kPower[exponent];
  } else if (kHasWideIntegers && exponent < 0 && exponent >= -27 && mantissa != 0) {
    size = divide_by_power_of_ten(mantissa, static_cast<int>(-exponent));
  } else {
    return read_general_number(p, end, value);
  }
  value = negative ? -size : size;
  return stop;
}

}  // namespace maxmargin::text
