"""How torch's threads wait for one another; to be settled before torch is imported.

OpenMP threads wait by spinning. When another program (the window, say) takes a core, they spin for a thread
that does not run: a small training beside one busy process on two cores was measured at 680 pictures/s, and
at 4,080 with a short spin.
"""

import os
import sys


def share_cores() -> bool:
    """Make OpenMP's threads sleep early. Answers False when torch is already loaded, which is too late.

    Settings that are already in the environment are respected.
    """
    os.environ.setdefault("GOMP_SPINCOUNT", "1000")  # GNU's, in torch for Linux
    os.environ.setdefault("KMP_BLOCKTIME", "1")  # LLVM's and Intel's, milliseconds: macOS and Windows
    return "torch" not in sys.modules
