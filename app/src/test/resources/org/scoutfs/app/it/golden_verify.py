"""Compares every row of the reference's manifest with what the mount shows."""
import hashlib, os, re, stat, sys

TYPES = {
    "reg": stat.S_IFREG,
    "dir": stat.S_IFDIR,
    "lnk": stat.S_IFLNK,
    "blk": stat.S_IFBLK,
    "chr": stat.S_IFCHR,
    "fifo": stat.S_IFIFO,
    "sock": stat.S_IFSOCK,
}


def raw(text):
    return re.sub(b"%([0-9a-fA-F]{2})", lambda m: bytes([int(m.group(1), 16)]), text.encode())


def sha256(path):
    digest = hashlib.sha256()
    with open(path, "rb", buffering=0) as f:
        while chunk := f.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()


manifest, top = sys.argv[1], sys.argv[2].encode()
rows = 0
for line in open(manifest):
    if line.startswith("#"):
        continue
    rows += 1
    path, kind, mode, uid, gid, nlink, size, mtime, ino, rdev, content, target, xattrs = line.rstrip("\n").split("\t")
    name = top + b"/" + raw(path).strip(b"/")

    def same(what, expected, found):
        if expected != found:
            print(path, what, "expected", expected, "found", found)

    try:
        st = os.lstat(name)
        same("mode", TYPES[kind] | int(mode, 8), st.st_mode)
        same("uid", int(uid), st.st_uid)
        same("gid", int(gid), st.st_gid)
        same("nlink", int(nlink), st.st_nlink)
        same("size", int(size), st.st_size)
        same("mtime", mtime, "%d.%09d" % (st.st_mtime_ns // 10**9, st.st_mtime_ns % 10**9))
        same("ino", int(ino), st.st_ino)
        if rdev != "-":
            same("rdev", rdev, "%d:%d" % (os.major(st.st_rdev), os.minor(st.st_rdev)))
        if target != "-":
            same("target", raw(target), os.readlink(name))
        if content not in ("-", "offline"):
            same("sha256", content, sha256(name))
        pairs = [] if xattrs == "-" else [x.partition("=") for x in xattrs.split(";")]
        values = {key.encode(): bytes.fromhex(value) for key, _, value in pairs}
        shown = sorted(k for k in values if not (k.startswith(b"scoutfs.") and b"hide." in k))
        same("xattr names", shown, sorted(x.encode() for x in os.listxattr(name, follow_symlinks=False)))
        for key, value in values.items():
            same(key, value, os.getxattr(name, key, follow_symlinks=False))
    except OSError as e:
        print(path, e)
print("verified", rows)
