"""Run by a Python process of its own: build the network of a model.py and run it, without HybridGraph.

usage: python -I stranger.py MODEL WEIGHTS IMAGES OUTPUTS THREADS

WEIGHTS, IMAGES and OUTPUTS are safetensors files. The file stands alone: it imports nothing of this package and
refuses that anything it runs does.
"""

import importlib.abc
import importlib.util
import sys
from importlib.machinery import ModuleSpec

import torch
from safetensors.torch import load_file, save_file


class Refusal(importlib.abc.MetaPathFinder):
    """Makes HybridGraph look as if it were not installed."""

    def find_spec(self, fullname: str, _path: object, _target: object = None) -> ModuleSpec | None:
        """Raise ImportError for our own packages; leave every other to the usual finders."""
        if fullname.partition(".")[0] in {"hybridgraph", "app"}:
            raise ImportError(f"{fullname} is imported, but this source has to stand alone")
        return None


def main(model: str, weights: str, images: str, outputs: str, threads: str) -> None:
    """Build, load every weight by name, and write what comes out for each batch of pictures."""
    sys.meta_path.insert(0, Refusal())
    sys.dont_write_bytecode = True
    torch.set_num_threads(int(threads))  # as many as on the other side, or sums differ in their last bits
    spec = importlib.util.spec_from_file_location("standalone_model", model)
    if spec is None or spec.loader is None:
        raise ImportError(f"{model} is no Python file")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    network = module.build_model()
    network.load_state_dict(load_file(weights), strict=True)
    network.eval()
    with torch.no_grad():
        results = {name: network(batch).contiguous() for name, batch in load_file(images).items()}
    save_file(results, outputs)


if __name__ == "__main__":
    main(*sys.argv[1:])
