"""Commissioning: what an installer proves in a home, as a record that survives every break.

Pure: a run of steps, the checks in each, what was measured, and the certificate that is made
of it. Who talks, listens and stores is `edge.app.commissioning`.
"""
