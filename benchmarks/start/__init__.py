"""What everybody waits for: the import, a small fit, reading a file. Fresh processes, against scikit-learn.

Map: `__main__` (rounds and report), `process` (one measurement, in a process of its own).
"""
