"""
coherence_races.py SEED SECONDS MOUNT...

Callers on several mounts race for the same objects, without any order but real time:

- registers (bytes in a shared mapping, contents, a size, a mode, an xattr, a name, a symlink) with one writer each, who counts up: whoever reads gets
  nothing older than what was written or seen by anybody before the read began, and nothing newer than what was begun when it ended;
- records appended to one file from everywhere: each is there once, whole, and in its writer's order;
- the same name created, linked, renamed, removed by everybody: exactly one wins.

Ends with 1 and the first violation, with 2 if a caller does not get on for a minute.
"""
import errno, mmap, multiprocessing, os, random, struct, sys, time
from coherence_worker import whole

HANG_SECONDS = 60
CALLERS_PER_MOUNT = 2
PAGE = 4096
MODES = 0o1000
NAMES = 24


class Shared:
    """Numbers that all callers see, in memory of this machine; each is written by one of them at a time."""
    def __init__(self, callers, registers):
        self.callers, self.registers = callers, registers
        self.memory = mmap.mmap(-1, 8 * (registers * (2 + callers) + callers * (1 + 4 * NAMES)))
        self.cells = memoryview(self.memory).cast("q")

    def begun(self, r):
        return 2 * r

    def ended(self, r):
        return 2 * r + 1

    def seen(self, caller, r):
        return 2 * self.registers + caller * self.registers + r

    def beat(self, caller):
        return self.registers * (2 + self.callers) + caller

    def wins(self, caller, kind, name):
        return self.registers * (2 + self.callers) + self.callers + (caller * 4 + kind) * NAMES + name

    def least(self, r):
        return max([self.cells[self.ended(r)]] + [self.cells[self.seen(c, r)] for c in range(self.callers)])


class Register:
    """One value in the file system; modulo is how many different ones it can hold, 0 if all."""
    modulo = 0

    def __init__(self, top, number):
        self.path = "%s/r%d" % (top, number)

    def make(self):
        with open(self.path, "wb") as f:
            f.write(bytes(PAGE))

    def open(self):
        pass


class Contents(Register):
    def open(self):
        self.fd = os.open(self.path, os.O_RDWR)

    def write(self, v):
        os.pwrite(self.fd, struct.pack("<Q", v), 100)

    def read(self):
        return struct.unpack("<Q", os.pread(self.fd, 8, 100))[0]


class Reopened(Register):
    """Written past the page cache, read through it by a new open file each time."""
    def write(self, v):
        fd = os.open(self.path, os.O_WRONLY)
        os.pwrite(fd, struct.pack("<Q", v), 200)
        os.close(fd)

    def read(self):
        fd = os.open(self.path, os.O_RDONLY)
        try:
            return struct.unpack("<Q", os.pread(fd, 8, 200))[0]
        finally:
            os.close(fd)


class Stored(Register):
    """Eight bytes of a mapping."""
    def open(self):
        fd = os.open(self.path, os.O_RDWR)
        self.map = mmap.mmap(fd, PAGE)
        os.close(fd)

    def write(self, v):
        self.map[64:72] = struct.pack("<Q", v)

    def read(self):
        return struct.unpack("<Q", self.map[64:72])[0]


class Byte(Register):
    """One byte of a page that all callers have mapped and store into, each into its own: a page must not go back with somebody's old copy."""
    modulo = 256

    def __init__(self, top, number, at):
        self.path, self.at = top + "/bytes", at

    def open(self):
        fd = os.open(self.path, os.O_RDWR)
        self.map = mmap.mmap(fd, PAGE)
        os.close(fd)

    def write(self, v):
        self.map[self.at] = v % 256

    def read(self):
        return self.map[self.at]


class Size(Register):
    def make(self):
        open(self.path, "wb").close()

    def write(self, v):
        os.truncate(self.path, v)

    def read(self):
        return os.stat(self.path).st_size


class Mode(Register):
    modulo = MODES

    def make(self):
        super().make()
        self.write(0)

    def write(self, v):
        os.chmod(self.path, v % MODES)

    def read(self):
        return os.stat(self.path).st_mode % MODES


class Xattr(Register):
    def write(self, v):
        os.setxattr(self.path, "user.v", b"%d" % v)

    def read(self):
        try:
            return int(os.getxattr(self.path, "user.v"))
        except OSError as e:
            if e.errno != errno.ENODATA:
                raise
            return 0


class Replaced(Register):
    """What a name leads to."""
    def make(self):
        self.write(0)

    def write(self, v):
        temporary = "%s.%d" % (self.path, os.getpid())
        with open(temporary, "w") as f:
            f.write(str(v))
        os.rename(temporary, self.path)

    def read(self):
        with open(self.path) as f:
            return int(f.read())


class Symlink(Register):
    def make(self):
        self.write(0)

    def write(self, v):
        temporary = "%s.%d" % (self.path, os.getpid())
        os.symlink(str(v), temporary)
        os.rename(temporary, self.path)

    def read(self):
        return int(os.readlink(self.path))


class Existence(Register):
    """There for odd numbers, not there for even ones."""
    modulo = 2

    def make(self):
        pass

    def write(self, v):
        if v % 2:
            os.close(os.open(self.path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o644))
        else:
            os.unlink(self.path)

    def read(self):
        return int(os.path.lexists(self.path))


def registers(top, callers):
    kinds = [Contents, Reopened, Stored, Size, Mode, Xattr, Replaced, Symlink, Existence]
    found = [kind(top, i) for i, kind in enumerate(kinds)]
    return found + [Byte(top, len(found) + i, 7 + i) for i in range(callers)]


class Violation(Exception):
    pass


class Caller:
    def __init__(self, number, mount, shared, barrier, seed, seconds):
        self.number, self.top, self.shared, self.barrier = number, mount + "/races", shared, barrier
        self.rnd = random.Random(seed * 1000 + number)
        self.seconds = seconds
        self.done = 0

    def beat(self):
        self.done += 1
        self.shared.cells[self.shared.beat(self.number)] = self.done

    def meet(self):
        self.barrier.wait(timeout=4 * HANG_SECONDS)

    def run(self):
        self.registers = registers(self.top, self.shared.callers)
        for register in self.registers:
            register.open()
        end = time.monotonic() + self.seconds
        for turn in range(1 << 30):
            self.register_turn(turn)
            self.append_turn(turn)
            self.name_turn(turn)
            self.meet()
            # everybody decides the same: by the clock of one
            if self.number == 0:
                self.stop.value = time.monotonic() > end
            self.meet()
            if self.stop.value:
                return

    def register_turn(self, turn):
        cells, shared = self.shared.cells, self.shared
        until = time.monotonic() + 6
        while time.monotonic() < until:
            self.beat()
            r = self.rnd.randrange(len(self.registers))
            register = self.registers[r]
            if (r + turn) % shared.callers == self.number:
                value = cells[shared.ended(r)] + 1
                cells[shared.begun(r)] = value
                register.write(value)
                cells[shared.ended(r)] = value
                continue
            least = shared.least(r)
            got = register.read()
            most = cells[shared.begun(r)]
            value = self.judge(register, got, least, most)
            cells[shared.seen(self.number, r)] = max(value, cells[shared.seen(self.number, r)])
        self.meet()

    def judge(self, register, got, least, most):
        """The least value it can have been."""
        m = register.modulo
        if m == 0:
            if least <= got <= most:
                return got
        elif most - least >= m:
            return least
        else:
            fitting = [v for v in range(least, most + 1) if v % m == got]
            if fitting:
                return fitting[0]
        again = register.read()
        raise Violation("%s of %s is %d, must be %d..%d%s; then %d" % (
            type(register).__name__, register.path, got, least, most, " modulo %d" % m if m else "", again))

    def append_turn(self, turn):
        path = "%s/log%d" % (self.top, turn)
        flags = self.rnd.choice([os.O_WRONLY, os.O_RDWR]) | os.O_APPEND | os.O_CREAT
        fd = os.open(path, flags, 0o644)
        for i in range(20):
            self.beat()
            filling = self.rnd.randbytes(self.rnd.choice([3, 100, 5000]))
            os.write(fd, struct.pack("<4sHHI", b"REC:", self.number, i, len(filling)) + filling)
        os.close(fd)
        self.meet()
        fd = os.open(path, os.O_RDONLY)
        data = whole(fd)
        os.close(fd)
        at, next_of = 0, [0] * self.shared.callers
        while at < len(data):
            mark, caller, i, length = struct.unpack_from("<4sHHI", data, at)
            if mark != b"REC:" or next_of[caller] != i:
                raise Violation("%s at %d: mark %s, record %d of caller %d, expected %d" % (path, at, mark, i, caller, next_of[caller]))
            next_of[caller] += 1
            at += 12 + length
        if next_of != [20] * self.shared.callers or at != len(data):
            raise Violation("%s: records lost: %s, %d of %d bytes" % (path, next_of, at, len(data)))
        self.meet()
        if self.number == 0:
            os.unlink(path)

    def name_turn(self, turn):
        steps = [
            lambda name: os.close(os.open(name, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o644)),
            lambda name: os.link(name, name + ".linked"),
            lambda name: os.rename(name, "%s.%d" % (name, self.number)),
            lambda name: os.unlink(name + ".linked")]
        expected = [errno.EEXIST, errno.EEXIST, errno.ENOENT, errno.ENOENT]
        for kind, step in enumerate(steps):
            for n in self.rnd.sample(range(NAMES), NAMES):
                self.beat()
                won = 1
                try:
                    step("%s/n%d" % (self.top, n))
                except OSError as e:
                    if e.errno != expected[kind]:
                        raise
                    won = 0
                self.shared.cells[self.shared.wins(self.number, kind, n)] = won
            self.meet()
            for n in range(NAMES):
                winners = [c for c in range(self.shared.callers) if self.shared.cells[self.shared.wins(c, kind, n)]]
                if len(winners) != 1:
                    raise Violation("n%d, step %d of create, link, rename, unlink: winners %s" % (n, kind, winners))
            self.meet()
        for n in range(NAMES):
            if self.shared.cells[self.shared.wins(self.number, 2, n)]:
                os.unlink("%s/n%d.%d" % (self.top, n, self.number))
        self.meet()
        left = [name for name in os.listdir(self.top) if name.startswith("n")]
        if left:
            raise Violation("left over: %s" % left)


def serve(caller, results):
    try:
        caller.run()
        results.put((caller.number, caller.done, None))
    except BaseException as e:
        results.put((caller.number, caller.done, "%s: %s" % (type(e).__name__, e)))


def main():
    seed, seconds, mounts = int(sys.argv[1]), float(sys.argv[2]), sys.argv[3:]
    callers = CALLERS_PER_MOUNT * len(mounts)
    top = mounts[0] + "/races"
    os.mkdir(top)
    with open(top + "/bytes", "wb") as f:
        f.write(bytes(PAGE))
    all_registers = registers(top, callers)
    for register in all_registers:
        if not isinstance(register, Byte):
            register.make()
    shared = Shared(callers, len(all_registers))
    barrier, results, stop = multiprocessing.Barrier(callers), multiprocessing.Queue(), multiprocessing.Value("b", 0)
    processes = []
    for number in range(callers):
        caller = Caller(number, mounts[number % len(mounts)], shared, barrier, seed, seconds)
        caller.stop = stop
        processes.append(multiprocessing.Process(target=serve, args=(caller, results), daemon=True))
        processes[-1].start()

    def end(status, text):
        print(text)
        sys.stdout.flush()
        for process in processes:
            process.kill()
        os._exit(status)

    done, operations, beats, since = 0, 0, None, time.monotonic()
    while done < callers:
        try:
            number, count, problem = results.get(timeout=1)
        except Exception:
            now = [shared.cells[shared.beat(c)] for c in range(callers)]
            if now != beats:
                beats, since = now, time.monotonic()
            elif time.monotonic() - since > HANG_SECONDS:
                end(2, "HANGS: no caller has got on for %d s; operations %s" % (HANG_SECONDS, now))
            continue
        if problem:
            end(1, "VIOLATION with seed %d by caller %d on %s after %d operations: %s"
                % (seed, number, mounts[number % len(mounts)], count, problem))
        done += 1
        operations += count
    end(0, "raced %d operations, %d values written, seed %d"
        % (operations, sum(shared.cells[shared.ended(r)] for r in range(len(all_registers))), seed))


if __name__ == "__main__":
    main()
