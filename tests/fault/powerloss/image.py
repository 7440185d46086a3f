"""The folder as a power cut would have left it, at any place of a journal of shim.c.

The pessimistic disk. What is durable:
  - the bytes and the size of a file as they were at its last sync;
  - a create, link, unlink, mkdir or rename, once its directory was synced after it; of a rename into another
    directory the directory that it went to, and then both its halves at once. (ext4 would also keep a new file's name
    when the file itself is synced; that is not relied on. SQLite syncs the directory itself after it made a journal
    or a WAL.)
What is volatile is lost, kept, or anything between: see VARIANTS. Data may reach the disk in any order, sector by
sector; names only in the order in which they changed, as on a journalling file system.
"""
import os
import random
import shutil
import struct
from collections import namedtuple

HEADER = struct.Struct("<IHHQQqQ")
MAGIC = 0x314C5056
KINDS = ("", "base_folder", "base_file", "create", "write", "truncate", "sync", "rename", "link", "unlink", "mkdir",
         "ack", "refused")

# drop: nothing volatile survives. keep: all of it. scatter: a random subset of sectors, and of the names a random
# prefix. torn: writes in order up to a random one, which stops at a sector's edge, the rest of it old or zero.
VARIANTS = ("drop", "keep", "scatter", "torn")

Record = namedtuple("Record", "kind inode offset body")


class JournalError(Exception):
    pass


def read_journal(path):
    with open(path, "rb") as journal:
        while header := journal.read(HEADER.size):
            if len(header) < HEADER.size:
                return  # killed in the middle of a record
            magic, kind, _, _, inode, offset, length = HEADER.unpack(header)
            if magic != MAGIC:
                raise JournalError(f"{path}: no record at byte {journal.tell() - HEADER.size}")
            body = journal.read(length)
            if len(body) < length:
                return
            yield Record(KINDS[kind], inode, offset, body)


class File:
    """Durable bytes, and the writes and truncations since the last sync, in order."""

    def __init__(self, content=b""):
        self.durable = bytearray(content)
        self.pending = []

    def sync(self):
        for op in self.pending:
            apply_op(self.durable, *op)
        self.pending.clear()


class Content(namedtuple("Content", "base ops")):
    """What a file of an image holds: bytes, and what is laid over them. Made only when it is asked for."""

    def bytes(self):
        made = bytearray(self.base)
        for op in self.ops:
            apply_op(made, *op)
        return bytes(made)

    def write(self, path):
        """With mode 0600: a program may refuse a key that others can read."""
        with open(path, "wb", buffering=0, opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
            file.write(self.base)
            for offset, data, size in self.ops:
                if data is None:
                    file.truncate(size)
                else:
                    os.pwrite(file.fileno(), data, offset)


class Folder:
    def __init__(self):
        self.names = {}  # durable ones


def apply_op(content, offset, data, size):
    """A write of `data` at `offset`, or, with data None, a truncation to `size`."""
    if data is None:
        if size < len(content):
            del content[size:]
        else:
            content.extend(bytes(size - len(content)))
        return
    if offset > len(content):
        content.extend(bytes(offset - len(content)))
    content[offset:offset + len(data)] = data


# A change of names: `node` appears as (to_folder, to_name) and disappears from (from_folder, from_name); either half
# may be missing. It waits for a sync of `waits_for`.
Change = namedtuple("Change", "node to_folder to_name from_folder from_name waits_for")


def apply_change(change, names_of):
    if change.from_folder is not None and names_of(change.from_folder).get(change.from_name) is change.node:
        del names_of(change.from_folder)[change.from_name]
    if change.to_folder is not None:
        names_of(change.to_folder)[change.to_name] = change.node


class Disk:
    def __init__(self):
        self.root = Folder()
        self.nodes = {}    # inode -> node
        self.current = {}  # name -> node, as the running program sees it
        self.changes = []  # volatile ones, in order
        self.acks = []
        self.refused = []

    # -- replaying ------------------------------------------------------------------------------------------------

    def apply(self, record):
        getattr(self, "on_" + record.kind)(record)

    def place(self, name):
        folder, _, base = name.rpartition("/")
        return self.current[folder], base

    def on_base_folder(self, record):
        name = record.body.decode("utf-8", "surrogateescape")
        self.base(name, record.inode, self.root if name == "" else Folder())

    def on_base_file(self, record):
        name = record.body[:record.offset].decode("utf-8", "surrogateescape")
        self.base(name, record.inode, File(record.body[record.offset:]))

    def base(self, name, inode, node):
        self.nodes[inode] = self.current[name] = node
        if name:
            folder, base = self.place(name)
            folder.names[base] = node

    def appear(self, record, node):
        name = record.body.decode("utf-8", "surrogateescape")
        folder, base = self.place(name)
        self.nodes[record.inode] = self.current[name] = node
        self.changes.append(Change(node, folder, base, None, None, folder))

    def on_create(self, record):
        self.appear(record, File())

    def on_mkdir(self, record):
        self.appear(record, Folder())

    def on_write(self, record):
        self.node(record).pending.append((record.offset, record.body, 0))

    def on_truncate(self, record):
        self.node(record).pending.append((0, None, record.offset))

    def node(self, record):
        if record.inode not in self.nodes:
            raise JournalError(f"{record.kind} on inode {record.inode}, of which the journal does not know the name")
        return self.nodes[record.inode]

    def on_unlink(self, record):
        name = record.body.decode("utf-8", "surrogateescape")
        folder, base = self.place(name)
        self.changes.append(Change(self.current.pop(name), None, None, folder, base, folder))

    def on_link(self, record):
        old, new = record.body.decode("utf-8", "surrogateescape").split("\0")
        folder, base = self.place(new)
        self.current[new] = self.current[old]
        self.changes.append(Change(self.current[old], folder, base, None, None, folder))

    def on_rename(self, record):
        old, new = record.body.decode("utf-8", "surrogateescape").split("\0")
        (from_folder, from_name), (to_folder, to_name) = self.place(old), self.place(new)
        node = self.current[old]
        moved = {name: n for name, n in self.current.items() if name == old or name.startswith(old + "/")}
        for name in moved:
            del self.current[name]
        self.current.update((new + name[len(old):], n) for name, n in moved.items())
        self.changes.append(Change(node, to_folder, to_name, from_folder, from_name, to_folder))

    def on_sync(self, record):
        node = self.node(record)
        if isinstance(node, File):
            node.sync()
        else:
            self.sync_folder(node)

    def sync_folder(self, folder):
        """Changes that wait for this folder become durable, in order, and with each what came before it under the
        name that it takes away."""
        due = set()
        for i in reversed(range(len(self.changes))):
            change = self.changes[i]
            wanted = any(self.changes[j].from_folder is not None and
                         (self.changes[j].from_folder, self.changes[j].from_name) ==
                         (change.to_folder, change.to_name) for j in due if j > i)
            if change.waits_for is folder or wanted:
                due.add(i)
        for i in sorted(due):
            apply_change(self.changes[i], lambda f: f.names)
        self.changes = [c for i, c in enumerate(self.changes) if i not in due]

    def on_ack(self, record):
        self.acks.append(record.body.decode())

    def on_refused(self, record):
        self.refused.append(record.body.decode("utf-8", "surrogateescape"))

    # -- images ---------------------------------------------------------------------------------------------------

    def image(self, variant, rng):
        """{name: Content, or None for a folder}. Good until the disk changes."""
        survive = {"drop": 0, "keep": len(self.changes)}.get(variant)
        if survive is None:
            survive = rng.randint(0, len(self.changes))
        overlay = {}

        def names_of(folder):
            return overlay.setdefault(id(folder), dict(folder.names))

        for change in self.changes[:survive]:
            apply_change(change, names_of)
        ops = OPS[variant](self, rng)
        files = {}
        open_ends = [("", self.root)]
        while open_ends:
            prefix, folder = open_ends.pop()
            for base, node in overlay.get(id(folder), folder.names).items():
                name = prefix + base
                if isinstance(node, Folder):
                    files[name] = None
                    open_ends.append((name + "/", node))
                else:
                    files[name] = Content(node.durable, ops(node))
        return files

    def is_settled(self):
        """Nothing is volatile: all variants are one."""
        return not self.changes and not any(isinstance(n, File) and n.pending for n in self.nodes.values())


def all_or_nothing(variant):
    return lambda disk, rng: (lambda node: list(node.pending) if variant == "keep" else [])


def scatter(disk, rng):
    sector = rng.choice((512, 4096))

    def ops(node):
        chosen = []
        for offset, data, size in node.pending:
            if data is None:
                if rng.random() < 0.5:
                    chosen.append((offset, data, size))
                continue
            chosen.extend(part for part in sectors(offset, data, sector) if rng.random() < 0.5)
        return chosen
    return ops


def sectors(offset, data, sector):
    at = 0
    while at < len(data):
        end = min(len(data), at + sector - (offset + at) % sector)
        yield (offset + at, data[at:end], 0)
        at = end


def torn(disk, rng):
    """One write is cut, of the file that it falls on; of the others the writes survive up to a random one."""
    zero = rng.random() < 0.5

    def ops(node):
        if not node.pending:
            return []
        last = rng.randrange(len(node.pending))
        offset, data, size = node.pending[last]
        chosen = node.pending[:last]
        if data is None:
            return chosen
        parts = list(sectors(offset, data, 512))
        kept = rng.randint(0, len(parts))
        rest = [(o, bytes(len(d)), 0) for o, d, _ in parts[kept:]] if zero else []
        return chosen + parts[:kept] + rest
    return ops


OPS = {"drop": all_or_nothing("drop"), "keep": all_or_nothing("keep"), "scatter": scatter, "torn": torn}


def write_image(image, folder):
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    for name in sorted(image):
        path = os.path.join(folder, name)
        if image[name] is None:
            os.mkdir(path)
        else:
            image[name].write(path)


def differences(image, folder):
    """Names at which an image and a real folder differ; SQLite's -shm and symbolic links are not followed."""
    real = {}
    for where, folders, files in os.walk(folder):
        for base in folders:
            if not os.path.islink(os.path.join(where, base)):
                real[os.path.relpath(os.path.join(where, base), folder)] = None
        for base in files:
            path = os.path.join(where, base)
            if os.path.isfile(path) and not os.path.islink(path) and not base.endswith("-shm"):
                with open(path, "rb") as file:
                    real[os.path.relpath(path, folder)] = file.read()
    return sorted(name for name in image.keys() | real.keys()
                  if name not in image or name not in real or
                  (image[name].bytes() if image[name] else None) != real[name])


def without_wal_syncs(records):
    """The same journal from a disk on which a commit syncs nothing: only what a WAL checkpoint syncs lasts."""
    wal = {r.inode for r in records if r.kind in ("create", "base_file") and r.body.endswith(b"-wal")}
    return [r for r in records if not (r.kind == "sync" and r.inode in wal)]


def seeded(seed, position, variant):
    return random.Random(f"{seed}/{position}/{variant}")
