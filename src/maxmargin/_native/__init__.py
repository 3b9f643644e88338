"""The native core, built once per instruction set; the best one this machine can run is chosen here.

``MAXMARGIN_INSTRUCTION_SET`` (``baseline``, ``avx2`` or ``avx512``) forces another one, for tests.
"""
