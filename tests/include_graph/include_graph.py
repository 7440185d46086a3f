#!/usr/bin/env python3
"""Holds the includes and the link lists of core/, sdk/ and plugins/ to the table below: who may use whom.

    include_graph.py [ROOT]     prints one line a breach; exit 1 when there is one
"""
import posixpath
import re
import sys
from pathlib import Path

# A folder of the core: what it may use. base and model are open to all and not repeated; nothing uses host.
CORE = {
    "base": set(),
    "model": {"base"},
    "config": set(),
    "pipeline": {"config"},
    "directory": set(),
    "ports": set(),
    "store": {"ports", "pipeline", "directory"},
    "plugin": {"ports", "sdk"},
    "intake": {"ports", "pipeline"},
    "routing": {"ports", "pipeline", "directory"},
    "delivery": {"ports", "pipeline"},
    "api": {"ports", "intake", "routing", "delivery", "directory"},
    "runner": {"plugin", "sdk"},
    "host": {"config", "pipeline", "directory", "ports", "store", "plugin", "intake", "routing", "delivery", "api",
             "sdk", "sdk/tools"},
    # The vendor's tool: built of the core's lower half, without Poco or a store. The hub's group `plugin` is its code.
    "sdk/tools": {"ports", "plugin", "sdk"},
}
OPEN = {"base", "model"}

# A library that invades code lives in one folder. Pattern of the include, the folder that may use it, its name. A plugin
# that reads what a library is for may have a second home of it.
ONE_HOME = [
    (re.compile(r"boost/dll"), "core/plugin/", "Boost.DLL"),
    (re.compile(r"boost/(asio|beast)"), "core/api/", "Boost.Asio and Beast"),
    (re.compile(r"sqlite3(ext)?\.h$"), "core/store/sqlite/", "SQLite"),
    (re.compile(r"Poco/Net/(HTTPServer|HTTPRequestHandler|TCPServer)"), "core/api/", "the HTTP server of Poco"),
    (re.compile(r"Poco/Util/"), "core/host/", "Poco::Util"),
    (re.compile(r"yaml-cpp/"), ("core/config/", "plugins/sources/csv_mapping/", "plugins/sinks/sms_http/"), "yaml-cpp"),
    (re.compile(r"curl/curl\.h$"), "core/plugin/outside/", "libcurl"),
]

# What a vendor gets needs the standard library and the system alone.
SDK_FORBIDDEN = re.compile(r"^(Poco|boost|fmt|spdlog|yaml-cpp|nlohmann|openssl|libxml|sqlite3|catch2)\b")
PLUGIN_FORBIDDEN = re.compile(r"^(Poco/|boost/dll|sqlite3)")
TOOLS_FORBIDDEN = re.compile(r"^(Poco/|boost/)")

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', re.M)
LIBRARY = re.compile(r"(?:vestitel_library|vestitel_add_plugin|add_library|add_executable|target_link_libraries)"
                     r"\s*\(([^)]*)\)", re.S)
KEYWORDS = {"SOURCES", "USES", "PRIVATE_USES", "LIBRARIES", "PUBLIC", "PRIVATE", "INTERFACE", "STATIC", "SHARED",
            "MODULE", "OBJECT", "ALIAS"}
LINKING = {"USES", "PRIVATE_USES", "LIBRARIES", "PUBLIC", "PRIVATE", "INTERFACE"}
SUFFIXES = (".h", ".hpp", ".c", ".cpp", ".inc")


def part_of(path):
    """The part of the tree that a file belongs to: a folder of the core, "sdk", "plugins/KIND/NAME", or None."""
    folders = path.split("/")
    if folders[0] == "core" and len(folders) > 2:
        return folders[1]
    if folders[0] == "sdk":
        return "sdk/tools" if folders[1] == "tools" else "sdk"
    if folders[0] == "plugins" and len(folders) > 3:
        return "/".join(folders[:3])
    return None


def may_use(user, used):
    if user == used:
        return True
    if user in CORE:
        return used in CORE[user] or (used in OPEN and user not in OPEN)
    # What the plugins of one kind share is no plugin: plugins/KIND/common.
    return user.startswith("plugins/") and used in ("sdk", posixpath.dirname(user) + "/common")


def target_of(path, form, name, files):
    """The file of ours that an include names, as a path from the root; None when it is not ours."""
    if name.startswith("vestitel/"):
        return "sdk/include/" + name
    beside = posixpath.normpath(posixpath.join(posixpath.dirname(path), name))
    if form == '"' and (beside in files or name.startswith(".")):
        return beside
    name = posixpath.normpath(name)
    return name if name.split("/")[0] in ("core", "sdk", "plugins", "tests") else None


def check_include(path, form, name, files):
    user = part_of(path)
    target = target_of(path, form, name, files)
    if target is not None:
        used = part_of(target)
        if used is None:
            return f"{target} is in no layer"
        return None if may_use(user, used) else f"{user} may not use {used}"
    for pattern, home, label in ONE_HOME:
        if pattern.search(name) and not path.startswith(home):
            return f"{label} belongs in {home if isinstance(home, str) else ' and '.join(home)} alone"
    if user == "sdk" and path.startswith("sdk/include/") and SDK_FORBIDDEN.search(name):
        return "the SDK needs the standard library alone"
    if user == "sdk/tools" and TOOLS_FORBIDDEN.search(name):
        return "the vendor's tool needs no Poco and no Boost"
    if user.startswith("plugins/") and PLUGIN_FORBIDDEN.search(name):
        return "a plugin may not use this library"
    return None


def check_includes(files):
    for path in sorted(files):
        user = part_of(path)
        if user is None or not path.endswith(SUFFIXES):
            continue
        if path.startswith("core/") and user not in CORE:
            yield f"{path}: folder core/{user} is in no row of the table"
            continue
        text = files[path]
        for match in INCLUDE.finditer(text):
            breach = check_include(path, match[1], match[2], files)
            if breach:
                line = text.count("\n", 0, match.start(2)) + 1
                yield f"{path}:{line}: includes {match[2]}: {breach}"


def link_lists(files):
    """target -> (part, CMakeLists, linked names), for the targets of core/, sdk/ and plugins/."""
    targets = {}
    for path, text in files.items():
        if posixpath.basename(path) != "CMakeLists.txt" or part_of(path) is None:
            continue
        for match in LIBRARY.finditer(re.sub(r"#.*", "", text)):
            words = match[1].split()
            _, _, linked = targets.setdefault(words[0], (part_of(path), path, set()))
            linking = False
            for word in words[1:]:
                if word in KEYWORDS:
                    linking = word in LINKING
                elif linking:
                    linked.add(word)
    return targets


def reach(target, targets):
    seen, open_ends = set(), [target]
    while open_ends:
        name = open_ends.pop()
        if name in targets and name not in seen:
            seen.add(name)
            open_ends.extend(targets[name][2])
    return {targets[name][0] for name in seen}


def check_links(files):
    targets = link_lists(files)
    reached = {}
    for name, (part, path, linked) in sorted(targets.items()):
        reached.setdefault(part, set()).update(reach(name, targets))
        for other in sorted(linked & targets.keys()):
            if not may_use(part, targets[other][0]):
                yield f"{path}: {name} links {other}: {part} may not use {targets[other][0]}"
    built = {part for part, _, _ in targets.values()}
    for path in sorted(files):
        user = part_of(path)
        if user not in built or not path.endswith(SUFFIXES):
            continue
        for match in INCLUDE.finditer(files[path]):
            target = target_of(path, match[1], match[2], files)
            used = part_of(target) if target else None
            if used in built and used not in reached[user]:
                yield f"{path}: includes {match[2]}, but no target of {user} links {used}"


def check(files):
    return list(check_includes(files)) + list(check_links(files))


def read_tree(root):
    files = {}
    for folder in ("core", "sdk", "plugins"):
        for path in (root / folder).rglob("*"):
            if path.is_file() and (path.suffix in SUFFIXES or path.name == "CMakeLists.txt"):
                files[path.relative_to(root).as_posix()] = path.read_text(encoding="utf-8")
    return files


def main():
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parents[2]
    files = read_tree(root)
    breaches = check(files)
    for breach in breaches:
        print(breach)
    includes = sum(len(INCLUDE.findall(text)) for path, text in files.items() if path.endswith(SUFFIXES))
    print(f"{len(files)} files, {includes} includes, {len(breaches)} breaches")
    return 1 if breaches or includes == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
