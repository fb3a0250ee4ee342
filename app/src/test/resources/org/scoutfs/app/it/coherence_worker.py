"""
One caller on one mount: takes operations from a pipe and does them. Every result is ("ok", value) or ("error", errno name). Keeps open files and
mappings by number, so that the coordinator can come back to them.
"""
import errno, mmap, os, stat

BLOCK = 4096


def attributes(st):
    """What must be the same on every mount. Times last: the coordinator learns them."""
    return (st.st_ino, st.st_mode, st.st_nlink, st.st_size, (st.st_mtime_ns, st.st_ctime_ns))


class Worker:
    def __init__(self, top):
        self.top = top
        self.fds = {}
        self.maps = {}

    def at(self, path):
        return self.top + "/" + path

    def run(self, name, args):
        try:
            return "ok", getattr(self, name)(*args)
        except OSError as e:
            return "error", errno.errorcode.get(e.errno, str(e.errno))

    # names

    def create(self, path, mode):
        os.close(os.open(self.at(path), os.O_CREAT | os.O_EXCL | os.O_WRONLY, mode))

    def mkdir(self, path):
        os.mkdir(self.at(path), 0o755)

    def rmdir(self, path):
        os.rmdir(self.at(path))

    def unlink(self, path):
        os.unlink(self.at(path))

    def link(self, path, new):
        os.link(self.at(path), self.at(new), follow_symlinks=False)

    def symlink(self, target, path):
        os.symlink(target, self.at(path))

    def readlink(self, path):
        return os.readlink(self.at(path))

    def rename(self, path, new):
        os.rename(self.at(path), self.at(new))

    def listdir(self, path):
        return sorted(os.listdir(self.at(path)))

    def scan(self, path):
        """Names with attributes: READDIRPLUS and what it leaves behind in the kernel."""
        with os.scandir(self.at(path)) as entries:
            return sorted((e.name, e.stat(follow_symlinks=False).st_mode) for e in entries)

    # attributes

    def stat(self, path):
        return attributes(os.lstat(self.at(path)))

    def chmod(self, path, mode):
        os.chmod(self.at(path), mode)

    def truncate(self, path, size):
        os.truncate(self.at(path), size)

    def setxattr(self, path, name, value):
        os.setxattr(self.at(path), name, value)

    def getxattr(self, path, name):
        return os.getxattr(self.at(path), name)

    def removexattr(self, path, name):
        os.removexattr(self.at(path), name)

    # contents by path

    def read(self, path):
        fd = os.open(self.at(path), os.O_RDONLY)
        try:
            return whole(fd)
        finally:
            os.close(fd)

    def write(self, path, offset, data):
        fd = os.open(self.at(path), os.O_WRONLY)
        try:
            return os.pwrite(fd, data, offset)
        finally:
            os.close(fd)

    def rewrite(self, path, data):
        fd = os.open(self.at(path), os.O_WRONLY | os.O_TRUNC)
        try:
            return os.write(fd, data)
        finally:
            os.close(fd)

    def append(self, path, data):
        fd = os.open(self.at(path), os.O_WRONLY | os.O_APPEND)
        try:
            return os.write(fd, data)
        finally:
            os.close(fd)

    def read_direct(self, path):
        fd = os.open(self.at(path), os.O_RDONLY | os.O_DIRECT)
        try:
            room = (os.fstat(fd).st_size + BLOCK) // BLOCK * BLOCK
            with mmap.mmap(-1, room) as buffer:
                return bytes(buffer[:os.preadv(fd, [buffer], 0)])
        finally:
            os.close(fd)

    def write_direct(self, path, offset, data):
        fd = os.open(self.at(path), os.O_WRONLY | os.O_DIRECT)
        try:
            with mmap.mmap(-1, len(data)) as buffer:
                buffer[:] = data
                return os.pwritev(fd, [buffer], offset)
        finally:
            os.close(fd)

    # open files and mappings

    def open(self, number, path, flags):
        self.fds[number] = os.open(self.at(path), flags)

    def close(self, number):
        os.close(self.fds.pop(number))

    def fstat(self, number):
        return attributes(os.fstat(self.fds[number]))

    def pread(self, number, offset, length):
        fd = self.fds[number]
        got = os.pread(fd, length, offset)
        return os.pread(fd, length, offset) if is_of_another_size(fd, offset, got, length) else got

    def pwrite(self, number, offset, data):
        return os.pwrite(self.fds[number], data, offset)

    def ftruncate(self, number, size):
        os.ftruncate(self.fds[number], size)

    def fsync(self, number):
        os.fsync(self.fds[number])

    def map(self, number, writable):
        access = mmap.ACCESS_WRITE if writable else mmap.ACCESS_READ
        m = mmap.mmap(self.fds[number], 0, access=access)
        self.maps[number] = m
        return len(m)

    def unmap(self, number):
        self.maps.pop(number).close()

    def msync(self, number):
        self.maps[number].flush()

    def load(self, number, offset, length):
        self.learn_size(number)
        return self.maps[number][offset:offset + length]

    def store(self, number, offset, data):
        self.learn_size(number)
        self.maps[number][offset:offset + len(data)] = data

    def learn_size(self, number):
        """
        A fault looks at the size the kernel believes, and only a stat brings in what another mount has made of it. If a lock of the file's group goes
        just then, the kernel answers the stat but does not believe the size (decision 7): SEEK_END shows what it believes.
        """
        fd = self.fds[number]
        while os.lseek(fd, 0, os.SEEK_END) != os.fstat(fd).st_size:
            pass


def is_of_another_size(fd, offset, got, length):
    """
    Whether a read ended elsewhere than at the end of the file. One read may, if a lock of the file's group went while the kernel asked for the size
    (decision 7); never the next one.
    """
    return len(got) != max(0, min(length, os.fstat(fd).st_size - offset))


def whole(fd):
    data = read_to_end(fd)
    if is_of_another_size(fd, 0, data, 1 << 62):
        os.lseek(fd, 0, os.SEEK_SET)
        data = read_to_end(fd)
    return data


def read_to_end(fd):
    data = b""
    while True:
        part = os.read(fd, 1 << 20)
        if not part:
            return data
        data += part


def serve(top, pipe):
    os.umask(0)
    # whoever reads the coordinator's output must not wait for a caller that hangs in the kernel
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 1)
    os.dup2(nothing, 2)
    worker = Worker(top)
    while True:
        try:
            name, args = pipe.recv()
        except EOFError:
            return
        pipe.send(worker.run(name, args))
