"""Times maxmargin against its peers on real data, every answer judged by one float64 gap.

    python -m benchmarks --quick

Map: `problems` (what is solved), `judge` (how good an answer is), `peers` (who solves it, one file each),
`worker` (a process per peer, so that a fit can be stopped), `search` (the best settings of a peer),
`timing` (rounds and medians), `memory`, `report` (numbers per regime), `table`, `plot`.
"""
