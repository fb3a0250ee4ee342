"""Works in a new directory until an error ends it, and says what is known to be durable: path, blank, sha1 | - (gone) | ? (in change)."""
import errno, hashlib, os, random, sys

own, seed = sys.argv[1], int(sys.argv[2])
rnd = random.Random(seed)
out = sys.stdout


def say(path, what):
    out.write(path + " " + what + "\n")
    out.flush()


def sync(path):
    fd = os.open(path, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


files = {}
try:
    os.mkdir(own)
    nr = 0
    while True:
        nr += 1
        path = "%s/f%d" % (own, nr)
        data = rnd.randbytes(rnd.choice([0, 10, 4096, 5000, 70000, 300000]))
        with open(path, "wb") as f:
            f.write(data)
        files[path] = hashlib.sha1(data).hexdigest()
        what = rnd.random()
        if what < 0.4:
            sync(path)
            sync(own)
            say(path, files[path])
        elif what < 0.55:
            victim = rnd.choice(list(files))
            say(victim, "?")
            os.unlink(victim)
            del files[victim]
            if rnd.random() < 0.5:
                sync(own)
                say(victim, "-")
        elif what < 0.7:
            old = rnd.choice(list(files))
            new = "%s/n%d" % (own, nr)
            say(old, "?")
            os.rename(old, new)
            files[new] = files.pop(old)
            if rnd.random() < 0.5:
                sync(new)
                sync(own)
                say(old, "-")
                say(new, files[new])
        elif what < 0.8:
            os.mkdir("%s/d%d" % (own, nr))
        elif what < 0.9:
            # longer, in place: the old bytes are not at risk, the new size is
            victim = rnd.choice(list(files))
            say(victim, "?")
            with open(victim, "ab") as f:
                f.write(data)
                f.flush()
                os.fsync(f.fileno())
            with open(victim, "rb") as f:
                files[victim] = hashlib.sha1(f.read()).hexdigest()
            sync(own)
            say(victim, files[victim])
except OSError as e:
    say("error", errno.errorcode[e.errno])
