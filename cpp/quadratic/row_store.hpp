// Kernel values of one problem by rows that are kept: where a value is dear - long sparse rows, hundreds of columns -
// and the same free multipliers move in block after block, or in problem after problem.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "kernels/kernel.hpp"
#include "quadratic/kept_rows.hpp"

namespace maxmargin::quadratic {

// What comes out has the same bits whatever is stored, and whoever has stored it.
class RowStore {
 public:
  using Position = std::uint32_t;  // of a row among those of the problem

  // For a problem of `rows`, in the order of the data and each in a segment of the rows that are kept.
  RowStore(KeptRows& kept, std::vector<RowIndex> rows);

  // sums.f[t] += sum_j coef[j] K(rows[j], row t of the problem), in float64 and in the order of the rows, whatever is
  // stored; sums.spread as in Kernel::add.
  void add(const std::vector<Position>& rows, const double* coef, kernels::Sums sums, const Execution& run);
  // out[i * ld + j] = K(rows[i], rows[j]). A row may be there more than once.
  void square(const std::vector<Position>& rows, float* out, std::size_t ld, const Execution& run);
  // How many values were asked for that this problem has not asked for before. What others have stored is not taken
  // off: that is a matter of who came first.
  double evaluations() const { return evaluations_; }

 private:
  struct Place {
    std::uint32_t part, index;
  };
  // What the problem has of a segment: all of its targets, or some.
  struct Part {
    RowPool* pool;
    std::vector<Position> position;  // of each target; kNone where the problem does not have it
  };
  using Holds = std::vector<std::unique_ptr<RowPool::Hold>>;  // one for each part
  static constexpr Position kNone = 0xffffffff;

  void sum(const Holds& holds, std::size_t count, const double* coef, const float* spread, kernels::Sums sums,
           const Execution& run) const;
  void copy(const Holds& holds, const std::vector<Position>& rows, const std::vector<std::size_t>& found,
            const std::vector<std::size_t>& others, float* out, std::size_t ld, const Execution& run) const;

  KeptRows& kept_;
  std::vector<RowIndex> rows_;  // of the problem
  std::vector<Part> parts_;
  std::vector<Place> place_;         // of each row of the problem
  std::vector<std::uint8_t> asked_;  // whether each row has been asked for
  double evaluations_ = 0.0;
};

}  // namespace maxmargin::quadratic
