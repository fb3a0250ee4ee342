package org.scoutfs.fuse;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.Timespec;
import org.scoutfs.fs.AttributeChanges;
import org.scoutfs.fuse.protocol.InitFlag;
import org.scoutfs.fuse.protocol.MalformedRequestException;
import org.scoutfs.fuse.protocol.Request;
import org.scoutfs.fuse.protocol.Wire.GetxattrIn;
import org.scoutfs.fuse.protocol.Wire.SetattrIn;
import org.scoutfs.fuse.protocol.Wire.SetxattrIn;

/** Requests on attributes, plain and extended, and on the whole file system. */
final class AttributeOperations {
    private static final byte[] ACLS = "system.posix_acl_".getBytes(StandardCharsets.US_ASCII);

    private final Session session;

    AttributeOperations(Session session) {
        this.session = session;
    }

    int getattr(Exchange x) throws FsException {
        return session.attributes(x, session.vfs.getattr(x.ino()));
    }

    /** Comes only when somebody asks for the time of creation. */
    int statx(Exchange x) throws FsException {
        var attributes = session.vfs.getattr(x.ino());
        session.openWindow(x);
        return x.reply().statx(session.attributeSeconds(x, attributes.ino()), attributes);
    }

    int setattr(Exchange x) throws FsException {
        Request r = x.request();
        int valid = r.int32(SetattrIn.VALID);
        int changing = valid & ~(SetattrIn.VALID_FH | SetattrIn.VALID_LOCKOWNER);
        if (changing == 0) {
            return getattr(x);
        }
        AttributeChanges changes = new AttributeChanges(
                has(valid, SetattrIn.VALID_MODE) ? r.int32(SetattrIn.MODE) & 07777 : null,
                has(valid, SetattrIn.VALID_UID) ? r.int32(SetattrIn.UID) : null,
                has(valid, SetattrIn.VALID_GID) ? r.int32(SetattrIn.GID) : null,
                has(valid, SetattrIn.VALID_SIZE) ? r.int64(SetattrIn.SIZE_BYTES) : null,
                time(r, valid, SetattrIn.VALID_ATIME, SetattrIn.VALID_ATIME_NOW, SetattrIn.ATIME, SetattrIn.ATIME_NSEC),
                time(r, valid, SetattrIn.VALID_MTIME, SetattrIn.VALID_MTIME_NOW, SetattrIn.MTIME, SetattrIn.MTIME_NSEC),
                time(r, valid, SetattrIn.VALID_CTIME, 0, SetattrIn.CTIME, SetattrIn.CTIME_NSEC),
                has(valid, SetattrIn.VALID_KILL_SUIDGID));
        return session.attributes(x, session.vfs.setattr(x.caller(), x.ino(), changes));
    }

    int access(Exchange x) throws FsException {
        session.vfs.access(x.caller(), x.ino(), x.request().int32(0));
        return 0;
    }

    int statfs(Exchange x) throws FsException {
        return x.reply().statfs(session.vfs.statfs());
    }

    int syncfs() throws FsException {
        session.vfs.syncfs();
        return 0;
    }

    int fsync(Exchange x) throws FsException {
        session.vfs.fsync(x.ino());
        return 0;
    }

    int setxattr(Exchange x) throws FsException {
        Request r = x.request();
        boolean extended = session.negotiated.has(InitFlag.SETXATTR_EXT);
        int nameAt = extended ? SetxattrIn.SIZE : SetxattrIn.SIZE_WITHOUT_EXT;
        byte[] name = r.name(nameAt);
        byte[] value = r.bytes(nameAt + name.length + 1, r.int32(SetxattrIn.BYTES));
        boolean killSgid = extended && (r.int32(SetxattrIn.SETXATTR_FLAGS) & SetxattrIn.ACL_KILL_SGID) != 0;
        session.vfs.setxattr(x.caller(), x.ino(), name, value, r.int32(SetxattrIn.FLAGS), killSgid);
        return 0;
    }

    int getxattr(Exchange x) throws FsException {
        Request r = x.request();
        byte[] name = r.name(GetxattrIn.SIZE);
        if (isAcl(name)) {
            // Kept by the kernel unless it is told to forget before it has the reply: marked first.
            session.inodes.mark(x.ino(), KernelInodes.ATTRIBUTES);
        }
        byte[] value = session.vfs.getxattr(x.caller(), x.ino(), name);
        int room = r.int32(GetxattrIn.BYTES);
        if (room == 0) {
            return length(x, value.length);
        }
        if (Integer.compareUnsigned(value.length, room) > 0) {
            throw new FsException(Errno.ERANGE);
        }
        return x.reply().bytes(value);
    }

    int listxattr(Exchange x) throws FsException {
        List<byte[]> names = session.vfs.listxattr(x.caller(), x.ino());
        int total = 0;
        for (byte[] name : names) {
            total += name.length + 1;
        }
        int room = x.request().int32(GetxattrIn.BYTES);
        if (room == 0) {
            return length(x, total);
        }
        if (Integer.compareUnsigned(total, room) > 0 || total > x.reply().body().byteSize()) {
            throw new FsException(Errno.ERANGE);
        }
        byte[] all = new byte[total];
        int at = 0;
        for (byte[] name : names) {
            System.arraycopy(name, 0, all, at, name.length);
            at += name.length + 1;
        }
        return x.reply().bytes(all);
    }

    int removexattr(Exchange x) throws FsException {
        session.vfs.removexattr(x.caller(), x.ino(), x.request().name(0));
        return 0;
    }

    private static int length(Exchange x, int bytes) {
        x.reply().put32(GetxattrIn.BYTES, bytes);
        x.reply().put32(4, 0);
        return GetxattrIn.SIZE;
    }

    private static boolean isAcl(byte[] name) {
        return name.length > ACLS.length && Arrays.mismatch(name, ACLS) == ACLS.length;
    }

    private static boolean has(int valid, int bit) {
        return (valid & bit) != 0;
    }

    private static @Nullable Timespec time(Request r, int valid, int given, int now, int seconds, int nanos)
            throws MalformedRequestException {
        if (has(valid, now)) {
            return AttributeChanges.NOW;
        }
        return has(valid, given) ? new Timespec(r.int64(seconds), r.int32(nanos)) : null;
    }
}
