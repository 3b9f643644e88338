// Where the rows of a design are seen from, so that few of their values are other than zero: pixels of an empty margin,
// categories as columns of 0 and 1 that someone has standardised.
#pragma once

#include <vector>

#include "design/products.hpp"
#include "kernels/function.hpp"

namespace maxmargin::kernels {

struct Origin {
  std::vector<double> at;       // (n_features,), or empty: the rows as they are
  double values_per_row = 0.0;  // that are not zero, seen from there

  const double* data() const { return at.empty() ? nullptr : at.data(); }
};

// Of dense storage by a sample of rows spread over it: a column's most frequent value, or its mean where none is
// frequent. Only kernel functions of differences allow it; others see their rows from zero.
Origin origin_of(const Design& X, const Function& f);

// The mean of a sample of dense rows that are far from zero beside what they differ by, for kernel functions of
// differences; empty for all others. Seen from zero, squared norms would leave few digits of a distance.
std::vector<double> far_centre(const Design& X, const Function& f);

// |x - far_centre|^2 of all rows.
void norms_from_far_centre(const Design& X, const Function& f, double* out, const Execution& run);

}  // namespace maxmargin::kernels
