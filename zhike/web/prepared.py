"""Templates compiled once for all processes: kept in ``__pycache__`` beside them, as Python keeps what it compiles.

``python -m zhike.web.prepared`` compiles all of them: a step of making an image, whose folders are read-only later on."""

from __future__ import annotations

import sys
from contextlib import suppress
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from jinja2.bccache import Bucket, FileSystemBytecodeCache

TEMPLATES = Path(__file__).parent / "templates"
_COMPILER = version("jinja2") + Path(__file__).read_text("utf-8")  # this file says how: escaping among it


class Compiled(FileSystemBytecodeCache):
    """What a template was compiled to, with a digest of its text, of Jinja's version and of how the engine is set: when any
    of them has changed since, the template is compiled anew. Where nothing can be written, or Python was told to write
    nothing, templates are compiled by each process for itself."""

    def __init__(self, templates: Path) -> None:
        super().__init__(str(templates / "__pycache__"), f"%s.jinja.{sys.implementation.cache_tag}")

    def get_source_checksum(self, source: str) -> str:
        """The digest that what was compiled must carry to be taken."""
        return sha256(f"{_COMPILER}{source}".encode()).hexdigest()

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep a compiled template, unless told not to."""
        if not sys.dont_write_bytecode:
            with suppress(OSError):
                Path(self.directory).mkdir(exist_ok=True)
                super().dump_bytecode(bucket)


class Engine(Environment):
    """How templates are compiled: escaping on, undefined names refused."""

    def __init__(self, templates: Path = TEMPLATES) -> None:
        super().__init__(
            loader=FileSystemLoader(templates),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
            cache_size=-1,
            bytecode_cache=Compiled(templates),
        )


def main() -> None:
    """Compile every template."""
    engine = Engine()
    for name in engine.list_templates(extensions=("html", "txt", "xml", "svg")):
        engine.get_template(name)


if __name__ == "__main__":
    main()
