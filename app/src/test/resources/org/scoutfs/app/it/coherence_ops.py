"""Random operations on the model: each with the objects it needs for itself or shares, and what must come of it."""
import os

from coherence_model import Handle, Inode, Op

MOST_INODES = 120
MOST_BYTES = 300_000
XATTRS = ["user.a", "user.b", "user.hash"]


class Operations:
    def __init__(self, model):
        self.m = model
        self.rnd = model.rnd
        self.weighted = [
            (self.create, 10), (self.mkdir, 2), (self.symlink, 2), (self.rmdir, 2), (self.unlink, 6), (self.link, 4),
            (self.rename, 6), (self.missing, 4), (self.stat, 14), (self.listing, 6), (self.chmod, 4), (self.truncate, 4),
            (self.xattr, 6), (self.getxattr, 6), (self.read, 12), (self.write, 8), (self.rewrite, 2), (self.append, 6),
            (self.read_direct, 2), (self.write_direct, 2), (self.readlink, 2), (self.handle, 40)]
        self.functions = [f for f, _ in self.weighted]
        self.weights = [w for _, w in self.weighted]

    def random(self, caller):
        function = self.rnd.choices(self.functions, self.weights)[0]
        return function(caller) if function == self.handle else function()

    def top(self, name):
        return Op("mkdir", (name,), None, owned=[self.m.root]).then(lambda: self.born(Inode("d", 0o755), self.m.root, name))

    def looks(self, inode):
        """Everything one can see of an object that has a name."""
        if inode.places:
            directory, _, path = self.m.place(inode)
            way = self.m.above(directory)
            yield Op("stat", (path,), self.m.judge_stat(inode), shared=way + [inode])
            if inode.kind == "f":
                yield Op("read", (path,), bytes(inode.data), shared=way + [inode])
                for name, value in inode.xattrs.items():
                    yield Op("getxattr", (path, name), value, shared=way + [inode])
            elif inode.kind == "d":
                yield Op("listdir", (path,), sorted(inode.entries), shared=way + [inode])
            else:
                yield Op("readlink", (path,), inode.target, shared=way + [inode])

    # names

    def born(self, inode, directory, name):
        self.m.inodes.append(inode)
        self.m.add(inode, directory, name)

    def full(self):
        return len(self.m.inodes) > MOST_INODES

    def create(self):
        directory, name = self.m.directory(), self.m.new_name()
        mode = self.rnd.choice([0o644, 0o600, 0o4755])
        if name not in directory.entries and self.full():
            return None
        op = Op("create", (self.m.join(directory, name), mode), None, shared=self.m.above(directory), owned=[directory])
        return self.made(op, Inode("f", mode), directory, name)

    def made(self, op, inode, directory, name):
        if name in directory.entries:
            op.error = "EEXIST"
            return op
        op.owned.add(inode)
        return op.then(lambda: self.born(inode, directory, name))

    def mkdir(self):
        directory, name = self.m.directory(), self.m.new_name()
        if self.m.depth(directory) > 4 or sum(i.kind == "d" for i in self.m.inodes) > 12:
            return None
        op = Op("mkdir", (self.m.join(directory, name),), None, shared=self.m.above(directory), owned=[directory])
        return self.made(op, Inode("d", 0o755), directory, name)

    def symlink(self):
        directory, name = self.m.directory(), self.m.new_name()
        if self.full():
            return None
        inode = Inode("l", 0o777)
        inode.target = "t" * self.rnd.randrange(1, 300)
        op = Op("symlink", (inode.target, self.m.join(directory, name)), None, shared=self.m.above(directory), owned=[directory])
        return self.made(op, inode, directory, name)

    def rmdir(self):
        inode = self.m.directory()
        directory, name, path = self.m.place(inode)
        if directory is self.m.root:
            return None
        op = Op("rmdir", (path,), None, shared=self.m.above(directory), owned=[directory, inode])
        if inode.entries:
            op.error = "ENOTEMPTY"
            return op
        return op.then(lambda: self.m.remove(directory, name))

    def unlink(self):
        inode = self.m.pick("f") if self.rnd.random() < 0.9 else self.m.pick("l")
        if inode is None:
            return None
        directory, name, path = self.m.place(inode)
        op = Op("unlink", (path,), None, shared=self.m.above(directory), owned=[directory, inode])
        return op.then(lambda: self.m.remove(directory, name))

    def link(self):
        inode = self.m.pick("f")
        if inode is None:
            return None
        source, _, path = self.m.place(inode)
        directory, name = self.m.directory(), self.m.new_name()
        op = Op("link", (path, self.m.join(directory, name)), None,
                shared=self.m.above(source) + self.m.above(directory), owned=[directory, inode])
        if name in directory.entries:
            op.error = "EEXIST"
            return op

        def change():
            self.m.add(inode, directory, name)
            inode.nlink += 1
        return op.then(change)

    def rename(self):
        inode = self.m.pick(self.rnd.choice("ffffld"))
        if inode is None:
            return None
        old, name, path = self.m.place(inode)
        directory, new_name = self.m.directory(), self.m.new_name()
        if old is self.m.root or inode in self.m.above(directory):
            return None
        victim = directory.entries.get(new_name)
        if victim is inode or (victim is not None and (victim.kind == "d") != (inode.kind == "d")):
            return None
        if inode.kind == "d" and self.m.depth(directory) > 4:
            return None
        op = Op("rename", (path, self.m.join(directory, new_name)), None,
                shared=self.m.above(old) + self.m.above(directory), owned=[old, directory, inode] + ([victim] if victim else []))
        if inode.kind == "d":
            # whoever walks through it holds it shared, so it is free; what is below keeps its place
            op.owned.add(inode)
        if victim is not None and victim.kind == "d" and victim.entries:
            op.error = "ENOTEMPTY"
            return op

        def change():
            if victim is not None:
                self.m.remove(directory, new_name)
            del old.entries[name]
            inode.places.remove((old, name))
            if inode.kind == "d":
                old.nlink -= 1
            old.changed()
            self.m.add(inode, directory, new_name)
        return op.then(change)

    def missing(self):
        directory, name = self.m.directory(), self.m.new_name()
        if name in directory.entries:
            return None
        path = self.m.join(directory, name)
        what = self.rnd.choice(["stat", "unlink", "rmdir", "read", "readlink"])
        return Op(what, (path,), None, shared=self.m.above(directory), error="ENOENT")

    def listing(self):
        inode = self.m.directory()
        path = self.m.path(inode)
        way = self.m.above(inode)
        if self.rnd.random() < 0.5:
            return Op("listdir", (path,), sorted(inode.entries), shared=way)
        return Op("scan", (path,), sorted((n, i.full_mode()) for n, i in inode.entries.items()),
                  shared=way + list(inode.entries.values()))

    # one object by its path

    def on(self, kind, name, change=None, expected=None, args=()):
        """An operation on a random object: reads it if there is no change."""
        inode = self.m.pick(kind)
        if inode is None:
            return None, None
        directory, _, path = self.m.place(inode)
        way = self.m.above(directory)
        op = Op(name, (path,), None, shared=way + [inode]) if change is None else Op(name, (path,), None, shared=way, owned=[inode])
        return inode, op

    def stat(self):
        inode, op = self.on(self.rnd.choice("ffffdl"), "stat")
        if op:
            op.expected = self.m.judge_stat(inode)
        return op

    def chmod(self):
        inode, op = self.on("f", "chmod", change=True)
        if op:
            mode = self.rnd.randrange(0o1000)
            op.args += (mode,)
            op.then(lambda: (setattr(inode, "mode", mode), inode.changed()))
        return op

    def truncate(self):
        inode, op = self.on("f", "truncate", change=True)
        if op:
            size = self.rnd.choice([0, self.rnd.randrange(len(inode.data) + 1), len(inode.data) + self.rnd.randrange(10000)])
            op.args += (size,)
            op.then(lambda: self.m.resize(inode, size))
        return op

    def xattr(self):
        inode, op = self.on("f", "setxattr", change=True)
        if op:
            name = self.rnd.choice(XATTRS)
            if name in inode.xattrs and self.rnd.random() < 0.3:
                op.name = "removexattr"
                op.args += (name,)
                return op.then(lambda: (inode.xattrs.pop(name), inode.changed()))
            value = self.rnd.randbytes(self.rnd.choice([1, 20, 500]))
            op.args += (name, value)
            op.then(lambda: (inode.xattrs.__setitem__(name, value), inode.changed()))
        return op

    def getxattr(self):
        inode, op = self.on("f", "getxattr")
        if op:
            name = self.rnd.choice(XATTRS)
            op.args += (name,)
            op.expected = inode.xattrs.get(name)
            op.error = None if name in inode.xattrs else "ENODATA"
        return op

    def read(self):
        inode, op = self.on("f", "read")
        if op:
            op.expected = bytes(inode.data)
        return op

    def read_direct(self):
        inode, op = self.on("f", "read_direct")
        if op:
            op.expected = bytes(inode.data)
        return op

    def readlink(self):
        inode, op = self.on("l", "readlink")
        if op:
            op.expected = inode.target
        return op

    def write(self):
        inode, op = self.on("f", "write", change=True)
        return self.writes(inode, op, self.m.offset(inode), self.m.bytes()) if op else None

    def writes(self, inode, op, offset, data):
        if offset + len(data) > MOST_BYTES:
            return None
        op.args += (offset, data)
        op.expected = len(data)
        return op.then(lambda: self.m.put(inode, offset, data))

    def write_direct(self):
        inode, op = self.on("f", "write_direct", change=True)
        return self.writes(inode, op, self.rnd.randrange(5) * 4096, self.rnd.randbytes(4096 * self.rnd.randrange(1, 4))) if op else None

    def rewrite(self):
        inode, op = self.on("f", "rewrite", change=True)
        if op:
            data = self.m.bytes()
            op.args += (data,)
            op.expected = len(data)
            op.then(lambda: (self.m.resize(inode, 0), self.m.put(inode, 0, data)))
        return op

    def append(self):
        inode, op = self.on("f", "append", change=True)
        if op:
            data = self.m.bytes()
            if len(inode.data) + len(data) > MOST_BYTES:
                return None
            op.args += (data,)
            op.expected = len(data)
            op.then(lambda: self.m.put(inode, len(inode.data), data))
        return op

    # open files and mappings

    def handle(self, caller):
        mine = [(n, h) for n, h in self.m.handles.items() if h.caller == caller]
        if len(mine) < 4 or self.rnd.random() < 0.05:
            inode = self.m.pick("f")
            if inode is None:
                return None
            directory, _, path = self.m.place(inode)
            flags = self.rnd.choice([os.O_RDONLY, os.O_RDWR, os.O_RDWR, os.O_WRONLY])
            number = self.m.next_handle
            self.m.next_handle += 1
            handle = Handle(caller, inode, flags)
            # opening for writing changes nothing, but must not meet the removal of the name
            return Op("open", (number, path, flags), None, shared=self.m.above(directory) + [inode]).then(
                lambda: self.m.handles.__setitem__(number, handle))
        number, h = self.rnd.choice(mine)
        choices = [self.h_stat, self.h_fsync]
        if h.flags != os.O_WRONLY:
            choices += [self.h_read] * 4
        if h.flags != os.O_RDONLY:
            choices += [self.h_write] * 4 + [self.h_truncate]
        if h.mapped:
            choices += [self.h_load] * 6 + [self.h_unmap]
            if h.map_writable:
                choices += [self.h_store] * 6 + [self.h_msync]
        else:
            choices += [self.h_close]
            if h.flags != os.O_WRONLY:
                choices += [self.h_map] * 2
        return self.rnd.choice(choices)(number, h)

    def h_stat(self, number, h):
        return Op("fstat", (number,), self.m.judge_stat(h.inode), shared=[h.inode])

    def h_fsync(self, number, h):
        return Op("fsync", (number,), None, shared=[h.inode])

    def h_read(self, number, h):
        offset, length = self.m.offset(h.inode), self.rnd.choice([1, 100, 4096, 70000])
        return Op("pread", (number, offset, length), bytes(h.inode.data[offset:offset + length]), shared=[h.inode])

    def h_write(self, number, h):
        return self.writes(h.inode, Op("pwrite", (number,), None, owned=[h.inode]), self.m.offset(h.inode), self.m.bytes())

    def h_truncate(self, number, h):
        size = self.rnd.randrange(len(h.inode.data) + 5000)
        return Op("ftruncate", (number, size), None, owned=[h.inode]).then(lambda: self.m.resize(h.inode, size))

    def h_close(self, number, h):
        def change():
            del self.m.handles[number]
            if not h.inode.places and not self.m.opened(h.inode):
                self.m.inodes.remove(h.inode)
        return Op("close", (number,), None, owned=[h.inode]).then(change)

    def h_map(self, number, h):
        if not h.inode.data:
            return None
        writable = h.flags == os.O_RDWR

        def change():
            h.mapped = len(h.inode.data)
            h.map_writable = writable
            h.inode.writable_maps += writable
        return Op("map", (number, writable), len(h.inode.data), owned=[h.inode]).then(change)

    def h_unmap(self, number, h):
        def change():
            h.mapped = 0
            h.inode.writable_maps -= h.map_writable
            h.inode.changed()
        return Op("unmap", (number,), None, owned=[h.inode]).then(change)

    def h_msync(self, number, h):
        return Op("msync", (number,), None, owned=[h.inode])

    def within(self, h):
        """A range that is in the file and in the mapping, or None."""
        end = min(h.mapped, len(h.inode.data))
        if end == 0:
            return None
        offset = self.rnd.randrange(end)
        return offset, min(end - offset, self.rnd.choice([1, 8, 100, 5000]))

    def h_load(self, number, h):
        span = self.within(h)
        if span is None:
            return None
        return Op("load", (number,) + span, bytes(h.inode.data[span[0]:sum(span)]), shared=[h.inode])

    def h_store(self, number, h):
        span = self.within(h)
        if span is None:
            return None
        data = self.rnd.randbytes(span[1])
        return Op("store", (number, span[0], data), None, owned=[h.inode]).then(lambda: self.m.put(h.inode, span[0], data))
