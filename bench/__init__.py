"""Measure the product against its promises and against the limits of the machine, in one run.

Each measurement prints its own figures beside a physical limit taken in the same run, as a ratio; a figure alone says
more about the machine than about us.
"""
