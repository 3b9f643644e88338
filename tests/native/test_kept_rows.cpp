#include <algorithm>
#include <stdexcept>
#include <thread>
#include <vector>

#include "check.hpp"
#include "kernels/design_kernel.hpp"
#include "problems.hpp"
#include "quadratic/row_store.hpp"
#include "solvers/random.hpp"

using namespace maxmargin;
using quadratic::KeptRows;
using quadratic::RowStore;

namespace {

constexpr std::int64_t kClasses = 3;
const kernels::Function kRbf{kernels::Kind::kRbf, 0.05, 0.0, 3.0};

// Every seventh row is in no problem, the others are of three classes in turn.
std::vector<std::int64_t> classes_of(std::size_t n) {
  std::vector<std::int64_t> segment(n);
  for (std::size_t i = 0; i < n; ++i) segment[i] = i % 7 == 0 ? -1 : static_cast<std::int64_t>(i) % kClasses;
  return segment;
}

// Of every segment so many rows, beside what the rows take that are packed for it.
double bytes_of(const Design& X, std::size_t rows) {
  const double n = static_cast<double>(X.n_rows());
  return 4.0 * (static_cast<double>(rows) * 1.2 * n + 2.0 * n * static_cast<double>(X.n_features()) + 10.0 * n);
}

// What a problem asks for: sums over some of its rows, and the square of some.
struct Answer {
  std::vector<double> f, spread;
  std::vector<float> square;
  bool operator==(const Answer&) const = default;
};

Answer ask(RowStore& store, std::size_t n, std::uint64_t seed, const Execution& run) {
  Random random(seed, 0);
  Answer answer{std::vector<double>(n, 0.0), std::vector<double>(n, 0.0), {}};
  for (int round = 0; round < 4; ++round) {
    std::vector<RowStore::Position> rows;
    std::vector<double> coef;
    for (std::size_t k = 0; k < n; ++k)
      if (random.below(3) == 0) {
        rows.push_back(static_cast<RowStore::Position>(k));
        coef.push_back(testing::uniform(random));
      }
    answer.square.resize(rows.size() * rows.size());
    store.square(rows, answer.square.data(), rows.size(), run);
    store.add(rows, coef.data(), {answer.f.data(), answer.spread.data()}, run);
  }
  return answer;
}

std::vector<RowIndex> rows_of(const std::vector<std::int64_t>& segment, std::int64_t left, std::int64_t right) {
  std::vector<RowIndex> rows;
  for (std::size_t i = 0; i < segment.size(); ++i)
    if (segment[i] == left || segment[i] == right) rows.push_back(static_cast<RowIndex>(i));
  return rows;
}

// Pairs of classes get the same bits alone, one after the other, and side by side, where there is room for all rows and
// where they take it from each other; and fewer values are computed together.
void pairs_side_by_side(const Design& X, std::size_t room) {
  const auto kernel = kernels::make_kernel(X, kRbf, {2, nullptr});
  const std::vector<std::int64_t> segment = classes_of(X.n_rows());
  KeptRows shared(*kernel, segment.data(), bytes_of(X, room), {2, nullptr});
  CHECK(shared.in_use() && shared.n_segments() == kClasses && shared.most_bytes() <= bytes_of(X, room));
  std::vector<Answer> alone, together(6);
  double computed = 0.0, asked = 0.0;
  for (std::int64_t p = 0; p < kClasses; ++p) {
    const std::vector<RowIndex> rows = rows_of(segment, p, (p + 1) % kClasses);
    KeptRows own(*kernel, kernel->targets(rows, {1, nullptr}), 1e9);
    RowStore store(own, rows);
    alone.push_back(ask(store, rows.size(), 5, {1, nullptr}));
    computed += own.computed();
    asked = store.evaluations();
  }
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < together.size(); ++t)
    threads.emplace_back([&, t] {
      const auto p = static_cast<std::int64_t>(t) % kClasses;
      const std::vector<RowIndex> rows = rows_of(segment, p, (p + 1) % kClasses);
      RowStore store(shared, rows);
      together[t] = ask(store, rows.size(), 5, {t < 3 ? 1 : 2, nullptr});
      CHECK(p != kClasses - 1 || store.evaluations() == asked);
    });
  for (std::thread& thread : threads) thread.join();
  for (std::size_t t = 0; t < together.size(); ++t) CHECK(together[t] == alone[t % alone.size()]);
  if (room < X.n_rows()) return;
  KeptRows again(*kernel, segment.data(), bytes_of(X, room), {1, nullptr});
  for (std::int64_t p = 0; p < kClasses; ++p) {
    RowStore store(again, rows_of(segment, p, (p + 1) % kClasses));
    CHECK(ask(store, rows_of(segment, p, (p + 1) % kClasses).size(), 5, {1, nullptr}) ==
          alone[static_cast<std::size_t>(p)]);
  }
  CHECK(again.computed() < 0.95 * computed);
}

// A fold has some rows of each segment.
void folds(const Design& X) {
  const auto kernel = kernels::make_kernel(X, kRbf, {1, nullptr});
  const std::vector<std::int64_t> everyone(X.n_rows(), 0);
  KeptRows shared(*kernel, everyone.data(), 1e9, {1, nullptr});
  double computed = 0.0;
  for (std::size_t fold = 0; fold < 5; ++fold) {
    std::vector<RowIndex> rows;
    for (std::size_t i = 0; i < X.n_rows(); ++i)
      if (i % 5 != fold) rows.push_back(static_cast<RowIndex>(i));
    KeptRows own(*kernel, kernel->targets(rows, {1, nullptr}), 1e9);
    RowStore alone(own, rows), store(shared, rows);
    CHECK(ask(store, rows.size(), fold, {2, nullptr}) == ask(alone, rows.size(), fold, {2, nullptr}));
    computed += own.computed();
  }
  CHECK(shared.computed() < 0.5 * computed);
}

// A kernel value has the same bits from either side, in a row and in a square.
void from_either_side(const Design& X) {
  const auto kernel = kernels::make_kernel(X, kRbf, {1, nullptr});
  const std::size_t n = X.n_rows();
  std::vector<RowIndex> rows(n);
  for (std::size_t i = 0; i < n; ++i) rows[i] = static_cast<RowIndex>(i);
  std::vector<float> values(n * n), square(n * n);
  std::vector<float*> out;
  for (std::size_t i = 0; i < n; ++i) out.push_back(values.data() + i * n);
  kernel->rows(rows, *kernel->targets(rows, {1, nullptr}), out.data(), {1, nullptr});
  kernel->square(rows, square.data(), n, {1, nullptr});
  CHECK(values == square);
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j < i; ++j) CHECK(values[i * n + j] == values[j * n + i]);
}

class AfterSome final : public Interrupt {
 public:
  explicit AfterSome(int questions) : left_(questions) {}

 protected:
  bool ask_host() override { return --left_ < 0; }

 private:
  int left_;
};

// Rows that were being computed when an interrupt came are not there; those that were there before still are.
void interrupted(const Design& X) {
  const auto kernel = kernels::make_kernel(X, kRbf, {1, nullptr});
  const std::vector<std::int64_t> everyone(X.n_rows(), 0);
  KeptRows shared(*kernel, everyone.data(), bytes_of(X, 256), {1, nullptr});
  const std::vector<RowIndex> rows = rows_of(everyone, 0, 0);
  RowStore store(shared, rows);
  const Answer first = ask(store, rows.size(), 9, {1, nullptr});
  int stopped = 0;
  for (int questions = 0; questions < 3; ++questions) {
    AfterSome stop(questions);
    try {
      for (std::uint64_t seed = 10; seed < 1000; ++seed) ask(store, rows.size(), seed, {1, &stop});
    } catch (const Interrupted&) {
      ++stopped;
    }
  }
  CHECK(stopped == 3);
  CHECK(ask(store, rows.size(), 9, {1, nullptr}) == first);
}

void refused(const Design& X, const Design& narrow) {
  const auto kernel = kernels::make_kernel(X, kRbf, {}), cheap = kernels::make_kernel(narrow, kRbf, {});
  const std::vector<std::int64_t> segment = classes_of(X.n_rows()), nobody(X.n_rows(), -1);
  CHECK(!KeptRows(*kernel, segment.data(), 1e4, {}).in_use());
  CHECK(!KeptRows(*kernel, nobody.data(), 1e9, {}).in_use());
  CHECK(!KeptRows(*cheap, std::vector<std::int64_t>(narrow.n_rows(), 0).data(), 1e9, {}).in_use());
  KeptRows shared(*kernel, segment.data(), 1e9, {});
  bool thrown = false;
  try {
    RowStore(shared, {0, 1});
  } catch (const std::invalid_argument&) {
    thrown = true;
  }
  CHECK(thrown);
}

}  // namespace

int main() {
  testing::need_instruction_set();
  const testing::Data dense(600, 190, 0.0, 1), sparse(600, 150, 0.6, 2), narrow(300, 8, 0.0, 3);
  for (const std::size_t room : {std::size_t{130}, std::size_t{700}}) {
    pairs_side_by_side(dense.by_rows(), room);
    pairs_side_by_side(sparse.sparse(), room);
  }
  folds(dense.by_rows());
  folds(sparse.sparse());
  from_either_side(testing::Data(131, 190, 0.0, 4).by_rows());
  for (const std::size_t d : {std::size_t{150}, std::size_t{1500}})
    from_either_side(testing::Data(131, d, 0.6, 5).sparse());
  interrupted(dense.by_rows());
  interrupted(sparse.sparse());
  refused(dense.by_rows(), narrow.by_rows());
}
