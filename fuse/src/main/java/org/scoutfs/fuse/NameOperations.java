package org.scoutfs.fuse;

import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.fs.Attributes;
import org.scoutfs.fuse.protocol.ReplyBuffer;
import org.scoutfs.fuse.protocol.Request;
import org.scoutfs.fuse.protocol.Wire.EntryOut;
import org.scoutfs.fuse.protocol.Wire.LinkIn;
import org.scoutfs.fuse.protocol.Wire.MkdirIn;
import org.scoutfs.fuse.protocol.Wire.MknodIn;
import org.scoutfs.fuse.protocol.Wire.Rename2In;
import org.scoutfs.fuse.protocol.Wire.RenameIn;

/** Requests on names. Each returns the length of the reply's body; failures are exceptions. */
final class NameOperations {
    private final Session session;

    NameOperations(Session session) {
        this.session = session;
    }

    /** Also of "." and "..": so NFS and file handles find an inode by its number alone. */
    int lookup(Exchange x) throws FsException {
        byte[] name = x.request().name(0);
        long dir = x.ino();
        Attributes found;
        try {
            found = session.vfs.lookup(x.caller(), dir, name);
        } catch (FsException e) {
            if (e.errno() != Errno.ENOENT || isDots(name)) {
                throw e;
            }
            return absent(x, dir, name, e);
        }
        if (isDots(name)) {
            return withoutName(x, found);
        }
        return session.entry(x, dir, name, found);
    }

    int mknod(Exchange x) throws FsException {
        Request r = x.request();
        byte[] name = r.name(MknodIn.SIZE);
        x.caller().creating(r.int32(MknodIn.UMASK), r.supplementaryGroup());
        int device = ReplyBuffer.deviceFromKernel(r.int32(MknodIn.RDEV));
        Attributes made = session.vfs.mknod(x.caller(), x.ino(), name, r.int32(MknodIn.MODE), device);
        return session.entry(x, x.ino(), name, made);
    }

    int mkdir(Exchange x) throws FsException {
        Request r = x.request();
        byte[] name = r.name(MkdirIn.SIZE);
        x.caller().creating(r.int32(MkdirIn.UMASK), r.supplementaryGroup());
        Attributes made = session.vfs.mkdir(x.caller(), x.ino(), name, r.int32(MkdirIn.MODE));
        return session.entry(x, x.ino(), name, made);
    }

    int symlink(Exchange x) throws FsException {
        Request r = x.request();
        byte[] name = r.name(0);
        byte[] target = r.name(name.length + 1);
        x.caller().creating(0, r.supplementaryGroup());
        return session.entry(x, x.ino(), name, session.vfs.symlink(x.caller(), x.ino(), name, target));
    }

    int link(Exchange x) throws FsException {
        Request r = x.request();
        byte[] name = r.name(LinkIn.SIZE);
        long target = NodeId.ino(r.int64(LinkIn.OLDNODEID));
        return session.entry(x, x.ino(), name, session.vfs.link(x.caller(), target, x.ino(), name));
    }

    int unlink(Exchange x) throws FsException {
        session.vfs.unlink(x.caller(), x.ino(), x.request().name(0));
        return 0;
    }

    int rmdir(Exchange x) throws FsException {
        session.vfs.rmdir(x.caller(), x.ino(), x.request().name(0));
        return 0;
    }

    int rename(Exchange x) throws FsException {
        Request r = x.request();
        return rename(x, NodeId.ino(r.int64(RenameIn.NEWDIR)), RenameIn.SIZE, 0);
    }

    int rename2(Exchange x) throws FsException {
        Request r = x.request();
        return rename(x, NodeId.ino(r.int64(Rename2In.NEWDIR)), Rename2In.SIZE, r.int32(Rename2In.FLAGS));
    }

    int readlink(Exchange x) throws FsException {
        byte[] target = session.vfs.readlink(x.caller(), x.ino());
        return x.reply().bytes(target);
    }

    private int rename(Exchange x, long newDir, int namesAt, int flags) throws FsException {
        byte[] name = x.request().name(namesAt);
        byte[] newName = x.request().name(namesAt + name.length + 1);
        x.inFlight().alsoOn(newDir);
        session.vfs.rename(x.caller(), x.ino(), name, newDir, newName, flags);
        session.openWindow(x);
        // The kernel moves its entry, with the timeout it has, to the new name.
        if (session.negotiated.cacheMode() == CacheMode.FULL) {
            session.names.add(newDir, newName);
        }
        return 0;
    }

    private int absent(Exchange x, long dir, byte[] name, FsException e) throws FsException {
        session.openWindow(x);
        long seconds = session.nameSeconds(x, dir);
        if (seconds == 0) {
            throw e;
        }
        session.names.add(dir, name);
        x.reply().entry(0, 0, seconds, 0, null);
        return EntryOut.SIZE;
    }

    /** Reached by number and not by name: there is no entry that could become wrong. */
    private int withoutName(Exchange x, Attributes found) {
        long ino = found.ino();
        session.inodes.add(ino, 1);
        x.givesLookup(ino);
        session.openWindow(x);
        return x.reply().entry(0, NodeId.of(ino), 0, session.attributeSeconds(x, ino), found);
    }

    private static boolean isDots(byte[] name) {
        return name[0] == '.' && (name.length == 1 || (name.length == 2 && name[1] == '.'));
    }
}
