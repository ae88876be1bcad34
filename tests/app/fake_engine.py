"""An engine for tests: speaks the protocol without torch.

`--stale` answers the first analysis with another digest; `--refuse` refuses every analysis; `--die` ends at
every analysis after printing a complaint; `--hang FILE` never answers the first analysis, and notes in the file that
it was asked.
"""

import json
import sys
import time
from pathlib import Path

from hybridgraph import analysis
from hybridgraph.analysis import Analysis, Cost, Finding, NodeReport
from hybridgraph.graph import files
from hybridgraph.graph.model import Graph, digest
from hybridgraph.shapes import ImageMap, Vector


def analysed(graph: Graph) -> Analysis:
    reports = {
        path: NodeReport(
            path=path,
            inputs={"x": ImageMap(64, 28, 28)},
            outputs={"y": ImageMap(96, 14, 14)},
            cost=Cost(params=1000, macs=2000, activation_bytes=4000),
        )
        for path, _ in graph.walk()
    }
    findings = (
        Finding(
            severity="warning", code="odd", message="The stem is odd.", hint="Make it even.", path=("stem",)
        ),
        Finding(severity="error", code="bad", message="Nothing fits.", path=("stage1", "conv"), port="x"),
    )
    total = Cost(params=4000, macs=8000, activation_bytes=16000)
    wants_findings = "--findings" in sys.argv
    return Analysis(
        digest=digest(graph), nodes=reports, total=total, output=Vector(10),
        findings=findings if wants_findings else (),
    )  # fmt: skip


def main() -> None:
    count = 0
    for line in sys.stdin:
        request = json.loads(line)
        answer = {"id": request["id"]}
        graph = files.loads(json.dumps(request["graph"])) if "graph" in request else Graph()
        if request["method"] == "hello":
            answer |= {"version": "0", "torch": "0", "devices": [{"id": "cpu", "title": "CPU"}]}
            print("something a library printed")
        elif request["method"] == "analyze":
            count += 1
            if "--hang" in sys.argv and not (asked := Path(sys.argv[sys.argv.index("--hang") + 1])).exists():
                asked.touch()
                time.sleep(3600)
            if "--die" in sys.argv:
                print("out of luck", file=sys.stderr)
                sys.exit(3)
            if "--refuse" in sys.argv:
                answer["error"] = {"message": "The graph is refused.", "hint": "Change it."}
            else:
                found = analysis.encode(analysed(graph))
                stale = "--stale" in sys.argv and count == 1
                found["digest"] = "0" * 16 if stale else found["digest"]
                answer |= {"digest": found["digest"], "analysis": found}
        elif request["method"] != "source":
            answer["error"] = {"message": "This engine cannot do that.", "hint": ""}
        else:
            text = "".join(f"# {'/'.join(path)}\n" for path, _ in graph.walk())
            lines = {"/".join(path): [n, n] for n, (path, _) in enumerate(graph.walk(), 1)}
            answer |= {"digest": digest(graph), "source": text, "lines": lines}
        print(json.dumps(answer), flush=True)


main()
