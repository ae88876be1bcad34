"""Block files as text: what is refused, in one sentence with the line, before anybody could agree; nothing is run."""

from pathlib import Path

import pytest

from hybridgraph.custom import agreements
from hybridgraph.custom.folder import find, folder, listed
from hybridgraph.custom.template import template
from hybridgraph.errors import DocumentError
from tests.custom.conftest import Write
from tests.strategies import is_sentence

GOOD = template("my_block")

BROKEN = {
    "syntax": (
        GOOD.replace("class MyBlock(nn.Module):", "class MyBlock(nn.Module)"),
        "no valid Python in line 30",
    ),
    "null": (GOOD + "\0", "no valid Python"),
    "nothing": ("import torch\n", "declares no block"),
    "os": ("import os\n" + GOOD, "line 1: os cannot be imported"),
    "numpy inside": (
        GOOD.replace("        super().__init__()", "        import numpy"),
        "numpy cannot be imported",
    ),
    "relative": ("from . import other\n" + GOOD, "cannot be imported"),
    "engine": ("from hybridgraph.engine import Engine\n" + GOOD, "hybridgraph.engine cannot be imported"),
    "star": ("from torch.nn import *\n" + GOOD, "import of everything"),
    "renamed": (GOOD.replace("import check_kernel,", "import check_kernel as ck,"), "under its own name"),
    "statement": (GOOD + "\nprint('hello')\n", "only imports, classes, functions and constants"),
    "loop": (GOOD + "\nwhile True:\n    pass\n", "only imports, classes, functions and constants"),
    "taken name": (GOOD + "\nnn = 3\n", "the name nn is taken"),
    "limit outside": (GOOD + "\nLIMIT = Int(1, 2)\n", "Int belongs inside @block"),
    "variable id": (GOOD.replace('"my_block",  #', "NAME,  #"), "begins with the block's id"),
    "odd id": (GOOD.replace('"my_block",  #', '"My Block",  #'), "is no id for a block"),
    "ours": (GOOD.replace('"my_block",  #', '"se",  #'), "one of HybridGraph's own"),
    "twice": (
        GOOD + GOOD.partition("\n\n\n")[2].replace("MyBlock", "Other"),
        "declares two blocks 'my_block'",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_file_says_what_is_wrong_and_nobody_can_agree_to_it(own: Write, name: str, capsys) -> None:
    from hybridgraph.cli import run

    text, expected = BROKEN[name]
    file = own("my_block", text, agree=False)
    assert file.state == "broken"
    assert expected in file.fault, file.fault
    assert is_sentence(file.fault), file.fault
    assert run(["blocks", "agree", "my_block", "--yes"]) == 1
    assert file.fault in capsys.readouterr().err


def test_bytes_that_are_no_text_and_too_many_of_them_are_told(own: Write) -> None:
    (folder() / "odd.py").write_bytes(b"\xff\xfe")
    (folder() / "large.py").write_bytes(b"#" * 1_000_001)
    assert [file.fault for file in listed()] == [
        "large.py is larger than 1,000,000 bytes. Split it.", "odd.py is no UTF-8 text (byte 0).",
    ]  # fmt: skip


def test_two_files_with_one_id_break_the_later_one(own: Write) -> None:
    own("a_first", GOOD, agree=False)
    second = own("b_second", GOOD, agree=False)
    assert find("a_first").state == "new"
    assert second.fault == (
        "b_second.py declares a block 'my_block', which a_first.py declares as well. Give it another id."
    )


def test_agreement_is_to_one_content_and_can_be_taken_back(own: Write) -> None:
    assert own("my_block", agree=False).state == "new"
    assert own("my_block").state == "agreed"
    assert own("my_block", GOOD + "# more\n", agree=False).state == "changed"
    assert own("my_block", GOOD, agree=False).state == "agreed"
    assert agreements.forget("my_block.py")
    assert find("my_block").state == "new"
    assert not agreements.forget("my_block.py")


def test_an_agreement_to_a_later_content_ends_the_one_before(own: Write) -> None:
    own("my_block")
    own("my_block", GOOD + "# more\n")
    assert own("my_block", GOOD, agree=False).state == "changed"


@pytest.mark.parametrize("damage", ["", "[]", '{"agreed": 3}', '{"agreed": {"x": 4}}', "\udcff"])
def test_a_damaged_list_of_agreements_agrees_to_nothing(own: Write, damage: str) -> None:
    own("my_block")
    agreements.place().write_bytes(damage.encode("utf-8", "surrogateescape"))
    assert find("my_block").state == "new"
    own("my_block")
    assert find("my_block").state == "agreed"


def test_looking_at_a_file_runs_nothing_of_it(own: Write, tmp_path: Path) -> None:
    proof = tmp_path / "ran"
    text = GOOD + f"\nPROOF = __import__('pathlib').Path({str(proof)!r}).write_text('')\n"
    assert own("my_block", text, agree=False).state == "new"
    assert not proof.exists()


def test_a_name_that_is_not_there_names_those_that_are(own: Write) -> None:
    own("my_block", agree=False)
    with pytest.raises(DocumentError, match=r"There is no other\.py .* There are my_block\.py\."):
        find("other")
