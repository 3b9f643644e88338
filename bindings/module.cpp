#include "bindings.hpp"

// MAXMARGIN_MODULE is the name of the instruction set this build is for: _baseline, _avx2, _avx512.
NB_MODULE(MAXMARGIN_MODULE, m) {
  nanobind::set_leak_warnings(false);  // estimators that live until the interpreter ends keep what was made of them
  maxmargin::bind_certificate(m);
  maxmargin::bind_config(m);
  maxmargin::bind_design(m);
  maxmargin::bind_kernels(m);
  maxmargin::bind_kernel_sums(m);
  maxmargin::bind_solvers(m);
  maxmargin::bind_text(m);
}
