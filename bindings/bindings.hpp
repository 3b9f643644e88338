// One function per noun; each registers its part of the extension module. Bindings convert and delegate.
#pragma once

#include <nanobind/nanobind.h>

namespace maxmargin {

void bind_certificate(nanobind::module_& m);
void bind_config(nanobind::module_& m);
void bind_design(nanobind::module_& m);
void bind_kernel_sums(nanobind::module_& m);
void bind_kernels(nanobind::module_& m);
void bind_solvers(nanobind::module_& m);
void bind_text(nanobind::module_& m);

}  // namespace maxmargin
