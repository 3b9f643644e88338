// Kernels and the solver of kernel machines. Designs and matrices are borrowed; every computation releases the GIL.
#include <nanobind/ndarray.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/unique_ptr.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <memory>
#include <numeric>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "bindings.hpp"
#include "kernel_function.hpp"
#include "kernels/design_kernel.hpp"
#include "kernels/matrix_defects.hpp"
#include "kernels/matrix_kernel.hpp"
#include "linalg/descent.hpp"
#include "monitor.hpp"
#include "numpy.hpp"
#include "quadratic/room.hpp"
#include "quadratic/solve.hpp"

namespace nb = nanobind;

namespace maxmargin {
namespace {

using kernels::Function;
using kernels::Kernel;

std::unique_ptr<Kernel> design_kernel(const Design& X, const nb::tuple& function, int n_threads) {
  const Function f = function_of(function);
  const nb::gil_scoped_release release;
  Signals signals;
  return kernels::make_kernel(X, f, Execution{n_threads, &signals});
}

nb::tuple footprint(const Design& X, const nb::tuple& function) {
  const Function f = function_of(function);
  kernels::Footprint print;
  {
    const nb::gil_scoped_release release;
    print = kernels::footprint(X, f);
  }
  return nb::make_tuple(print.held, quadratic::least_room(print), print.values_per_row, print.products_per_value);
}

using Matrix = nb::ndarray<nb::ro, nb::device::cpu>;

// use(values) of a square matrix, whatever its type.
template <class Use>
auto with_values(const Matrix& K, const Use& use) {
  if (K.ndim() != 2 || K.shape(0) != K.shape(1)) throw std::invalid_argument("K must be square");
  check_rows(K.shape(0));
  if (K.dtype() == nb::dtype<double>()) return use(static_cast<const double*>(K.data()));
  if (K.dtype() == nb::dtype<float>()) return use(static_cast<const float*>(K.data()));
  throw std::invalid_argument("K must be float32 or float64");
}

std::unique_ptr<Kernel> matrix_kernel(const Matrix& K) {
  return with_values(K, [&]<class T>(const T* values) -> std::unique_ptr<Kernel> {
    return std::make_unique<kernels::MatrixKernel<T>>(values, K.shape(0), K.stride(0), K.stride(1));
  });
}

nb::tuple matrix_defects(const Matrix& K, double floor, double slack, int n_threads) {
  const kernels::MatrixDefects found = with_values(K, [&]<class T>(const T* values) {
    const nb::gil_scoped_release release;
    Signals signals;
    return kernels::defects_of_matrix(values, K.shape(0), K.stride(0), K.stride(1), floor, slack,
                                      Execution{n_threads, &signals});
  });
  const auto shown = [](const kernels::Worst& worst) { return nb::make_tuple(worst.value, worst.row, worst.column); };
  return nb::make_tuple(shown(found.crooked), shown(found.apart), shown(found.aligned));
}

nb::object matrix_descent(const Matrix& K, double slack, double least_size, int n_threads) {
  auto found = with_values(K, [&]<class T>(const T* values) {
    const nb::gil_scoped_release release;
    Signals signals;
    return linalg::find_descent(values, K.shape(0), K.stride(0), K.stride(1), slack, least_size,
                                Execution{n_threads, &signals});
  });
  if (!found) return nb::none();
  return nb::make_tuple(found->value, to_numpy(std::move(found->direction)));
}

// In place, so that Python owns what threads share.
void make_kept_rows(quadratic::KeptRows* self, const Kernel& kernel, IndexVector segment, double n_bytes,
                    int n_threads) {
  check_length(segment, kernel.n_rows(), "segment");
  for (std::size_t i = 0; i < segment.shape(0); ++i)
    if (segment.data()[i] >= static_cast<std::int64_t>(kernel.n_rows()))
      throw std::out_of_range("segment must be less than the number of rows");
  const nb::gil_scoped_release release;
  Signals signals;
  new (self) quadratic::KeptRows(kernel, segment.data(), n_bytes, Execution{n_threads, &signals});
}

struct KernelResult {
  quadratic::KernelSolution solution;
  nb::object multipliers, decision, offsets, history;
};

void check_variables(const Kernel& kernel, const IndexVector& row, const std::optional<IndexVector>& group,
                     std::size_t& n_groups) {
  for (std::size_t v = 0; v < row.shape(0); ++v)
    if (row.data()[v] < 0 || static_cast<std::size_t>(row.data()[v]) >= kernel.n_rows())
      throw std::out_of_range("row is outside the kernel");
  n_groups = 0;
  if (!group) return;
  if (group->shape(0) != row.shape(0)) throw std::invalid_argument("group must have one entry for each variable");
  for (std::size_t v = 0; v < row.shape(0); ++v) {
    if (group->data()[v] < 0) throw std::out_of_range("group must not be negative");
    n_groups = std::max(n_groups, static_cast<std::size_t>(group->data()[v]) + 1);
  }
}

KernelResult as_result(quadratic::KernelSolution&& solution) {
  KernelResult result;
  result.solution = std::move(solution);
  result.multipliers = nb::cast(to_numpy(std::move(result.solution.multipliers)));
  result.decision = nb::cast(to_numpy(std::move(result.solution.decision)));
  result.offsets = nb::cast(to_numpy(std::move(result.solution.offsets)));
  result.history = history_array(result.solution.history);
  return result;
}

// What many solutions have, one after the other in one array of each kind: Python cuts them, which is sooner done than
// to make an array of each.
nb::tuple as_results(std::vector<std::optional<quadratic::KernelSolution>>&& solutions) {
  nb::list results;
  std::vector<double> multipliers, decision, offsets;
  std::vector<Record> history;
  for (auto& solution : solutions) {
    if (!solution) {
      results.append(nb::none());
      continue;
    }
    multipliers.insert(multipliers.end(), solution->multipliers.begin(), solution->multipliers.end());
    decision.insert(decision.end(), solution->decision.begin(), solution->decision.end());
    offsets.insert(offsets.end(), solution->offsets.begin(), solution->offsets.end());
    history.insert(history.end(), solution->history.begin(), solution->history.end());
    results.append(nb::make_tuple(nb::str(std::string(name(solution->status)).c_str()), solution->n_iter,
                                  solution->kernel_evaluations, solution->dual, solution->gap,
                                  solution->multipliers.size(), solution->offsets.size(), solution->history.size()));
    solution.reset();
  }
  return nb::make_tuple(results, to_numpy(std::move(multipliers)), to_numpy(std::move(decision)),
                        to_numpy(std::move(offsets)), history_array(history));
}

// A programme with where to start and when to stop, whose arrays Python holds.
struct Task {
  DoubleVector linear, lower, upper;
  IndexVector row;
  std::optional<IndexVector> group;
  DoubleVector start;
  Settings settings;
  std::uint64_t memory_limit;
  std::size_t n_groups = 0;

  std::size_t size() const { return linear.shape(0); }

  void check(const Kernel& kernel) {
    check_length(lower, size(), "lower");
    check_length(upper, size(), "upper");
    check_length(start, size(), "start");
    if (row.shape(0) != size()) throw std::invalid_argument("row must have one entry for each variable");
    check_variables(kernel, row, group, n_groups);
  }

  quadratic::KernelSolution solve(const Kernel& kernel, Monitor& monitor, quadratic::KeptRows* kept) const {
    const quadratic::Programme problem{
        {size(), linear.data(), lower.data(), upper.data(), row.data(), group ? group->data() : nullptr, n_groups},
        kernel};
    return quadratic::solve_kernel(problem, {start.data(), start.data() + size()}, settings, memory_limit, monitor,
                                   kept);
  }
};

void check_kept(const Kernel& kernel, const quadratic::KeptRows* kept) {
  if (kept != nullptr && &kept->kernel() != &kernel) throw std::invalid_argument("kept rows are of another kernel");
}

KernelResult solve(const Kernel& kernel, DoubleVector linear, DoubleVector lower, DoubleVector upper, IndexVector row,
                   std::optional<IndexVector> group, DoubleVector start, double tol, std::int64_t max_iter,
                   double max_time, int n_threads, std::uint64_t memory_limit, bool last_digits, nb::object monitor,
                   quadratic::KeptRows* kept) {
  Task task{linear, lower, upper, row, group, start, Settings{tol, max_iter, max_time, n_threads, 0}, memory_limit};
  task.settings.last_digits = last_digits;
  task.check(kernel);
  check_kept(kernel, kept);
  PythonMonitor ear(std::move(monitor), max_time);
  quadratic::KernelSolution solution;
  {
    const nb::gil_scoped_release release;
    solution = task.solve(kernel, ear, kept);
  }
  ear.rethrow();
  return as_result(std::move(solution));
}

// (linear, lower, upper, row, group, start, tol, max_iter, memory_limit, last_digits)
Task task_of(const nb::tuple& given) {
  Task task{nb::cast<DoubleVector>(given[0]),
            nb::cast<DoubleVector>(given[1]),
            nb::cast<DoubleVector>(given[2]),
            nb::cast<IndexVector>(given[3]),
            given[4].is_none() ? std::nullopt : std::optional(nb::cast<IndexVector>(given[4])),
            nb::cast<DoubleVector>(given[5]),
            Settings{nb::cast<double>(given[6]), nb::cast<std::int64_t>(given[7])},
            nb::cast<std::uint64_t>(given[8])};
  task.settings.last_digits = nb::cast<bool>(given[9]);
  return task;
}

// Seconds that are left for `n_left` problems, of which the next one has a fair share.
class SharedTime {
 public:
  SharedTime(double seconds, std::size_t n_left, int n_threads)
      : seconds_(seconds), n_left_(static_cast<double>(n_left)), side_by_side_(n_threads) {}
  double next() {
    const double left = n_left_ - static_cast<double>(begun_.fetch_add(1));
    const double rounds = std::ceil(std::max(left, 1.0) / std::min(side_by_side_, n_left_));
    return std::max((seconds_ - watch_.seconds()) / rounds, 1e-9);
  }

 private:
  double seconds_, n_left_, side_by_side_;
  std::atomic<std::size_t> begun_{0};
  Stopwatch watch_;
};

// One thread each, the largest first: none is left to itself at the end. None of those that Ctrl-C came before.
nb::tuple solve_many(const Kernel& kernel, const nb::list& programmes, double seconds, std::size_t n_left,
                     int n_threads, quadratic::KeptRows* kept) {
  SharedTime time(seconds, std::max<std::size_t>(n_left, programmes.size()), n_threads);
  std::vector<Task> tasks;
  for (nb::handle given : programmes) {
    tasks.push_back(task_of(nb::cast<nb::tuple>(given)));
    tasks.back().check(kernel);
  }
  check_kept(kernel, kept);
  std::vector<std::size_t> order(tasks.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t i, std::size_t j) { return tasks[i].size() > tasks[j].size(); });
  std::vector<std::optional<quadratic::KernelSolution>> solutions(tasks.size());
  SharedEar ear;
  {
    const nb::gil_scoped_release release;
    SharedMonitor caller(ear);
    try {
      parallel_for(
          order.size(), n_threads,
          [&](std::size_t k) {
            Task& task = tasks[order[k]];
            task.settings.max_time = time.next();
            SharedMonitor monitor(ear, task.settings.max_time);
            solutions[order[k]] = task.solve(kernel, monitor, kept);
          },
          &caller);
    } catch (const Interrupted&) {  // what has been reached is there
    }
  }
  ear.rethrow();
  return as_results(std::move(solutions));
}

void bind_kept_rows(nb::module_& m) {
  nb::class_<quadratic::KeptRows>(m, "KeptRows",
                                  "Rows of kernel values kept for all problems of one kernel, on any thread.")
      .def("__init__", &make_kept_rows, nb::arg("kernel"), nb::arg("segment"), nb::arg("n_bytes"),
           nb::arg("n_threads") = 1, nb::keep_alive<1, 2>())
      .def_prop_ro("in_use", &quadratic::KeptRows::in_use)
      .def_prop_ro("nbytes", &quadratic::KeptRows::most_bytes)
      .def_prop_ro("computed", &quadratic::KeptRows::computed);
}

void bind_matrices(nb::module_& m) {
  m.def("MatrixKernel", &matrix_kernel, nb::arg("K"), nb::keep_alive<0, 1>(), "Precomputed square kernel matrix.");
  m.def(
      "matrix_defects", &matrix_defects, nb::arg("K"), nb::arg("floor"), nb::arg("slack"), nb::arg("n_threads") = 1,
      "With the pair of rows that has it the largest |K_ij - K_ji|, 2 K_ij - K_ii - K_jj and "
      "|K_ij| - sqrt((K_ii + slack) (K_jj + slack)), each over the largest of |K_ij|, sqrt|K_ii K_jj| and the floor.");
  m.def("matrix_descent", &matrix_descent, nb::arg("K"), nb::arg("slack"), nb::arg("least_size") = 0.0,
        nb::arg("n_threads") = 1,
        "Some v'Kv below zero with |v| = 1, and the first entries of v, beyond which it is zero; None where no "
        "eigenvalue is below -slack times the larger of the norm of K and the least size.");
}

}  // namespace

void bind_kernels(nb::module_& m) {
  nb::class_<Kernel>(m, "Kernel", "Kernel values between the rows of one data set.")
      .def_prop_ro("n_rows", &Kernel::n_rows)
      .def_prop_ro("nbytes", &Kernel::nbytes);
  m.def("DesignKernel", &design_kernel, nb::arg("design"), nb::arg("function"), nb::arg("n_threads") = 1,
        nb::keep_alive<0, 1>(), "Kernel function of the rows of a design.");
  m.def("kernel_footprint", &footprint, nb::arg("design"), nb::arg("function"),
        "Before a DesignKernel is made: bytes that it will hold, the least that a solver takes, the numbers that an "
        "inner product reads, and the products that a value costs.");
  bind_matrices(m);
  bind_kept_rows(m);
  nb::class_<KernelResult>(m, "KernelResult", "What the solver of kernel machines returns.")
      .def_prop_ro("status", [](const KernelResult& r) { return std::string(name(r.solution.status)); })
      .def_ro("multipliers", &KernelResult::multipliers)
      .def_ro("decision", &KernelResult::decision)
      .def_ro("offsets", &KernelResult::offsets)
      .def_prop_ro("primal", [](const KernelResult& r) { return r.solution.primal; })
      .def_prop_ro("dual", [](const KernelResult& r) { return r.solution.dual; })
      .def_prop_ro("gap", [](const KernelResult& r) { return r.solution.gap; })
      .def_prop_ro("n_iter", [](const KernelResult& r) { return r.solution.n_iter; })
      .def_prop_ro("kernel_evaluations", [](const KernelResult& r) { return r.solution.kernel_evaluations; })
      .def_ro("history", &KernelResult::history);
  m.def("solve_kernel", &solve, nb::arg("kernel"), nb::arg("linear"), nb::arg("lower"), nb::arg("upper"),
        nb::arg("row"), nb::arg("group").none(), nb::kw_only(), nb::arg("start"), nb::arg("tol"), nb::arg("max_iter"),
        nb::arg("max_time"), nb::arg("n_threads") = 1, nb::arg("memory_limit") = std::uint64_t{1} << 30,
        nb::arg("last_digits") = false, nb::arg("monitor") = nb::none(), nb::arg("kept").none() = nb::none(),
        "Block decomposition for the dual of kernel machines.");
  m.def(
      "solve_kernels", &solve_many, nb::arg("kernel"), nb::arg("programmes"), nb::kw_only(), nb::arg("seconds"),
      nb::arg("n_left") = 0, nb::arg("n_threads") = 1, nb::arg("kept").none() = nb::none(),
      "The same for many programmes, (linear, lower, upper, row, group, start, tol, max_iter, memory_limit, "
      "last_digits) each, with one thread each and a fair share of the seconds that are left for `n_left` of them. Of "
      "each (status, n_iter, kernel evaluations, dual, gap) and how many multipliers, offsets and records it has, or "
      "None for those that Ctrl-C came before; then all multipliers, f at their rows, offsets and records, one "
      "programme's after the other.");
}

}  // namespace maxmargin
