"""The crash matrix of decomposition: kill -9 at every outgoing call, at three moments of it, in five circumstances.

`points` says which there are, `place` where one is played, `play` plays one and says what is wrong afterwards;
`python -m tests.crash.matrix` plays as many as wanted, `test_matrix.py` those that CI has time for.
"""
