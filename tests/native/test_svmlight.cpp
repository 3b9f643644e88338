#include <string>
#include <vector>

#include "check.hpp"
#include "solvers/random.hpp"
#include "text/svmlight.hpp"

using namespace maxmargin;
using text::SvmlightText;

namespace {

SvmlightText read(const std::string& s, int n_threads = 1) {
  return SvmlightText(s.data(), s.size(), false, Execution{n_threads, nullptr});
}

void good_text() {
  const SvmlightText t = read("+1 1:0.5 3:-2e-3 # note\n\n-1 qid:4 2:7\r\n0");
  CHECK(!t.error() && t.n_rows() == 3 && t.n_values() == 3);
  CHECK(t.smallest_index() == 1 && t.largest_index() == 3);
  std::vector<double> data(3);
  std::vector<std::int32_t> indices(3), indptr(4);
  t.copy_rows(data.data(), indices.data(), indptr.data(), 1, Execution{});
  CHECK(data == (std::vector<double>{0.5, -2e-3, 7.0}));
  CHECK(indices == (std::vector<std::int32_t>{0, 2, 1}));
  CHECK(indptr == (std::vector<std::int32_t>{0, 2, 3, 3}));
}

void many_chunks() {
  std::string s;
  for (int i = 0; i < 60000; ++i) s += "1 1:1.25 7:3 900:0.125\n";
  const SvmlightText t = read(s, 4);
  CHECK(!t.error() && t.n_rows() == 60000 && t.n_values() == 180000);
  const SvmlightText bad = read(s + "1 1:one\n", 4);
  CHECK(bad.error() && bad.error()->line == 60001 && bad.error()->column == 5);
}

// Random bytes from the alphabet of the format never do more than end in an error.
void random_text() {
  const std::string alphabet = "0123456789:.-+eqid#, \t\r\n\0x";
  Random random(3, 3);
  for (int round = 0; round < 20000; ++round) {
    std::string s;
    for (std::uint64_t k = random.below(60); k > 0; --k) s += alphabet[random.below(alphabet.size())];
    const SvmlightText t = read(s);
    CHECK(t.error() || t.n_rows() <= s.size());
  }
}

}  // namespace

int main() {
  good_text();
  many_chunks();
  random_text();
}
