"""The benchmark of kernel machines: ``python -m benchmarks.kernel``. Binary problems, an rbf kernel, one judge."""
