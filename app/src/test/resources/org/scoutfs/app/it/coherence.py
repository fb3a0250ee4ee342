"""
coherence.py SEED SECONDS MOUNT...

Callers on several mounts of one volume do random operations at the same time. Whoever changes an object has it for itself while it does, readers
share it; so each operation has a definite before and after, and its result must be that of a single copy, kept here. Prints what it did, or the
first difference with the history of the objects involved, and ends with 1; with 2 if an operation hangs.
"""
import multiprocessing, multiprocessing.connection, os, random, sys, time
from coherence_model import Model
from coherence_ops import Operations
from coherence_worker import serve

HANG_SECONDS = 60
CALLERS_PER_MOUNT = 2


class Mismatch(Exception):
    pass


class Checker:
    def __init__(self, seed, seconds, mounts):
        self.rnd = random.Random(seed)
        self.model = Model(self.rnd)
        self.operations = Operations(self.model)
        self.seconds = seconds
        self.mounts = mounts
        self.callers = []
        self.processes = []
        self.flying = {}
        self.done = 0
        self.errors = 0
        self.sweeps = 0
        for mount in mounts * CALLERS_PER_MOUNT:
            ours, theirs = multiprocessing.Pipe()
            process = multiprocessing.Process(target=serve, args=(mount, theirs), daemon=True)
            process.start()
            self.processes.append(process)
            theirs.close()
            self.callers.append(ours)

    def start(self, caller, op):
        op.take(1)
        if op.apply:
            op.apply()
        for inode in op.owned:
            inode.history.append("#%d on %s: %s%s" % (self.done, self.mount(caller), op.name, short(op.args)))
            del inode.history[:-12]
        self.flying[caller] = (op, time.monotonic())
        self.callers[caller].send((op.name, op.args))

    def mount(self, caller):
        return "mount %d caller %d" % (caller % len(self.mounts), caller // len(self.mounts))

    def collect(self):
        """Judges what has come back."""
        pipes = {self.callers[c]: c for c in self.flying}
        ready = multiprocessing.connection.wait(list(pipes), timeout=HANG_SECONDS)
        for pipe in ready:
            caller = pipes[pipe]
            op, _ = self.flying.pop(caller)
            op.take(-1)
            self.done += 1
            try:
                self.judge(caller, op, *pipe.recv())
            except EOFError:
                raise Mismatch("%s died in %s%s" % (self.mount(caller), op.name, short(op.args)))
        now = time.monotonic()
        for caller, (op, since) in self.flying.items():
            if now - since > HANG_SECONDS:
                print("HANGS: %s in %s%s for %d s" % (self.mount(caller), op.name, short(op.args), now - since))
                self.end(2)

    def judge(self, caller, op, how, value):
        problem = None
        if op.error:
            self.errors += 1
            if how != "error" or value != op.error:
                problem = "expected " + op.error
        elif how != "ok":
            problem = "expected success"
        elif callable(op.expected):
            problem = op.expected(value)
        elif value != op.expected:
            problem = "expected %s%s" % (short(op.expected), difference(op.expected, value))
        if problem:
            lines = ["%s: %s%s -> %s %s; %s" % (self.mount(caller), op.name, short(op.args), how, short(value), problem)]
            lines += self.again(op)
            for inode in op.owned | op.shared:
                if inode is not self.model.root:
                    lines.append("  history of %s %s:" % (inode.kind, [name for _, name in inode.places]))
                    lines += ["    " + line for line in inode.history]
            raise Mismatch("\n".join(lines))

    def again(self, op):
        """What the mounts say now, if looking does not change anything."""
        if op.name not in ("stat", "read", "listdir", "scan", "readlink", "getxattr", "read_direct"):
            return []
        said = []
        for caller in range(len(self.callers)):
            if caller not in self.flying:
                self.callers[caller].send((op.name, op.args))
                said.append("  again on %s: %s" % (self.mount(caller), short(self.callers[caller].recv())))
        return said

    def end(self, status):
        sys.stdout.flush()
        for process in self.processes:
            process.kill()
        os._exit(status)

    def quiesce(self):
        while self.flying:
            self.collect()

    def sweep(self):
        """Every object is looked at on every mount."""
        self.sweeps += 1
        self.quiesce()
        looks = [op for inode in self.model.inodes for op in self.operations.looks(inode)]
        for caller in range(len(self.mounts)):
            self.rnd.shuffle(looks)
            for op in looks:
                self.start(caller, op)
                self.collect()

    def run(self):
        for name in ("a", "b", "c"):
            self.start(0, self.operations.top(name))
            self.quiesce()
        end = time.monotonic() + self.seconds
        next_sweep = time.monotonic() + 5
        while time.monotonic() < end:
            idle = [c for c in range(len(self.callers)) if c not in self.flying]
            self.rnd.shuffle(idle)
            for caller in idle:
                for _ in range(20):
                    op = self.operations.random(caller)
                    if op is not None and op.free():
                        self.start(caller, op)
                        break
            if self.flying:
                self.collect()
            if time.monotonic() > next_sweep:
                self.sweep()
                next_sweep = time.monotonic() + 10
        self.sweep()


def short(value):
    text = repr(value)
    return text if len(text) < 200 else text[:150] + "...(%d)" % len(text)


def difference(expected, got):
    if not isinstance(expected, (bytes, bytearray)) or not isinstance(got, (bytes, bytearray)):
        return ""
    at = next((i for i, (a, b) in enumerate(zip(expected, got)) if a != b), min(len(expected), len(got)))
    return "; first difference at %d of %d, got %d bytes: expected %s, got %s" % (
        at, len(expected), len(got), bytes(expected[at:at + 16]).hex(), bytes(got[at:at + 16]).hex())


def main():
    seed, seconds, mounts = int(sys.argv[1]), float(sys.argv[2]), sys.argv[3:]
    checker = Checker(seed, seconds, mounts)
    try:
        checker.run()
    except Mismatch as e:
        print("VIOLATION with seed %d after %d operations:\n%s" % (seed, checker.done, e))
        checker.end(1)
    print("checked %d operations (%d errors), %d sweeps, %d objects, seed %d"
          % (checker.done, checker.errors, checker.sweeps, len(checker.model.inodes), seed))


if __name__ == "__main__":
    main()
