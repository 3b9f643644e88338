// Which columns of sparse rows are frequent. Word counts are: a few hundred columns have most of the values, and tens
// of thousands the others. A frequent one has a place in a dense panel (sparse_panel.hpp); the others are looked up
// there.
#pragma once

#include <cstdint>
#include <vector>

#include "design/design.hpp"

namespace maxmargin::kernels {

class SparseColumns {
 public:
  // All are frequent, in their order: where there are few.
  explicit SparseColumns(std::size_t n_features) : n_frequent_(n_features) {}
  // By a sample of rows. Of dense storage what differs from the origin (n_features entries, or null).
  SparseColumns(const Design& X, const double* origin);

  std::size_t n_features() const { return place_.empty() ? n_frequent_ : place_.size(); }
  std::size_t n_frequent() const { return n_frequent_; }
  std::size_t n_rare() const { return n_features() - n_frequent_; }
  // Whether panels number the columns that they have: all count as frequent, and are more than a panel holds.
  bool numbered() const { return numbered_; }
  // Among the frequent columns, which come first, or after them among the rare ones.
  std::uint32_t place(std::uint32_t column) const { return place_.empty() ? column : place_[column]; }

  // Columns of a panel, about.
  std::size_t of_panel() const;

  // The most frequent columns that there may be.
  static std::size_t most_frequent(std::size_t n_features);
  // As many as panels have of which the most are filled together.
  static std::size_t least_of_panel(std::size_t n_features);
  std::size_t nbytes() const { return place_.size() * sizeof(std::uint32_t); }
  static double bytes_of(std::size_t n_features);  // the same, before there is one

 private:
  std::size_t n_frequent_;
  bool numbered_ = false;
  std::vector<std::uint32_t> place_;  // of a column; none where it is its own
};

}  // namespace maxmargin::kernels
