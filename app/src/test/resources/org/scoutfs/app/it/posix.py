"""
Does what POSIX and Linux describe in the directory argv[1], and prints one line per fact: nothing that depends on where it runs.
Everything printed must be the same on a local file system and on the mount; lines that begin with '~' are for the test alone.
"""
import ctypes, errno, fcntl, mmap, os, signal, socket, stat, subprocess, sys, threading

TOP = sys.argv[1]
os.chdir(TOP)
os.umask(0o022)
libc = ctypes.CDLL(None, use_errno=True)
NOBODY = 65534
AT_FDCWD = -100


def say(*what):
    print(*what, flush=True)


def attempt(label, call, *args, **kwargs):
    """Prints the result of a call, or its error."""
    try:
        result = call(*args, **kwargs)
        say(label, "ok" if result is None else result)
        return result
    except OSError as e:
        say(label, errno.errorcode.get(e.errno, e.errno))
        return None


def c(name, *args):
    ctypes.set_errno(0)
    function = getattr(libc, name)
    function.restype = ctypes.c_int
    result = function(*args)
    if result < 0:
        raise OSError(ctypes.get_errno(), name)
    return result


def touch(name, data=b""):
    with open(name, "wb") as f:
        f.write(data)


def content(name):
    with open(name, "rb") as f:
        return f.read()


def section(name):
    say("==", name)
    os.mkdir(os.path.join(TOP, name))
    os.chdir(os.path.join(TOP, name))


def as_nobody(call):
    """In a child without privileges; prints what it prints."""
    sys.stdout.flush()
    pid = os.fork()
    if pid == 0:
        try:
            os.setgroups([])
            os.setresgid(NOBODY, NOBODY, NOBODY)
            os.setresuid(NOBODY, NOBODY, NOBODY)
            call()
        except BaseException as e:
            say("child failed:", repr(e))
        finally:
            sys.stdout.flush()
            os._exit(0)
    os.waitpid(pid, 0)


def kind(name):
    st = os.lstat(name)
    return "%o nlink %d uid %d gid %d size %d" % (
        st.st_mode, st.st_nlink, st.st_uid, st.st_gid, 0 if stat.S_ISDIR(st.st_mode) else st.st_size)


def create():
    fd = os.open("a", os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o640)
    os.close(fd)
    attempt("excl again", os.open, "a", os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o640)
    say(kind("a"))
    os.mkdir("d", 0o751)
    say(kind("d"))
    attempt("mkdir again", os.mkdir, "d")
    attempt("mkdir on file", os.mkdir, "a")
    attempt("mkdir below file", os.mkdir, "a/x")
    attempt("mkdir in nothing", os.mkdir, "none/x")
    attempt("create in nothing", touch, "none/x")
    attempt("O_DIRECTORY on file", os.open, "a", os.O_RDONLY | os.O_DIRECTORY)
    attempt("write a directory", os.open, "d", os.O_WRONLY)
    for label, mode in [("fifo", stat.S_IFIFO), ("sock", stat.S_IFSOCK), ("chr", stat.S_IFCHR), ("blk", stat.S_IFBLK), ("reg", stat.S_IFREG)]:
        attempt("mknod " + label, os.mknod, label, mode | 0o604, os.makedev(7, 300))
        st = os.lstat(label)
        say(kind(label), os.major(st.st_rdev) if label in ("chr", "blk") else "", os.minor(st.st_rdev) if label in ("chr", "blk") else "")
    s = socket.socket(socket.AF_UNIX)
    attempt("bind", s.bind, "bound")
    s.close()
    say(kind("bound"))
    os.umask(0o077)
    touch("masked")
    os.umask(0o022)
    say(kind("masked"))
    attempt("name 255", touch, "n" * 255)
    attempt("name 256", touch, "n" * 256)
    attempt("stat 256", os.stat, "n" * 256)
    attempt("unlink 256", os.unlink, "n" * 256)
    attempt("mkdir 256", os.mkdir, "n" * 256)
    attempt("utf8", touch, "ä€𝄞")
    attempt("bytes", touch, b"\xff\xfe new\nline")
    say(sorted(os.listdir(b".")))
    os.chmod(".", 0o755)
    os.mkdir("sgid")
    os.chown("sgid", 0, 4242)
    os.chmod("sgid", 0o2755)
    touch("sgid/file")
    os.mkdir("sgid/dir")
    say(kind("sgid/file"))
    say(kind("sgid/dir"))


def links():
    touch("f", b"data")
    before = os.stat("f")
    os.link("f", "g")
    after = os.stat("f")
    say(kind("g"), before.st_ino == os.stat("g").st_ino, before.st_mtime_ns == after.st_mtime_ns)
    attempt("link on name", os.link, "f", "g")
    os.mkdir("d")
    attempt("link a directory", os.link, "d", "e")
    os.symlink("f", "s")
    say(kind("s").split()[0], os.readlink("s"), content("s"))
    os.symlink("none", "dangling")
    attempt("open dangling", os.open, "dangling", os.O_RDONLY)
    os.symlink("loop", "loop")
    attempt("loop", os.open, "loop", os.O_RDONLY)
    attempt("nofollow", os.open, "s", os.O_RDONLY | os.O_NOFOLLOW)
    attempt("target 4095", os.symlink, "t" * 4095, "long")
    say(len(os.readlink("long")))
    attempt("target 4096", os.symlink, "t" * 4096, "longer")
    attempt("target empty", os.symlink, "", "empty")
    attempt("readlink of a file", os.readlink, "f")
    attempt("through file", os.stat, "f/x")
    os.link("s", "hard", follow_symlinks=False)
    say(os.readlink("hard"))
    for i in range(100):
        os.link("f", "l%d" % i)
    say(os.stat("f").st_nlink)
    for i in range(100):
        os.unlink("l%d" % i)
    say(os.stat("f").st_nlink)


def rename2(old, new, flags):
    c("renameat2", AT_FDCWD, old.encode(), AT_FDCWD, new.encode(), flags)


def rename():
    touch("a", b"A")
    touch("b", b"B")
    os.rename("a", "b")
    say(sorted(os.listdir(".")), content("b"))
    os.link("b", "b2")
    os.rename("b", "b2")
    say(sorted(os.listdir(".")))
    os.unlink("b2")
    os.makedirs("d/sub")
    os.mkdir("e")
    touch("d/file")
    attempt("file over directory", os.rename, "b", "e")
    attempt("directory over file", os.rename, "e", "b")
    attempt("over a full directory", os.rename, "e", "d")
    attempt("over an empty directory", os.rename, "d", "e")
    say(sorted(os.listdir("e")))
    attempt("below itself", os.rename, "e", "e/g")
    attempt("nothing", os.rename, "none", "x")
    attempt("to nowhere", os.rename, "b", "none/x")
    attempt("256", os.rename, "b", "n" * 256)
    attempt(".", os.rename, "e/.", "x")
    os.mkdir("p1")
    os.mkdir("p2")
    os.mkdir("p1/moving")
    say(os.stat("p1").st_nlink, os.stat("p2").st_nlink)
    os.rename("p1/moving", "p2/moved")
    say(os.stat("p1").st_nlink, os.stat("p2").st_nlink)
    touch("x")
    touch("y")
    attempt("NOREPLACE on a name", rename2, "x", "y", 1)
    attempt("NOREPLACE", rename2, "x", "z", 1)
    attempt("NOREPLACE|EXCHANGE", rename2, "y", "z", 3)
    attempt("unknown flag", rename2, "y", "z", 64)
    # only the mount: EXCHANGE and WHITEOUT do not exist there
    for flag in (2, 4):
        try:
            rename2("y", "z", flag)
            say("~", flag, "ok")
        except OSError as e:
            say("~", flag, errno.errorcode[e.errno])
    fd = os.open("z", os.O_RDONLY)
    os.rename("z", "renamed")
    os.write(os.open("renamed", os.O_WRONLY), b"later")
    say(os.read(fd, 100))
    os.close(fd)


def unlink():
    touch("a", b"stays readable")
    fd = os.open("a", os.O_RDWR)
    os.unlink("a")
    say(os.path.exists("a"), os.fstat(fd).st_nlink, os.read(fd, 100))
    os.pwrite(fd, b"more" * 5000, 100)
    os.fsync(fd)
    say(os.fstat(fd).st_size, os.pread(fd, 4, 104))
    touch("a", b"another")
    say(content("a"), os.fstat(fd).st_size)
    os.close(fd)
    attempt("unlink twice", os.unlink, "none")
    os.makedirs("d/e")
    attempt("rmdir full", os.rmdir, "d")
    attempt("unlink a directory", os.unlink, "d")
    attempt("rmdir a file", os.rmdir, "a")
    attempt("rmdir .", os.rmdir, "d/.")
    dirfd = os.open("d/e", os.O_RDONLY)
    os.rmdir("d/e")
    say(os.fstat(dirfd).st_nlink)
    attempt("create in a removed directory", os.open, "x", os.O_CREAT | os.O_WRONLY, dir_fd=dirfd)
    os.close(dirfd)
    os.rmdir("d")


def link_open(fd, name):
    c("linkat", AT_FDCWD, b"/proc/self/fd/%d" % fd, AT_FDCWD, name.encode(), 0x400)


def tmpfile():
    fd = os.open(".", os.O_TMPFILE | os.O_RDWR, 0o777)
    say("%o" % os.fstat(fd).st_mode, os.fstat(fd).st_nlink, os.listdir("."))
    os.write(fd, b"complete" * 1000)
    attempt("linkat", link_open, fd, "linked")
    say(kind("linked"), os.fstat(fd).st_nlink, content("linked") == b"complete" * 1000)
    os.close(fd)
    fd = os.open(".", os.O_TMPFILE | os.O_RDWR | os.O_EXCL, 0o600)
    attempt("linkat after O_EXCL", link_open, fd, "never")
    os.close(fd)
    say(os.listdir("."))


def attributes():
    touch("f", b"x" * 8192)
    os.chmod("f", 0o6755)
    os.chown("f", 100, 200)
    say(kind("f"))
    os.chmod("f", 0o7777)
    say(kind("f"))
    os.utime("f", ns=(1_000_000_001, 2_000_000_003))
    st = os.stat("f")
    say(st.st_atime_ns, st.st_mtime_ns)
    os.utime("f", ns=(-5_000_000_001, 2_200_000_000_000_000_000))
    st = os.stat("f")
    say(st.st_atime_ns, st.st_mtime_ns)
    before = st.st_ctime_ns
    os.truncate("f", 6144)
    os.truncate("f", 12288)
    data = content("f")
    say(len(data), data[6143:6145], data[6144:] == bytes(6144))
    say(os.stat("f").st_ctime_ns >= before, os.stat("f").st_mtime_ns > 0)
    attempt("truncate negative", os.truncate, "f", -1)
    attempt("truncate a directory", os.truncate, ".", 0)
    attempt("truncate nothing", os.truncate, "none", 0)
    os.mkdir("d")
    os.chmod("d", 0o1777)
    say(kind("d"))
    os.symlink("f", "s")
    os.chown("s", 5, 6, follow_symlinks=False)
    say(kind("s").split()[3:7], kind("f").split()[3:7])
    big = os.open("big", os.O_CREAT | os.O_RDWR)
    os.ftruncate(big, 1 << 40)
    say(os.fstat(big).st_size, os.fstat(big).st_blocks, os.pread(big, 10, 1 << 39))
    os.close(big)


def read_write():
    fd = os.open("f", os.O_CREAT | os.O_RDWR)
    say(os.write(fd, b""), os.pwrite(fd, b"tail", 100000), os.fstat(fd).st_size)
    say(os.pread(fd, 8, 99998), os.pread(fd, 100, 100004), os.pread(fd, 10, 10) == bytes(10))
    os.pwrite(fd, b"0123456789", 4090)
    say(os.pread(fd, 16, 4088))
    attempt("pread negative", os.pread, fd, 1, -1)
    os.close(fd)
    fd = os.open("f", os.O_RDONLY)
    attempt("write read-only", os.write, fd, b"x")
    os.close(fd)
    fd = os.open("f", os.O_WRONLY)
    attempt("read write-only", os.read, fd, 1)
    os.close(fd)
    one = os.open("log", os.O_CREAT | os.O_WRONLY | os.O_APPEND)
    two = os.open("log", os.O_WRONLY | os.O_APPEND)
    for i in range(50):
        os.write(one, b"one\n")
        os.write(two, b"two\n")
    os.close(one)
    os.close(two)
    say(content("log") == b"one\ntwo\n" * 50)
    sys.stdout.flush()
    pids = []
    for child in range(4):
        pid = os.fork()
        if pid == 0:
            fd = os.open("shared", os.O_CREAT | os.O_WRONLY | os.O_APPEND)
            for i in range(50):
                os.write(fd, b"%d%03d " % (child, i))
            os._exit(0)
        pids.append(pid)
    for pid in pids:
        os.waitpid(pid, 0)
    words = content("shared").split()
    say(len(words), len(set(words)), all([w for w in words if w[0] == d] == sorted(w for w in words if w[0] == d) for d in b"0123"))
    fd = os.open("f", os.O_RDWR | os.O_TRUNC)
    say(os.fstat(fd).st_size, os.fstat(fd).st_blocks)
    data = os.urandom(3_000_001)
    at = 0
    while at < len(data):
        at += os.write(fd, data[at : at + 77777])
    os.fsync(fd)
    os.fdatasync(fd)
    say(content("f") == data)
    a, b = os.open("f", os.O_RDONLY), os.open("copy", os.O_CREAT | os.O_WRONLY)
    copied = 0
    while (n := os.copy_file_range(a, b, 1 << 20)) > 0:
        copied += n
    say("copy_file_range", copied, content("copy") == data)
    os.lseek(a, 0, os.SEEK_SET)
    os.ftruncate(b, 0)
    os.lseek(b, 0, os.SEEK_SET)
    sent = 0
    while (n := os.sendfile(b, a, None, 1 << 20)) > 0:
        sent += n
    say("sendfile", sent, content("copy") == data)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    attempt("lseek past", os.lseek, fd, 1 << 40, os.SEEK_SET)
    os.close(fd)
    # read of a directory is EISDIR everywhere through FUSE
    fd = os.open(".", os.O_RDONLY)
    attempt("read a directory", os.read, fd, 10)
    os.close(fd)


def holes():
    fd = os.open("f", os.O_CREAT | os.O_RDWR)
    os.ftruncate(fd, 1 << 20)
    os.pwrite(fd, b"x" * 4096, 262144)
    os.pwrite(fd, b"y" * 4096, 524288)
    os.fsync(fd)
    for at in (0, 262144, 262145, 266240, 524288, 528384, (1 << 20) - 1):
        attempt("data from %d" % at, os.lseek, fd, at, os.SEEK_DATA)
        attempt("hole from %d" % at, os.lseek, fd, at, os.SEEK_HOLE)
    attempt("data at the end", os.lseek, fd, 1 << 20, os.SEEK_DATA)
    attempt("hole at the end", os.lseek, fd, 1 << 20, os.SEEK_HOLE)
    say(os.fstat(fd).st_blocks)
    os.close(fd)


def falloc(fd, mode, offset, length):
    c("fallocate", fd, mode, ctypes.c_long(offset), ctypes.c_long(length))


def fallocate():
    fd = os.open("f", os.O_CREAT | os.O_RDWR)
    attempt("allocate", falloc, fd, 0, 0, 20000)
    say(os.fstat(fd).st_size, os.pread(fd, 20000, 0) == bytes(20000))
    os.pwrite(fd, b"inside", 5000)
    say(os.pread(fd, 10, 4998))
    attempt("keep size", falloc, fd, 1, 0, 1 << 20)
    say(os.fstat(fd).st_size)
    attempt("length 0", falloc, fd, 0, 0, 0)
    attempt("negative", falloc, fd, 0, -1, 10)
    attempt("too big", falloc, fd, 0, 1 << 62, 1 << 62)
    attempt("unknown mode", falloc, fd, 0x400, 0, 4096)
    read = os.open("f", os.O_RDONLY)
    attempt("read-only", falloc, read, 0, 0, 10)
    # only the mount: these modes do not exist there
    for mode in (3, 8, 0x10, 0x20, 0x40):
        try:
            falloc(fd, mode, 0, 4096)
            say("~", mode, "ok")
        except OSError as e:
            say("~", mode, errno.errorcode[e.errno])
    os.close(fd)
    os.close(read)


def mapped():
    touch("f", b"a" * 10000)
    fd = os.open("f", os.O_RDWR)
    m = mmap.mmap(fd, 10000)
    m[5000:5005] = b"HELLO"
    say(m[4998:5007])
    m.flush()
    say(os.pread(fd, 9, 4998))
    os.pwrite(fd, b"bye", 5000)
    say(m[4998:5007])
    n = mmap.mmap(fd, 10000, access=mmap.ACCESS_COPY)
    n[0:3] = b"own"
    say(content("f")[:3], n[:3])
    m[9999:10000] = b"z"
    m.close()
    os.close(fd)
    say(content("f")[-2:], len(content("f")))
    fd = os.open("new", os.O_CREAT | os.O_RDWR)
    os.ftruncate(fd, 1 << 20)
    m = mmap.mmap(fd, 1 << 20)
    for i in range(0, 1 << 20, 40960):
        m[i : i + 4] = b"page"
    m.flush()
    os.fsync(fd)
    m.close()
    os.close(fd)
    data = content("new")
    say(len(data), data.count(b"page"))
    say(subprocess.run(["cp", "new", "program"]).returncode)
    subprocess.run(["cp", "/bin/true", "run"], check=True)
    say("exec", subprocess.run(["./run"]).returncode)


def direct():
    buffer = mmap.mmap(-1, 65536)
    buffer[:] = b"d" * 65536
    fd = os.open("f", os.O_CREAT | os.O_RDWR | os.O_DIRECT)
    say(os.pwritev(fd, [buffer], 0), os.pwritev(fd, [buffer], 65536))
    buffer[:] = bytes(65536)
    say(os.preadv(fd, [buffer], 65536), buffer[:] == b"d" * 65536)
    say(os.preadv(fd, [buffer], 131072))
    os.close(fd)
    say(content("f") == b"d" * 131072)
    with open("f", "r+b") as f:
        f.seek(4096)
        f.write(b"buffered")
    fd = os.open("f", os.O_RDONLY | os.O_DIRECT)
    os.preadv(fd, [buffer], 0)
    say(buffer[4090:4110])
    os.close(fd)
    fd = os.open("s", os.O_CREAT | os.O_WRONLY | os.O_SYNC)
    say(os.write(fd, b"synchronous"))
    os.close(fd)


def xattrs():
    touch("f")
    attempt("set", os.setxattr, "f", "user.a", b"value")
    attempt("get", os.getxattr, "f", "user.a")
    attempt("create again", os.setxattr, "f", "user.a", b"v", os.XATTR_CREATE)
    attempt("replace", os.setxattr, "f", "user.a", b"longer value", os.XATTR_REPLACE)
    attempt("replace missing", os.setxattr, "f", "user.b", b"v", os.XATTR_REPLACE)
    attempt("empty", os.setxattr, "f", "user.empty", b"")
    attempt("get empty", os.getxattr, "f", "user.empty")
    attempt("get missing", os.getxattr, "f", "user.none")
    attempt("remove missing", os.removexattr, "f", "user.none")
    say(sorted(os.listxattr("f")))
    attempt("trusted", os.setxattr, "f", "trusted.t", b"1")
    attempt("no prefix", os.setxattr, "f", "nothing", b"1")
    attempt("system", os.setxattr, "f", "system.nothing", b"1")
    attempt("name too long", os.setxattr, "f", "user." + "n" * 251, b"1")
    attempt("name longest", os.setxattr, "f", "user." + "n" * 250, b"1")
    attempt("value too long", os.setxattr, "f", "user.big", b"x" * 65537)
    buffer = ctypes.create_string_buffer(4)
    attempt("small buffer", c, "getxattr", b"f", b"user.a", buffer, 4)
    attempt("size only", c, "getxattr", b"f", b"user.a", None, 0)
    attempt("small list", c, "listxattr", b"f", buffer, 4)
    for size in (1, 800, 895, 896, 897, 1700, 1792, 2000):
        os.setxattr("f", "user.grow", bytes([size % 251]) * size)
        say(os.getxattr("f", "user.grow") == bytes([size % 251]) * size)
    for size in (1500, 100, 0):
        os.setxattr("f", "user.grow", b"s" * size)
        say(os.getxattr("f", "user.grow") == b"s" * size)
    for name in list(os.listxattr("f")):
        os.removexattr("f", name)
    say(os.listxattr("f"))
    os.symlink("f", "s")
    os.mkfifo("p")
    attempt("user on symlink", os.setxattr, "s", "user.a", b"1", follow_symlinks=False)
    attempt("user on fifo", os.setxattr, "p", "user.a", b"1")
    attempt("trusted on symlink", os.setxattr, "s", "trusted.a", b"1", follow_symlinks=False)
    touch("other", b"")
    os.chmod("other", 0o600)
    as_nobody(lambda: (attempt("set without permission", os.setxattr, "other", "user.a", b"1"),
                       attempt("trusted without privilege", os.setxattr, "f", "trusted.a", b"1")))


def acl():
    def sh(command):
        done = subprocess.run(["sh", "-c", command], capture_output=True, text=True)
        say(command, "->", done.returncode, done.stdout.strip(), done.stderr.strip())

    touch("f", b"secret")
    os.chmod("f", 0o600)
    as_nobody(lambda: attempt("read", content, "f"))
    sh("setfacl -m u:65534:r f && getfacl -cn f")
    as_nobody(lambda: (attempt("read", content, "f"), attempt("write", os.open, "f", os.O_WRONLY)))
    sh("stat -c %a f")
    sh("chmod 0600 f && getfacl -cn f")
    as_nobody(lambda: attempt("read masked", content, "f"))
    sh("chmod 0640 f && getfacl -cn f")
    sh("setfacl -b f && getfacl -cn f && stat -c %a f")
    os.mkdir("d")
    sh("setfacl -d -m u:22222:rwx d && getfacl -cn d")
    os.umask(0o077)
    touch("d/file")
    os.mkdir("d/dir")
    os.umask(0o022)
    sh("getfacl -cn d/file d/dir; stat -c %a d/file d/dir")
    sh("setfacl -d -m u:1:r f")
    sh("setfacl -k d; getfacl -cn d")
    as_nobody(lambda: sh("setfacl -m u:1:r f"))
    sh("setfacl -m g:2345:rw,m::r f; getfacl -cn f")


def locks():
    touch("f", b"x" * 100)
    a, b = os.open("f", os.O_RDWR), os.open("f", os.O_RDWR)
    fcntl.flock(a, fcntl.LOCK_EX | fcntl.LOCK_NB)
    attempt("flock taken", fcntl.flock, b, fcntl.LOCK_SH | fcntl.LOCK_NB)
    fcntl.flock(a, fcntl.LOCK_UN)
    attempt("flock free", fcntl.flock, b, fcntl.LOCK_SH | fcntl.LOCK_NB)
    attempt("flock shared", fcntl.flock, a, fcntl.LOCK_SH | fcntl.LOCK_NB)
    fcntl.flock(a, fcntl.LOCK_UN)
    fcntl.flock(b, fcntl.LOCK_UN)
    fcntl.lockf(a, fcntl.LOCK_EX | fcntl.LOCK_NB, 50, 0)

    def other():
        attempt("range taken", fcntl.lockf, b, fcntl.LOCK_EX | fcntl.LOCK_NB, 10, 40)
        attempt("range free", fcntl.lockf, b, fcntl.LOCK_EX | fcntl.LOCK_NB, 10, 50)

    os.chmod("f", 0o666)
    as_nobody(other)
    fcntl.lockf(a, fcntl.LOCK_UN, 50, 0)
    as_nobody(other)
    os.close(a)
    os.close(b)


def listing():
    stable = ["stable%04d" % i for i in range(700)]
    for name in stable:
        touch(name)
    stop = threading.Event()

    def churn():
        i = 0
        while not stop.is_set():
            touch("churn%d" % (i % 97))
            os.unlink("churn%d" % (i % 97))
            i += 1

    thread = threading.Thread(target=churn)
    thread.start()
    good = 0
    try:
        for _ in range(8):
            names = [n for n in os.listdir(".") if n.startswith("stable")]
            good += sorted(names) == stable
    finally:
        stop.set()
        thread.join()
    say("whole listings", good)
    for name in stable[::2]:
        os.unlink(name)
    say(sorted(os.listdir(".")) == stable[1::2])
    with os.scandir(".") as entries:
        say(all(e.is_file(follow_symlinks=False) and e.inode() == os.lstat(e.name).st_ino for e in entries))
    subprocess.run(["rm", "-rf", "."], stderr=subprocess.DEVNULL)
    for name in os.listdir("."):
        os.unlink(name)
    say(os.listdir("."), [n for n in subprocess.run(["ls", "-a"], capture_output=True, text=True).stdout.split()])


def statistics():
    st = os.statvfs(".")
    say(st.f_bsize, st.f_namemax, st.f_blocks >= st.f_bfree >= st.f_bavail > 0, st.f_files > 0)
    touch("f")
    birth = subprocess.run(["stat", "-c", "%W", "f"], capture_output=True, text=True).stdout.strip()
    say("birth", abs(int(birth) - os.stat("f").st_mtime) < 3600)
    os.utime("f", (5, 5))
    say(subprocess.run(["stat", "-c", "%W", "f"], capture_output=True, text=True).stdout.strip() == birth)


def permissions():
    os.mkdir("shut", 0o700)
    touch("shut/f", b"x")
    os.mkdir("open", 0o777)
    os.chmod("open", 0o777)
    os.mkdir("sticky")
    os.chmod("sticky", 0o1777)
    touch("sticky/roots")
    touch("readable", b"r")
    os.chmod("readable", 0o644)
    touch("suid", b"")
    os.chmod("suid", 0o6777)
    touch("sgid", b"")
    os.chmod("sgid", 0o6767)

    def user():
        attempt("list", os.listdir, "shut")
        attempt("lookup", os.stat, "shut/f")
        attempt("read", content, "readable")
        attempt("write", os.open, "readable", os.O_WRONLY)
        attempt("truncate", os.truncate, "readable", 0)
        attempt("chmod", os.chmod, "readable", 0o777)
        attempt("chown", os.chown, "readable", NOBODY, NOBODY)
        attempt("utimes", os.utime, "readable", (1, 1))
        attempt("touch now", os.utime, "readable")
        attempt("create", touch, "new")
        attempt("create in open", touch, "open/mine")
        say(kind("open/mine"))
        attempt("chown away", os.chown, "open/mine", 0, 0)
        attempt("chmod own", os.chmod, "open/mine", 0o600)
        attempt("sticky unlink", os.unlink, "sticky/roots")
        attempt("sticky rename", os.rename, "sticky/roots", "sticky/x")
        attempt("mknod", os.mknod, "open/dev", stat.S_IFCHR | 0o600, os.makedev(1, 3))
        attempt("mkfifo", os.mkfifo, "open/fifo")
        attempt("access", os.access, "readable", os.W_OK)
        attempt("setgid of another group", os.chmod, "open/mine", 0o2700)
        for name in ("suid", "sgid"):
            with open(name, "ab") as f:
                f.write(b"x")
            # S_ISGID without group execution is no privilege: through FUSE it stays
            say("~ sgid" if name == "sgid" else name, kind(name))

    as_nobody(user)
    os.chmod("suid", 0o6777)
    with open("suid", "ab") as f:
        f.write(b"root")
    say(kind("suid"))
    os.chown("suid", 1, 1)
    say(kind("suid"))


for test in (create, links, rename, unlink, tmpfile, attributes, read_write, holes, fallocate, mapped, direct, xattrs, acl, locks,
             listing, statistics, permissions):
    section(test.__name__)
    test()
say("end")
