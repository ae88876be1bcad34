"""The import contract import-linter does not have: a package that may import a short list and nothing else."""

import sys

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output


class OnlyContract(Contract):
    """The modules of ``source`` import one another, ``allowed``, the standard library, and nothing else directly."""

    type_name = "only"

    source = fields.StringField()
    allowed = fields.ListField(subfield=fields.StringField())

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        source = str(self.source)
        inside = {source, *graph.find_descendants(source)}
        strangers = sorted(
            (importer, imported)
            for importer in inside
            for imported in graph.find_modules_directly_imported_by(importer)
            if imported not in inside and not self._may_import(imported)
        )
        return ContractCheck(kept=not strangers, metadata={"strangers": strangers})

    def _may_import(self, module: str) -> bool:
        if module.partition(".")[0] in sys.stdlib_module_names:
            return True
        allowed = [str(name) for name in self.allowed]
        return any(module == name or module.startswith(f"{name}.") for name in allowed)

    def render_broken_contract(self, check: ContractCheck) -> None:
        for importer, imported in check.metadata["strangers"]:
            output.print_error(f"{importer} imports {imported}, which is not on its list.")
