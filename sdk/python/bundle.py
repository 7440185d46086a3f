#!/usr/bin/python3
"""Makes one executable file of a plugin in Python: the program, its modules, vestitel_plugin and plugin.json.

    bundle.py [--interpreter /usr/bin/python3] OUT MAIN [MODULE_OR_FILE ...]

MAIN is the program. What else is named lies beside it in the bundle. The same files give the same bytes.
"""
import argparse
import io
import os
import py_compile
import stat
import sys
import tempfile
import zipfile
from pathlib import Path

LIBRARY = Path(__file__).resolve().parent / "vestitel_plugin"
DAY = (1980, 1, 1, 0, 0, 0)


def compiled(source, name):
    """Byte code beside the source, which takes its place under another version of the interpreter."""
    with tempfile.TemporaryDirectory() as folder:
        out = os.path.join(folder, "code.pyc")
        py_compile.compile(str(source), out, dfile=name, doraise=True,
                           invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH)
        return Path(out).read_bytes()


def members(main, others):
    yield "__main__.py", main
    for one in sorted(LIBRARY.glob("*.py")):
        yield f"vestitel_plugin/{one.name}", one
    for one in others:
        if one.is_dir():
            for inner in sorted(one.rglob("*.py")):
                yield f"{one.name}/{inner.relative_to(one)}", inner
        else:
            yield one.name, one


def bundled(main, others, interpreter):
    out = io.BytesIO()
    out.write(f"#!{interpreter}\n".encode())
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as archive:
        for name, path in members(main, others):
            archive.writestr(zipfile.ZipInfo(name, DAY), path.read_bytes(), zipfile.ZIP_DEFLATED)
            if name.endswith(".py"):
                archive.writestr(zipfile.ZipInfo(name + "c", DAY), compiled(path, name), zipfile.ZIP_DEFLATED)
    return out.getvalue()


def main():
    words = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    words.add_argument("--interpreter", default="/usr/bin/python3", help="absolute; the sandbox lets no other program start")
    words.add_argument("out", type=Path)
    words.add_argument("main", type=Path)
    words.add_argument("others", type=Path, nargs="*")
    chosen = words.parse_args()
    try:
        raw = bundled(chosen.main, chosen.others, chosen.interpreter)
    except py_compile.PyCompileError as error:
        sys.exit(str(error))
    fresh = chosen.out.with_name(chosen.out.name + ".new")
    fresh.write_bytes(raw)
    fresh.chmod(stat.S_IRUSR | stat.S_IWUSR | stat.S_IXUSR | stat.S_IRGRP | stat.S_IXGRP | stat.S_IROTH | stat.S_IXOTH)
    fresh.replace(chosen.out)


if __name__ == "__main__":
    main()
