#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "check.hpp"
#include "kernels/design_kernel.hpp"
#include "kernels/matrix_kernel.hpp"
#include "problems.hpp"
#include "quadratic/offset.hpp"
#include "quadratic/solve.hpp"

using namespace maxmargin;

namespace {

struct Silent final : Monitor {
  bool ask_host() override { return false; }
  bool report(const Record&) override { return false; }
  Status reason() const override { return Status::kCallback; }
};

double reference(const kernels::Function& f, const double* x, const double* z, std::size_t d) {
  if (f.composed()) {
    double value = f.kind == kernels::Kind::kSum ? 0.0 : f.kind == kernels::Kind::kScaled ? f.factor : 1.0;
    for (const kernels::Function& part : f.parts)
      value = f.kind == kernels::Kind::kSum ? value + reference(part, x, z, d) : value * reference(part, x, z, d);
    return value;
  }
  double product = 0.0, square = 0.0, absolute = 0.0, chi = 0.0;
  for (std::size_t j = 0; j < d; ++j) {
    product += x[j] * z[j];
    square += (x[j] - z[j]) * (x[j] - z[j]);
    absolute += std::abs(x[j] - z[j]);
    if (x[j] + z[j] > 0.0) chi += (x[j] - z[j]) * (x[j] - z[j]) / (x[j] + z[j]);
  }
  switch (f.kind) {
    case kernels::Kind::kLinear:
      return product;
    case kernels::Kind::kPoly:
      return std::pow(f.gamma * product + f.coef0, f.degree);
    case kernels::Kind::kSigmoid:
      return std::tanh(f.gamma * product + f.coef0);
    case kernels::Kind::kRbf:
      return std::exp(-f.gamma * square);
    case kernels::Kind::kLaplacian:
      return std::exp(-f.gamma * absolute);
    case kernels::Kind::kChi2:
      return std::exp(-f.gamma * chi);
    default:
      return 0.0;
  }
}

using Functions = std::vector<kernels::Function>;

kernels::Function simple(kernels::Kind kind, double gamma, double coef0 = 0.5, double degree = 3.0) {
  return {kind, gamma, coef0, degree};
}
kernels::Function sum(const Functions& parts) { return {kernels::Kind::kSum, 1.0, 0.0, 0.0, parts}; }
kernels::Function product(const Functions& parts) { return {kernels::Kind::kProduct, 1.0, 0.0, 0.0, parts}; }
kernels::Function scaled(double factor, const kernels::Function& f) {
  return {kernels::Kind::kScaled, 1.0, 0.0, 0.0, {f}, factor};
}

// Of each kind of bound: relative to values that are never negative, and to the length of rows.
Functions composed_functions() {
  using kernels::Kind;
  const kernels::Function narrow = simple(Kind::kRbf, 0.4), wide = simple(Kind::kRbf, 0.1);
  const kernels::Function linear = simple(Kind::kLinear, 1.0), poly = simple(Kind::kPoly, 0.3, -0.2, 2.0);
  return {scaled(2.5, narrow),
          sum({scaled(0.5, narrow), wide}),
          product({narrow, sum({narrow, wide}), scaled(20.0, wide)}),
          sum({scaled(0.5, narrow), linear}),
          product({narrow, poly}),
          product({linear, poly, scaled(0.01, linear)}),
          sum({simple(Kind::kLaplacian, 0.2), scaled(3.0, product({simple(Kind::kChi2, 0.3), linear})),
               simple(Kind::kSigmoid, 0.1)}),
          sum({scaled(0.5, simple(Kind::kLaplacian, 0.3)),
               product({simple(Kind::kLaplacian, 0.2), scaled(2.0, simple(Kind::kLaplacian, 0.1))})}),
          product({simple(Kind::kChi2, 0.2), sum({simple(Kind::kChi2, 0.4), simple(Kind::kChi2, 0.1)})})};
}

testing::Data positive(std::size_t n, std::size_t d, double zeros) {
  testing::Data data(n, d, zeros, n * d);
  for (double& v : data.dense) v = std::abs(v);
  for (double& v : data.value) v = std::abs(v);
  return data;
}

std::vector<RowIndex> every_third(std::size_t n) {
  std::vector<RowIndex> rows;
  for (std::size_t i = 0; i < n; i += 3) rows.push_back(static_cast<RowIndex>(i));
  return rows;
}

void sums(const Design& X, const testing::Data& data, const kernels::Function& f) {
  const Execution run{2, nullptr};
  const auto kernel = kernels::make_kernel(X, f, run);
  const std::vector<RowIndex> some = every_third(data.n);
  const std::size_t m = some.size();
  std::vector<double> coef(m), quick(data.n, 0.0), exact(data.n, 0.0);
  for (std::size_t j = 0; j < m; ++j) coef[j] = 0.1 * static_cast<double>(j % 7) - 0.3;
  std::vector<RowIndex> all(data.n);
  std::iota(all.begin(), all.end(), RowIndex{0});
  const auto targets = kernel->targets(all, run);
  std::vector<double> spread(data.n, 0.0), among(m, 0.0);
  kernel->add(some, coef.data(), *targets, {quick.data(), spread.data()}, run);
  const double common = kernel->common_spread(some, coef.data());
  kernel->add_exactly(some, coef.data(), all, exact.data(), run);
  kernel->add_among(some, coef.data(), among.data(), run);
  for (std::size_t i = 0; i < data.n; ++i) {
    double expected = 0.0;
    for (std::size_t j = 0; j < m; ++j)
      expected += coef[j] * reference(f, data.dense.data() + i * data.d, data.dense.data() + some[j] * data.d, data.d);
    CHECK(testing::near(exact[i], expected, 1e-11));
    CHECK(testing::near(quick[i], expected, 1e-4));
    const double rounding = kernel->rounding(static_cast<RowIndex>(i));
    CHECK(std::isfinite(rounding));
    CHECK(std::abs(quick[i] - exact[i]) <= rounding * (spread[i] + common));
    CHECK(rounding * (spread[i] + common) <= 1e-2);
  }
  for (std::size_t j = 0; j < m; ++j) CHECK(testing::near(among[j], exact[some[j]], 1e-11));
}

void values(const Design& X, const testing::Data& data, const kernels::Function& f) {
  const Execution run{2, nullptr};
  const auto kernel = kernels::make_kernel(X, f, run);
  const std::vector<RowIndex> some = every_third(data.n);
  const std::size_t m = some.size(), ld = m + 5;
  std::vector<float> square(m * ld, -1.0F);
  kernel->square(some, square.data(), ld, run);
  std::vector<double> exact_square(m * ld, -1.0);
  kernel->square(some, exact_square.data(), ld, run);
  std::vector<double> diagonal(m);
  kernel->diagonal(some, diagonal.data(), run);
  for (std::size_t i = 0; i < m; ++i) {
    for (std::size_t j = 0; j < m; ++j)
      CHECK(testing::near(
          static_cast<double>(square[i * ld + j]),
          reference(f, data.dense.data() + some[i] * data.d, data.dense.data() + some[j] * data.d, data.d), 1e-4));
    for (std::size_t j = 0; j < m; ++j)
      CHECK(testing::near(
          exact_square[i * ld + j],
          reference(f, data.dense.data() + some[i] * data.d, data.dense.data() + some[j] * data.d, data.d), 1e-11));
    for (std::size_t j = m; j < ld; ++j) CHECK(square[i * ld + j] == -1.0F && exact_square[i * ld + j] == -1.0);
    const double* x = data.dense.data() + some[i] * data.d;
    CHECK(testing::near(diagonal[i], reference(f, x, x, data.d), 1e-11));
  }
}

// Of rows enough for several blocks and pieces: sums among them, each value computed once.
void among(const Design& X, const kernels::Function& f, std::size_t m) {
  const auto kernel = kernels::make_kernel(X, f, {2, nullptr});
  std::vector<RowIndex> rows(m);
  std::iota(rows.begin(), rows.end(), RowIndex{1});
  std::vector<double> coef(m), once(m, 0.0), twice(m, 0.0), alone(m, 0.0);
  for (std::size_t j = 0; j < m; ++j) coef[j] = 0.1 * (static_cast<double>(j % 7) - 3.0);  // some are 0
  kernel->add_among(rows, coef.data(), once.data(), {2, nullptr});
  kernel->add_among(rows, coef.data(), alone.data(), {1, nullptr});
  kernel->add_exactly(rows, coef.data(), rows, twice.data(), {2, nullptr});
  CHECK(once == alone);
  CHECK(std::all_of(once.begin(), once.end(), [](double v) { return std::isfinite(v); }));
  for (std::size_t j = 0; j < m; ++j) CHECK(testing::near(once[j], twice[j], 1e-11));
}

// The SVC's dual with and without an intercept, and with one sum for each class.
void solves(const Design& X, const testing::Data& data, const kernels::Function& f, std::size_t memory_limit,
            double tol) {
  const std::size_t n = data.n;
  std::vector<double> linear(n), lower(n), upper(n), start(n, 0.0);
  std::vector<std::int64_t> row(n), one(n, 0), two(n);
  for (std::size_t i = 0; i < n; ++i) {
    linear[i] = -data.y[i];
    (data.y[i] > 0.0 ? upper : lower)[i] = 5.0 * data.y[i];
    row[i] = static_cast<std::int64_t>(i);
    two[i] = data.y[i] > 0.0 ? 1 : 0;
  }
  for (const auto* group : {&one, &two, static_cast<std::vector<std::int64_t>*>(nullptr)}) {
    std::vector<quadratic::KernelSolution> found;
    Silent silent;
    const auto programme = [&](const kernels::Kernel& kernel) {
      return quadratic::Programme{{n, linear.data(), lower.data(), upper.data(), row.data(),
                                   group != nullptr ? group->data() : nullptr, group == &two ? 2U : 1U},
                                  kernel};
    };
    for (int n_threads : {1, 3}) {
      const auto kernel = kernels::make_kernel(X, f, {n_threads, nullptr});
      const quadratic::Programme problem = programme(*kernel);
      found.push_back(
          quadratic::solve_kernel(problem, start, Settings{tol, 10000, 60.0, n_threads, 0}, memory_limit, silent));
    }
    CHECK(found[0].gap <= tol * std::abs(found[0].dual));
    CHECK(found[0].status == Status::kOptimal);
    CHECK(found[0].multipliers == found[1].multipliers && found[0].decision == found[1].decision);
    // With f in float64 at every row the gap is the same: float32 was left only where it could not matter.
    const auto kernel = kernels::make_kernel(X, f, {1, nullptr});
    const quadratic::Programme problem = programme(*kernel);
    const std::vector<RowIndex> all(row.begin(), row.end());
    std::vector<double> gradient(n, 0.0);
    kernel->add_exactly(all, found[0].multipliers.data(), all, gradient.data(), {1, nullptr});
    for (std::size_t i = 0; i < n; ++i) gradient[i] += linear[i];
    const double gap = quadratic::gap_of(problem, found[0].multipliers, gradient, found[0].offsets);
    CHECK(std::abs(gap - found[0].gap) <= 1e-12 * std::abs(found[0].dual));
    if (group == &one)
      CHECK(std::abs(std::accumulate(found[0].multipliers.begin(), found[0].multipliers.end(), 0.0)) < 1e-9);
  }
}

void every_function() {
  Functions functions = composed_functions();
  for (int kind = 0; kind < 6; ++kind) functions.push_back(simple(static_cast<kernels::Kind>(kind), 0.4));
  for (const double zeros : {0.0, 0.9})
    for (const kernels::Function& f : functions) {
      const testing::Data data = positive(101, 17, zeros);
      values(data.by_rows(), data, f);
      values(data.sparse(), data, f);
      sums(data.by_rows(), data, f);
      sums(data.sparse(), data, f);
    }
  // Of either sign, which rows of chi2 cannot have.
  for (const kernels::Function& f : {simple(kernels::Kind::kRbf, 0.4), simple(kernels::Kind::kLaplacian, 0.4)}) {
    const testing::Data data(101, 17, 0.8, 3);
    values(data.by_rows(), data, f);
    values(data.sparse(), data, f);
    sums(data.by_rows(), data, f);
    sums(data.sparse(), data, f);
  }
}

}  // namespace

int main() {
  testing::need_instruction_set();
  every_function();
  const kernels::Function rbf{kernels::Kind::kRbf, 0.5, 0.0, 3.0};
  const testing::Data narrow = positive(900, 6, 0.1), wide = positive(700, 60, 0.95);
  solves(narrow.by_rows(), narrow, rbf, 1 << 20, 1e-6);  // too little memory for blocks in float64
  solves(wide.sparse(), wide, rbf, 1 << 20, 1e-6);
  solves(narrow.by_rows(), narrow, rbf, 1 << 26, 1e-11);
  solves(wide.sparse(), wide, rbf, 1 << 26, 1e-11);
  for (const kernels::Function& f : composed_functions()) {
    const double tol = f.of_products() ? 1e-8 : 1e-4;  // the last of them is no inner product
    solves(narrow.by_rows(), narrow, f, 1 << 26, tol);
    solves(wide.sparse(), wide, f, 1 << 24, tol);
  }
  const testing::Data many = positive(4300, 4, 0.9), deep = positive(220, 5000, 0.9), some = positive(520, 6, 0.0);
  solves(deep.by_rows(), deep, kernels::Function{kernels::Kind::kRbf, 0.005, 0.0, 3.0}, std::size_t{1} << 32, 1e-9);
  among(some.by_rows(), rbf, 500);
  const testing::Data far = positive(220, 60, 0.0);  // of rows whose products are above 1
  for (const std::size_t m : {std::size_t{5}, std::size_t{205}}) {
    among(far.by_rows(), kernels::Function{kernels::Kind::kPoly, 1.0, -1.0, 2.5}, m);  // no number where a row is 0
    among(far.sparse(), kernels::Function{kernels::Kind::kPoly, 1.0, -1.0, 2.5}, m);
    among(far.by_rows(), sum({rbf, simple(kernels::Kind::kPoly, 1.0, -1.0, 2.5)}), m);
    among(far.sparse(), product({rbf, simple(kernels::Kind::kPoly, 1.0, -1.0, 2.5)}), m);
  }
  among(deep.by_rows(), rbf, 210);
  among(many.sparse(), kernels::Function{kernels::Kind::kLinear, 1.0, 0.0, 3.0}, 4200);
  const std::vector<double> K{1.0, 0.5, 0.5, 1.0};
  const kernels::MatrixKernel<double> matrix(K.data(), 2, 1, 2);
  std::vector<double> f(2, 0.0);
  const double coef[] = {2.0, -1.0};
  matrix.add({0, 1}, coef, *matrix.targets({0, 1}, {}), {f.data()}, {});
  CHECK(f[0] == 1.5 && f[1] == 0.0);
}
