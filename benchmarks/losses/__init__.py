"""Losses against the frameworks' own, and fused heads against the plain way.

    make bench-losses     # python -m benchmarks.losses [--quick], with the packages of requirements/frameworks.txt

``functions`` lists the losses with the framework's own call that computes the same numbers; ``heads`` the linear heads;
``measure`` has the clock and the memory; the result is results/losses.md.
"""
