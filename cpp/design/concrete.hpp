// What a design is behind its interface, for loops whose rows are too short to pay for virtual calls.
#pragma once

#include <cstdint>

#include "design/csr.hpp"
#include "design/design.hpp"

namespace maxmargin {

// f(X) with compressed rows as what they are, and with any other storage as a Design.
template <class F>
auto with_concrete(const Design& X, const F& f) {
  if (const auto* rows = dynamic_cast<const CsrDesign<double, std::int32_t>*>(&X)) return f(*rows);
  if (const auto* rows = dynamic_cast<const CsrDesign<float, std::int32_t>*>(&X)) return f(*rows);
  if (const auto* rows = dynamic_cast<const CsrDesign<double, std::int64_t>*>(&X)) return f(*rows);
  if (const auto* rows = dynamic_cast<const CsrDesign<float, std::int64_t>*>(&X)) return f(*rows);
  return f(X);
}

}  // namespace maxmargin
