#include "quadratic/free_system.hpp"

#include <algorithm>
#include <cmath>

#include "linalg/cholesky.hpp"
#include "linalg/tile.hpp"
#include "parallel/thread_pool.hpp"

namespace maxmargin::quadratic {
namespace {

constexpr int kMostRidges = 4, kMostRepairs = 8;
constexpr double kRounding = 1e-15;   // of a sum
constexpr double kNextRidge = 100.0;  // times the one before
constexpr std::size_t kRowsPerChunk = 64, kColumnsPerChunk = 512;

// Gauss elimination of G equations, the right-hand side last; they are positive definite.
bool eliminate(std::vector<double>& S, std::size_t G) {
  for (std::size_t g = 0; g < G; ++g) {
    const double pivot = S[g * (G + 1) + g];
    if (!(pivot > 0.0)) return false;
    for (std::size_t c = 0; c <= G; ++c) S[g * (G + 1) + c] /= pivot;
    for (std::size_t h = 0; h < G; ++h) {
      const double factor = S[h * (G + 1) + g];
      if (h == g || factor == 0.0) continue;
      for (std::size_t c = 0; c <= G; ++c) S[h * (G + 1) + c] -= factor * S[g * (G + 1) + c];
    }
  }
  return true;
}

}  // namespace

template <class T>
FreeSystem<T>::FreeSystem(const Block<T>& block, const Execution& run)
    : b_(block), run_(run), n_groups_(block.keep_sums ? block.group_start.size() - 1 : 0), group_(block.size, 0) {
  for (std::size_t g = 0; g < n_groups_; ++g)
    std::fill(group_.begin() + static_cast<std::ptrdiff_t>(b_.group_start[g]),
              group_.begin() + static_cast<std::ptrdiff_t>(b_.group_start[g + 1]), g);
}

template <class T>
bool FreeSystem<T>::factor(const std::vector<std::size_t>& free, double ridge) {
  const std::size_t m = free.size(), ld = linalg::padded(m);
  double largest = 1e-300;
  for (std::size_t k : free) largest = std::max(largest, static_cast<double>(b_.K[k * b_.ld + k]));
  added_ = ridge * largest;
  for (int attempt = 0; attempt < kMostRidges; ++attempt, added_ *= kNextRidge) {
    if (ld * ld > factor_.capacity()) LargeVector<double>().swap(factor_);  // not beside what it replaces
    factor_.resize(ld * ld);
    parallel_for((m + kRowsPerChunk - 1) / kRowsPerChunk, run_.n_threads, [&](std::size_t c) {
      for (std::size_t p = c * kRowsPerChunk; p < std::min(m, (c + 1) * kRowsPerChunk); ++p) {
        const T* row = b_.K.data() + free[p] * b_.ld;
        for (std::size_t q = 0; q <= p; ++q) factor_[p * ld + q] = static_cast<double>(row[free[q]]);
        factor_[p * ld + p] += added_;
      }
    });
    ++n_factors_;
    if (linalg::factor_cholesky(factor_.data(), m, scratch_, run_) == m) return true;
  }
  return false;
}

// d -= sum_g b_g (K + ridge)^-1 1_g, with the b that make the sums of d what they should be.
template <class T>
bool FreeSystem<T>::solve(const std::vector<std::size_t>& free, const std::vector<double>& sums,
                          std::vector<double>& d) {
  const std::size_t m = free.size(), G = n_groups_;
  linalg::solve_cholesky(factor_.data(), m, d.data());
  std::vector<std::vector<double>> z(G, std::vector<double>(m, 0.0));
  std::vector<double> S(G * (G + 1), 0.0);
  present_.assign(G, false);
  for (std::size_t p = 0; p < m && G > 0; ++p) {
    z[group_[free[p]]][p] = 1.0;
    present_[group_[free[p]]] = true;
  }
  for (std::size_t h = 0; h < G; ++h) {
    if (present_[h]) linalg::solve_cholesky(factor_.data(), m, z[h].data());
    for (std::size_t p = 0; p < m; ++p) S[group_[free[p]] * (G + 1) + h] += z[h][p];
  }
  for (std::size_t p = 0; p < m && G > 0; ++p) S[group_[free[p]] * (G + 1) + G] += d[p];
  for (std::size_t g = 0; g < G; ++g) {
    if (present_[g])
      S[g * (G + 1) + G] -= sums[g];
    else if (sums[g] == 0.0)
      S[g * (G + 1) + g] = 1.0;
    else
      return false;
  }
  if (!eliminate(S, G)) return false;
  offset_.assign(G, 0.0);
  for (std::size_t g = 0; g < G; ++g) {
    offset_[g] = S[g * (G + 1) + G];
    for (std::size_t p = 0; p < m; ++p) d[p] -= offset_[g] * z[g][p];
  }
  return std::all_of(d.begin(), d.end(), [](double v) { return std::isfinite(v); });
}

template <class T>
bool restore_sums(const Block<T>& block, const FreeSystem<T>& system, const std::vector<std::size_t>& variables,
                  std::vector<double>& next) {
  const auto movable = [&](std::size_t p) {
    return next[p] > block.lower[variables[p]] && next[p] < block.upper[variables[p]];
  };
  std::vector<double> excess, size, room;
  for (int k = 0; k < kMostRepairs; ++k) {
    for (auto* sums : {&excess, &size, &room}) sums->assign(system.n_groups(), 0.0);
    for (std::size_t p = 0; p < variables.size() && !excess.empty(); ++p) {
      const std::size_t g = system.group(variables[p]);
      excess[g] += next[p] - block.a[variables[p]];
      size[g] += std::abs(next[p]);
      room[g] += movable(p) ? 1.0 : 0.0;
    }
    bool kept = true;
    for (std::size_t g = 0; g < excess.size(); ++g) {
      if (std::abs(excess[g]) <= kRounding * size[g]) {
        excess[g] = 0.0;
        continue;
      }
      if (room[g] == 0.0) return false;
      kept = false;
    }
    if (kept) return true;
    for (std::size_t p = 0; p < variables.size(); ++p) {
      const std::size_t g = system.group(variables[p]);
      if (excess[g] != 0.0 && movable(p)) next[p] = block.within(variables[p], next[p] - excess[g] / room[g]);
    }
  }
  return false;
}

template <class T>
void change_of(const Block<T>& block, const std::vector<std::size_t>& variables, const std::vector<double>& step,
               std::vector<double>& change, const Execution& run) {
  change.assign(block.ld, 0.0);
  const std::size_t chunks = (block.size + kColumnsPerChunk - 1) / kColumnsPerChunk;
  parallel_for(chunks, run.n_threads, [&](std::size_t c) {
    const std::size_t first = c * kColumnsPerChunk, last = std::min(block.size, first + kColumnsPerChunk);
    for (std::size_t p = 0; p < variables.size(); ++p) {
      if (step[p] == 0.0) continue;
      const T* row = block.K.data() + variables[p] * block.ld;
      for (std::size_t j = first; j < last; ++j) change[j] += step[p] * static_cast<double>(row[j]);
    }
  });
}

template class FreeSystem<float>;
template class FreeSystem<double>;
template bool restore_sums<float>(const Block<float>&, const FreeSystem<float>&, const std::vector<std::size_t>&,
                                  std::vector<double>&);
template bool restore_sums<double>(const Block<double>&, const FreeSystem<double>&, const std::vector<std::size_t>&,
                                   std::vector<double>&);
template void change_of<float>(const Block<float>&, const std::vector<std::size_t>&, const std::vector<double>&,
                               std::vector<double>&, const Execution&);
template void change_of<double>(const Block<double>&, const std::vector<std::size_t>&, const std::vector<double>&,
                                std::vector<double>&, const Execution&);

}  // namespace maxmargin::quadratic
