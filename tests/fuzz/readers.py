"""Which readers there are to be fuzzed, found in plugins/sources: each folder with samples whose library is built.

A reader is read with the settings of settings/NAME.json, or none. One that takes a mapping is there once for each YAML
file among its samples, as NAME.STEM, with that file as its setting `mapping` and the samples that are called STEM.
"""
import dataclasses
import json
from pathlib import Path

HERE = Path(__file__).resolve().parent
SOURCES = HERE.parents[1] / "plugins" / "sources"
# What lies among samples beside documents.
NO_DOCUMENT = {".events", ".http", ".yaml", ".json", ".md", ".xsd"}


@dataclasses.dataclass
class Reader:
    name: str
    library: Path
    settings: dict
    samples: list

    @property
    def regressions(self):
        """What was found once, and is read ever since."""
        folder = HERE / "regressions" / self.name
        return sorted(folder.iterdir()) if folder.is_dir() else []


def settings_of(name):
    path = HERE / "settings" / f"{name}.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def readers_of(source, plugins):
    name = source.name.replace("_", "-")
    library = Path(plugins) / f"{name}.so"
    files = sorted(path for path in (source / "samples").rglob("*") if path.is_file())
    documents = [path for path in files if path.suffix not in NO_DOCUMENT]
    settings = settings_of(name)
    mappings = [path for path in files if path.suffix == ".yaml"]
    for path in mappings:
        yield Reader(f"{name}.{path.stem}", library, settings | {"mapping": path.read_text(encoding="utf-8")},
                     [one for one in documents if one.stem == path.stem])
    if not mappings:
        yield Reader(name, library, settings, documents)


def readers(plugins):
    """All of them, from the folder of the built plugins."""
    found = []
    for source in sorted(SOURCES.iterdir()):
        if (source / "samples").is_dir():
            found += readers_of(source, plugins)
    return found
