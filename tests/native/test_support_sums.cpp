#include <memory>
#include <vector>

#include "check.hpp"
#include "kernels/design_kernel.hpp"
#include "kernels/support_sums.hpp"
#include "problems.hpp"

using namespace maxmargin;

namespace {

using kernels::Function;
using kernels::Kind;

std::vector<double> coefficients(std::size_t count) {
  Random random(7, 0);
  std::vector<double> coef(count);
  for (double& a : coef) a = testing::uniform(random);
  return coef;
}

// What is kept says what sums that begin anew say, to the same bits, of all rows and of one alone.
void says_the_same(const Design& S, const Design& X, const Function& f) {
  const std::size_t m = S.n_rows(), n = X.n_rows(), n_outputs = 2;
  const std::vector<Range> blocks{{0, m / 3}, {m / 3, m / 3}, {m / 3, m}};
  const std::vector<double> coef = coefficients(n_outputs * m);
  const auto kept = kernels::support_sums(S, blocks, f, coef.data(), n_outputs, {2, nullptr});
  CHECK(kept != nullptr);
  CHECK(kept->n_sums() == blocks.size() * n_outputs && kept->n_features() == S.n_features());
  std::vector<double> anew(blocks.size() * n_outputs * n), found(anew.size(), 0.0);
  kernels::decision(X, S, blocks, f, coef.data(), n_outputs, anew.data(), {1, nullptr});
  kept->at(X, found.data(), {2, nullptr});
  CHECK(found == anew);
}

}  // namespace

int main() {
  testing::need_instruction_set();
  const Function rbf{Kind::kRbf, 0.5, 0.0, 3.0}, linear{Kind::kLinear, 1.0, 0.0, 3.0},
      laplacian{Kind::kLaplacian, 0.3, 0.0, 3.0};
  for (const Function& f : {rbf, linear, laplacian, Function{Kind::kSum, 1.0, 0.0, 0.0, {rbf, linear}}})
    for (const double zeros : {0.0, 0.6, 0.95}) {
      const testing::Data support(170, 70, zeros, 1), rows(90, 70, zeros, 2), one(2, 70, zeros, 3);
      says_the_same(support.by_rows(), rows.by_rows(), f);
      says_the_same(support.by_rows(), one.by_rows(), f);
      says_the_same(support.sparse(), rows.sparse(), f);
      says_the_same(support.sparse(), one.sparse(), f);
    }
  const testing::Data words(150, 3000, 0.99, 4), text(40, 3000, 0.99, 5);  // by postings
  says_the_same(words.sparse(), text.sparse(), rbf);
  const testing::Data many(1200, 500, 0.0, 6);
  const std::vector<double> coef = coefficients(many.n);
  const std::vector<Range> all{{0, many.n}};
  CHECK(kernels::support_sums(many.by_rows(), all, rbf, coef.data(), 1, {1, nullptr}) == nullptr);
  CHECK(kernels::support_sums(many.sparse(), all, rbf, coef.data(), 1, {1, nullptr}) == nullptr);
}
