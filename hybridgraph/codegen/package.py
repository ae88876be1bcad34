"""The files around a standalone source that make it an installable package: project, readme, loader and its own test."""

from __future__ import annotations

import keyword
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hybridgraph.codegen.text import tensor
from hybridgraph.plan import Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Pictures:
    """What a package says of the pictures its network takes; empty tuples and texts where nobody said."""

    mean: tuple[float, ...] = ()
    std: tuple[float, ...] = ()
    classes: tuple[str, ...] = ()
    resize: str = ""


def package_name(title: str) -> str:
    """A name under which Python imports the package: `tiny_moat` of tiny-moat."""
    plain = re.sub(r"\W+", "_", title.lower(), flags=re.ASCII).strip("_")
    if (
        not plain
        or not plain[0].isalpha()
        or keyword.iskeyword(plain)
        or plain in ("torch", "safetensors", "test_model")
    ):
        plain = f"network_{plain}".rstrip("_")
    return plain


def package_files(
    plan: Plan, name: str, pictures: Pictures, pins: Mapping[str, str], origin: str
) -> dict[str, str]:
    """The texts of a package beside model.py, by their paths within its folder."""
    return {
        "pyproject.toml": _project(plan, name, pins),
        "README.md": _readme(plan, name, pictures, pins, origin),
        f"{name}/__init__.py": _loader(plan, pictures),
        "test_model.py": _test(name),
    }


def _project(plan: Plan, name: str, pins: Mapping[str, str]) -> str:
    needed = ", ".join(f'"{library}=={version}"' for library, version in pins.items())
    return f"""[build-system]
requires = ["setuptools>=77"]
build-backend = "setuptools.build_meta"

[project]
name = "{name.replace("_", "-")}"
version = "1.0.0"
description = "A network for pictures: {tensor(plan.input)} -> {tensor(plan.output)}."
readme = "README.md"
requires-python = ">=3.11"
dependencies = [{needed}]

[tool.setuptools]
packages = ["{name}"]

[tool.setuptools.package-data]
{name} = ["*.safetensors"]
"""


def _readme(plan: Plan, name: str, pictures: Pictures, pins: Mapping[str, str], origin: str) -> str:
    told = [
        f"- Input: {tensor(plan.input)}, float32, channels first, any batch size.",
        f"- Output: {tensor(plan.output)}.",
        f"- Weights: {origin or 'fresh ones, not trained'}.",
    ]
    if pictures.resize:
        told.append(f"- Size: {pictures.resize}.")
    if pictures.mean:
        told.append(
            f"- Pictures: scaled to 0..1, then (picture - mean) / std with mean {_numbers(pictures.mean)} and std "
            f"{_numbers(pictures.std)} for each channel. `prepare` does it."
        )
    else:
        told.append(
            "- Pictures: nobody said how they were normalised; the weights were not trained by HybridGraph."
        )
    if pictures.classes:
        shown = ", ".join(pictures.classes[:20])
        more = len(pictures.classes) - 20
        told.append(
            f"- Classes, in the order of the output: {shown}{f' and {more} more' if more > 0 else ''}."
        )
    lines = "\n".join(told)
    libraries = ", ".join(f"{library} {version}" for library, version in pins.items())
    return f"""# {plan.name or name}

A network drawn and exported with HybridGraph. It needs {libraries} and nothing else.

{lines}

```python
from {name} import load_model, prepare

model = load_model()
scores = model(prepare(pictures))  # pictures: {tensor(plan.input)} uint8
```

`model.py` holds the network, `weights.safetensors` its weights. `python test_model.py` loads both and compares the outputs with
those that the design gave, kept in `reference.safetensors`.
"""


def _loader(plan: Plan, pictures: Pictures) -> str:
    return f'''"""{(plan.name or "A network").replace('"', "'")}: {tensor(plan.input)} -> {tensor(plan.output)}."""

from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from .model import build_model

SIZE = ({plan.input.height}, {plan.input.width})
MEAN = {pictures.mean!r}
STD = {pictures.std!r}
CLASSES = {pictures.classes!r}


def load_model() -> nn.Module:
    """The network with its weights, in evaluation mode."""
    model = build_model()
    model.load_state_dict(load_file(Path(__file__).parent / "weights.safetensors"), strict=True)
    return model.eval()


def prepare(pictures: Tensor) -> Tensor:
    """Pictures {tensor(plan.input)} uint8 as the network takes them: scaled to 0..1 and normalised."""
    images = pictures.float() / 255
    if not MEAN:
        return images
    return (images - torch.tensor(MEAN)[:, None, None]) / torch.tensor(STD)[:, None, None]
'''


def _test(name: str) -> str:
    return f'''"""The network gives what the design gave. Run with `python test_model.py` or pytest."""

import unittest
from pathlib import Path

import torch
from safetensors.torch import load_file

from {name} import load_model

TOLERANCE = 1e-5  # of the range of the outputs: other processors add in another order


class TestModel(unittest.TestCase):
    def test_outputs_are_those_of_the_design(self) -> None:
        kept = load_file(Path(__file__).parent / "reference.safetensors")
        model = load_model()
        for key in [key for key in kept if key.startswith("images")]:
            expected = kept[key.replace("images", "outputs")]
            with torch.no_grad():
                given = model(kept[key])
            self.assertEqual(given.shape, expected.shape)
            span = float(expected.max() - expected.min()) or 1.0
            self.assertLessEqual(float((given - expected).abs().max()), TOLERANCE * span)


if __name__ == "__main__":
    unittest.main()
'''


def _numbers(values: Sequence[float]) -> str:
    return ", ".join(f"{value:.4g}" for value in values)
