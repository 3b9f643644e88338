#include <vector>

#include "check.hpp"
#include "design/products.hpp"
#include "problems.hpp"

using namespace maxmargin;
using testing::near;

namespace {

// Every operation of a design against the textbook loops over the dense array.
void agrees(const Design& X, const testing::Data& data, Rows rows) {
  std::vector<double> w(data.d), v(rows.size), out(rows.size), g(data.d, 0.0), expected(data.d, 0.0);
  Random random(5, 1);
  for (double& e : w) e = testing::uniform(random);
  for (double& e : v) e = testing::uniform(random);
  for (int n_threads : {1, 3}) {
    const Execution run{n_threads, nullptr};
    multiply(X, rows, w.data(), out.data(), run);
    for (std::size_t k = 0; k < rows.size; ++k) {
      double s = 0.0;
      for (std::size_t j = 0; j < data.d; ++j) s += w[j] * data.dense[rows[k] * data.d + j];
      CHECK(near(out[k], s));
      CHECK(near(X.dot_row(rows[k], w.data()), s));
    }
    std::fill(g.begin(), g.end(), 0.0);
    std::fill(expected.begin(), expected.end(), 0.0);
    multiply_transposed(X, rows, v.data(), g.data(), run);
    for (std::size_t k = 0; k < rows.size; ++k)
      for (std::size_t j = 0; j < data.d; ++j) expected[j] += v[k] * data.dense[rows[k] * data.d + j];
    for (std::size_t j = 0; j < data.d; ++j) CHECK(near(g[j], expected[j]));
    squared_norms(X, rows, out.data(), run);
    std::vector<double> unpacked(data.d);
    for (std::size_t k = 0; k < rows.size; ++k) {
      X.unpack(rows.slice({k, k + 1}), unpacked.data());
      double s = 0.0;
      for (std::size_t j = 0; j < data.d; ++j) {
        CHECK(unpacked[j] == data.dense[rows[k] * data.d + j]);
        s += unpacked[j] * unpacked[j];
      }
      CHECK(near(out[k], s));
    }
    CHECK(all_finite(X, run));
  }
}

}  // namespace

int main() {
  testing::need_instruction_set();
  for (std::size_t d : {1u, 7u, 33u, 130u}) {
    const testing::Data data(700, d, 0.4, d);
    std::vector<double> columns(data.n * d);
    for (std::size_t i = 0; i < data.n; ++i)
      for (std::size_t j = 0; j < d; ++j) columns[j * data.n + i] = data.dense[i * d + j];
    const DenseDesign<double> by_columns(columns.data(), data.n, d, 1, static_cast<std::ptrdiff_t>(data.n));
    const auto by_rows = data.by_rows();
    const auto sparse = data.sparse();
    const std::vector<RowIndex> some{3, 5, 8, 13, 400, 699};
    for (const Rows rows : {Rows::all(data.n), Rows::list(some), Rows{nullptr, 17, 90}, Rows{nullptr, 0, 0}}) {
      agrees(by_rows, data, rows);
      agrees(by_columns, data, rows);
      agrees(sparse, data, rows);
    }
  }
}
