"""Runs that wait for one another: a folder of files in the store of runs, and a process that takes one after the other.

Imports no torch. The files are the truth: `entries` reads and changes them, `listing` says how all stand and when they
end, `expectation` guesses how long each takes, `worker` is the process, `starting` starts it.
"""

from hybridgraph.queue.entries import Entry, Outcome, Queue
from hybridgraph.queue.listing import Item, Listing, State, look
from hybridgraph.queue.starting import begin

__all__ = ["Entry", "Item", "Listing", "Outcome", "Queue", "State", "begin", "look"]
