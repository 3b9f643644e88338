"""The native core, built once per instruction set; the best one this machine can run is chosen here.

``MAXMARGIN_INSTRUCTION_SET`` (``baseline``, ``avx2`` or ``avx512``) forces another one, for tests.
"""

import importlib
import importlib.util
import os

from maxmargin._native import _baseline

_BUILT = ("baseline", "avx2", "avx512")
_FORCED = "MAXMARGIN_INSTRUCTION_SET"


def available_instruction_sets() -> list[str]:
    """Instruction sets that are built into this package and that this machine can run, best last."""
    supported = _baseline.supported_instruction_sets()
    return [name for name in _BUILT if name in supported and importlib.util.find_spec(f"{__name__}._{name}")]


def _choose() -> str:
    available = available_instruction_sets()
    forced = os.environ.get(_FORCED)
    if forced is None:
        return available[-1]
    if forced not in available:
        raise ImportError(
            f"{_FORCED} is {forced!r}, which this build or machine cannot run; expected one of {available}, "
            "or unset it to let the library choose."
        )
    return forced


_chosen = importlib.import_module(f"{__name__}._{_choose()}")

CsrDesign = _chosen.CsrDesign
column_order = _chosen.column_order
DenseDesign = _chosen.DenseDesign
Design = _chosen.Design
DesignKernel = _chosen.DesignKernel
Kernel = _chosen.Kernel
KeptRows = _chosen.KeptRows
kernel_decision = _chosen.kernel_decision
kernel_footprint = _chosen.kernel_footprint
kernel_matrix = _chosen.kernel_matrix
kernel_narrow_decision = _chosen.kernel_narrow_decision
kernel_norms = _chosen.kernel_norms
KernelResult = _chosen.KernelResult
MatrixKernel = _chosen.MatrixKernel
NativeResult = _chosen.NativeResult
evaluate_point = _chosen.evaluate_point
instruction_set = _chosen.instruction_set
machine_gap = _chosen.machine_gap
machine_offsets = _chosen.machine_offsets
matrix_descent = _chosen.matrix_descent
machine_start = _chosen.machine_start
machine_worth = _chosen.machine_worth
matrix_defects = _chosen.matrix_defects
pool_size = _chosen.pool_size
read_svmlight = _chosen.read_svmlight
solve_coordinate = _chosen.solve_coordinate
solve_kernel = _chosen.solve_kernel
solve_kernels = _chosen.solve_kernels
solve_newton = _chosen.solve_newton
support_sums = _chosen.support_sums
SupportSums = _chosen.SupportSums
SvmlightRows = _chosen.SvmlightRows
vector_width = _chosen.vector_width
