"""Compares what is there with what must be there, and reads everything else too: nothing may fail."""
import hashlib, os, sys

listed, top = sys.argv[1], sys.argv[2]
count = 0
for line in open(listed):
    path, what = line.split()
    count += 1
    try:
        found = hashlib.sha1(open(path, "rb").read()).hexdigest()
    except FileNotFoundError:
        found = "-"
    except OSError as e:
        found = str(e)
    if what != "?" and found != what:
        print(path, "expected", what, "found", found)
for where, dirs, names in os.walk(top, onerror=lambda e: print(e)):
    for name in names:
        os.lstat(os.path.join(where, name))
print("verified", count)
