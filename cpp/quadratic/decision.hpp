// f = K a at the rows of a programme, as its multipliers move: followed in float32, with a bound on what rounding may
// have done to it, and computed in float64 at the rows where that matters.
#pragma once

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "quadratic/programme.hpp"
#include "quadratic/row_store.hpp"

namespace maxmargin::quadratic {

class Decision {
 public:
  // f is not there yet: `make_exact` computes it. Rows of kernel values are `kept` with those of other problems or,
  // where there are none, in some of the bytes.
  Decision(const Programme& problem, const std::vector<double>& a, const Execution& run, double bytes, KeptRows* kept);

  // f at the row of variable v, and the most that it may be off by.
  double operator()(std::size_t v) const { return f_[position_[v]]; }
  double doubt(std::size_t v) const;
  // Variables whose part in the gap f does not tell: those neither exact nor, beyond doubt, at the bound where their
  // slope G + offset holds them.
  std::vector<std::size_t> undecided(const std::vector<double>& a, const std::vector<double>& gradient,
                                     const std::vector<double>& offsets) const;

  // Adds the step to variable v; `follow` brings f up to date with all of them.
  void move(std::size_t v, double step);
  void follow();

  // out[i * ld + j] = K between the rows of variables i and j of the list, in float32.
  void square(const std::vector<std::size_t>& variables, float* out, std::size_t ld);

  // f in float64 at all rows with a multiplier and at those of the variables listed.
  void make_exact(const std::vector<std::size_t>& variables);

  // Whether some row with a multiplier has an f in float32.
  bool inexact() const { return inexact_; }
  std::size_t n_rows() const { return net_.size(); }
  // Of what it keeps for kernel values.
  double nbytes() const { return targets_bytes() + (own_ ? own_->most_bytes() : 0.0); }
  std::int64_t n_support() const;
  double kernel_evaluations() const { return evaluations_ + (store_ ? store_->evaluations() : 0.0); }

  void stop_asking() { run_.interrupt = nullptr; }
  // After an interrupt, which may have come amid a sum: nothing is known of f.
  void recover();

 private:
  using Position = std::uint32_t;  // of a row among those of the programme

  void number_rows();
  bool follow_exactly(const std::vector<Position>& positions, const std::vector<double>& change);
  double mass() const;
  RowIndex row(Position k) const { return rows_[k]; }
  double targets_bytes() const { return targets_ ? static_cast<double>(targets_->nbytes()) : 0.0; }
  std::vector<RowIndex> rows_at(const std::vector<Position>& positions) const;
  void forget();
  void sum_exactly(const std::vector<Position>& sources, const std::vector<double>& coef,
                   const std::vector<Position>& at);

  const Programme& problem_;
  Execution run_;
  std::vector<RowIndex> rows_;                       // of the programme
  std::shared_ptr<const kernels::Targets> targets_;  // null where rows are kept with those of other problems
  std::unique_ptr<KeptRows> own_;                    // where rows are kept for this programme alone
  std::unique_ptr<RowStore> store_;                  // null where none are kept
  std::vector<Position> position_;                   // of each variable's row
  std::vector<double> length_;                       // of each row: the root of K(x, x),
  std::vector<double> rounding_;                     // what a sum there may be off by, in units of its spread,
  std::vector<double> net_, f_;                      // the sum of its multipliers, and f
  std::vector<double> spread_;                       // of f, since it was last computed exactly
  std::vector<std::uint8_t> in_float32_;             // whether it has been followed since
  std::vector<std::pair<Position, double>> moved_;
  double moved_mass_ = 0.0;  // the sum of all |steps|

  std::vector<double> known_, known_f_;  // the last point at which f was computed exactly, and f there
  std::vector<std::uint8_t> is_known_;   // at which rows
  double largest_mass_ = 0.0;            // of multipliers times lengths, since f was last computed from nothing,
  double followed_ = 0.0;                // and of the steps by which f has been followed exactly
  bool inexact_ = false;
  double evaluations_ = 0.0;
};

}  // namespace maxmargin::quadratic
