#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <string>
#include <vector>

#include "bindings.hpp"
#include "parallel/thread_pool.hpp"
#include "simd/vector.hpp"

namespace nb = nanobind;

namespace maxmargin {
namespace {

// What the processor (and operating system) can run, best last. Baseline always can.
std::vector<std::string> supported_instruction_sets() {
  std::vector<std::string> sets{"baseline"};
#if defined(__x86_64__) && (defined(__GNUC__) || defined(__clang__))
  __builtin_cpu_init();
  const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi2");
  if (avx2) sets.emplace_back("avx2");
  if (avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
      __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl"))
    sets.emplace_back("avx512");
#endif
  return sets;
}

}  // namespace

void bind_config(nb::module_& m) {
  m.def(
      "instruction_set", [] { return std::string(MAXMARGIN_ISA_NAME); }, "Instruction set this module was built for.");
  m.def("supported_instruction_sets", &supported_instruction_sets, "Instruction sets this machine can run, best last.");
  m.def("vector_width", [] { return simd::kLanes; }, "Doubles per vector register.");
  m.def("pool_size", &pool_size, "Helper threads that exist in this process now.");
}

}  // namespace maxmargin
