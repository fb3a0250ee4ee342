"""The single copy that all mounts together must look like: objects, their names and contents, and who uses them at the moment."""
import stat


class Inode:
    def __init__(self, kind, mode):
        self.kind = kind  # f, d, l
        self.mode = mode
        self.nlink = 2 if kind == "d" else 1
        self.data = bytearray()
        self.target = ""
        self.entries = {}
        self.xattrs = {}
        self.places = []  # (directory, name)
        self.ino = None
        self.learned = None  # times, and of others than files the size: only that they stay the same is known
        self.writable_maps = 0
        self.shared = 0
        self.owned = False
        self.history = []

    def full_mode(self):
        return {"f": stat.S_IFREG, "d": stat.S_IFDIR, "l": stat.S_IFLNK}[self.kind] | self.mode

    def changed(self):
        self.learned = None


class Handle:
    def __init__(self, caller, inode, flags):
        self.caller, self.inode, self.flags = caller, inode, flags
        self.mapped = 0
        self.map_writable = False


class Op:
    """What a caller is asked to do, and what has to come of it: a value, an error name, or a function that judges."""
    def __init__(self, name, args, expected, shared=(), owned=(), caller=None, error=None):
        self.name, self.args, self.expected, self.error = name, args, expected, error
        self.shared, self.owned, self.caller = set(shared) - set(owned), set(owned), caller
        self.apply = None

    def then(self, change):
        self.apply = change
        return self

    def free(self):
        return not any(i.owned for i in self.shared) and not any(i.owned or i.shared for i in self.owned)

    def take(self, step):
        for i in self.shared:
            i.shared += step
        for i in self.owned:
            i.owned = step > 0


class Model:
    def __init__(self, rnd):
        self.rnd = rnd
        self.root = Inode("d", 0o755)
        self.inodes = [self.root]
        self.handles = {}
        self.next_handle = 0

    # what there is

    def path(self, inode):
        if inode is self.root:
            return ""
        directory, name = inode.places[0]
        return self.join(directory, name)

    def join(self, directory, name):
        above = self.path(directory)
        return above + "/" + name if above else name

    def above(self, directory):
        """The directories that a path walk passes, this one included."""
        found = [directory]
        while directory is not self.root:
            directory = directory.places[0][0]
            found.append(directory)
        return found

    def depth(self, directory):
        return len(self.above(directory))

    def pick(self, kind):
        some = [i for i in self.inodes if i.kind == kind and i.places]
        return self.rnd.choice(some) if some else None

    def directory(self):
        return self.rnd.choice([i for i in self.inodes if i.kind == "d" and i is not self.root and i.places])

    def place(self, inode):
        """Some name of it: directory, path, and everything that must hold still on the way."""
        directory, name = self.rnd.choice(inode.places)
        return directory, name, self.join(directory, name)

    def new_name(self):
        # few names, so that they meet again: what was known not to exist comes into being on another mount
        return "n%d" % self.rnd.randrange(40)

    def bytes(self):
        n = self.rnd.choice([1, 7, 100, 4096, 5000, 20000, self.rnd.randrange(1, 60000)])
        return self.rnd.randbytes(n)

    def offset(self, inode):
        size = len(inode.data)
        return self.rnd.choice([0, size, self.rnd.randrange(size + 1), size + self.rnd.randrange(9000)])

    # changes of the model

    def add(self, inode, directory, name):
        directory.entries[name] = inode
        inode.places.append((directory, name))
        if inode.kind == "d":
            directory.nlink += 1
        directory.changed()
        inode.changed()

    def remove(self, directory, name):
        inode = directory.entries.pop(name)
        inode.places.remove((directory, name))
        if inode.kind == "d":
            directory.nlink -= 1
            inode.nlink = 0
        else:
            inode.nlink -= 1
        directory.changed()
        inode.changed()
        if not inode.places and not self.opened(inode):
            self.inodes.remove(inode)
        return inode

    def opened(self, inode):
        return any(h.inode is inode for h in self.handles.values())

    @staticmethod
    def put(inode, offset, data):
        if offset > len(inode.data):
            inode.data.extend(bytes(offset - len(inode.data)))
        inode.data[offset:offset + len(data)] = data
        inode.changed()

    @staticmethod
    def resize(inode, size):
        if size <= len(inode.data):
            del inode.data[size:]
        else:
            inode.data.extend(bytes(size - len(inode.data)))
        inode.changed()

    def judge_stat(self, inode):
        def judge(got):
            ino, mode, nlink, size, times = got
            wanted = (inode.ino or ino, inode.full_mode(), inode.nlink, self.size(inode, size))
            if (ino, mode, nlink, size) != wanted:
                return "expected ino, mode, nlink, size %s" % (wanted,)
            inode.ino = ino
            if inode.kind == "f" and inode.writable_maps:
                return None
            learned = (times, size)
            if inode.learned is None:
                inode.learned = learned
            elif inode.learned != learned:
                return "expected times and size as seen before: %s" % (inode.learned,)
            return None
        return judge

    @staticmethod
    def size(inode, seen):
        return len(inode.data) if inode.kind == "f" else seen
