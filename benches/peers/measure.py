"""What a peer took, as `ophef bench pipeline --peer` wants to hear it."""

import json
import resource
import time


class Meter:
    """Measures from the first record on."""

    def __init__(self):
        self.records = 0
        self.began = None

    def step(self):
        """Counts a record."""
        if self.began is None:
            self.began = (time.time(), cpu())
        self.records += 1

    def show(self):
        """Prints the figures."""
        (began, used) = self.began
        ended = time.time()
        took = {
            "records": self.records,
            "dead": 0,
            "began_ms": int(began * 1000),
            "ended_ms": int(ended * 1000),
            "seconds": ended - began,
            "cpu_seconds": cpu() - used,
            "peak_mebibytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        }
        print(json.dumps(took), flush=True)


def cpu():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime
