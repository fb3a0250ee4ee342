package org.scoutfs.fuse;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.scoutfs.fuse.protocol.Wire.Notify;
import org.scoutfs.fuse.protocol.Wire.OutHeader;

/**
 * Sends notifications from one thread of the {@link Notifier}. Each call is one {@code write(2)} that may block for as long as a request
 * is unanswered (spec 6 section 4.4), and returns 0 or a negated errno.
 */
final class NotificationSender {
    /** Node ids in one PRUNE. */
    static final int MOST_PRUNED = 1024;

    private static final int BODY = OutHeader.SIZE;
    private static final int BYTES = BODY + Notify.PRUNE_NODES + MOST_PRUNED * 8;

    private final int fd;
    private final MemorySegment message = Arena.ofAuto().allocate(BYTES, 8);
    private final MemorySegment errno = NativeCalls.newErrno();

    NotificationSender(int fd) {
        this.fd = fd;
    }

    /** Attributes and ACLs; never blocks. */
    int invalidateAttributes(long ino) {
        return invalidateInode(ino, -1, 0);
    }

    /** Attributes, and the pages that touch the range; {@code lengthBytes} 0 means to the end. Writes dirty pages out first. */
    int invalidatePages(long ino, long offset, long lengthBytes) {
        return invalidateInode(ino, offset, lengthBytes);
    }

    /** @param flags {@link Notify#ENTRY_EXPIRE_ONLY} or 0 */
    int invalidateEntry(long dir, byte[] name, int flags) {
        message.set(JAVA_LONG, BODY + Notify.ENTRY_PARENT, NodeId.of(dir));
        message.set(JAVA_INT, BODY + Notify.ENTRY_NAMELEN, name.length);
        message.set(JAVA_INT, BODY + Notify.ENTRY_FLAGS, flags);
        MemorySegment.copy(name, 0, message, JAVA_BYTE, BODY + Notify.ENTRY_NAME, name.length);
        message.set(JAVA_BYTE, BODY + Notify.ENTRY_NAME + name.length, (byte) 0);
        return send(Notify.INVAL_ENTRY, Notify.ENTRY_NAME + name.length + 1);
    }

    /** All names of the mount; never blocks. */
    int incrementEpoch() {
        return send(Notify.INC_EPOCH, 0);
    }

    /** Asks the kernel to give inodes back that nobody uses. */
    int prune(long[] inos, int from, int count) {
        message.set(JAVA_LONG, BODY + Notify.PRUNE_COUNT, count);
        message.set(JAVA_LONG, BODY + 8, 0);
        for (int i = 0; i < count; i++) {
            message.set(JAVA_LONG, BODY + Notify.PRUNE_NODES + i * 8L, NodeId.of(inos[from + i]));
        }
        return send(Notify.PRUNE, Notify.PRUNE_NODES + count * 8);
    }

    private int invalidateInode(long ino, long offset, long lengthBytes) {
        message.set(JAVA_LONG, BODY + Notify.INODE_INO, NodeId.of(ino));
        message.set(JAVA_LONG, BODY + Notify.INODE_OFF, offset);
        message.set(JAVA_LONG, BODY + Notify.INODE_LEN, lengthBytes);
        return send(Notify.INVAL_INODE, Notify.INODE_SIZE);
    }

    private int send(int code, int bodyLength) {
        message.set(JAVA_INT, OutHeader.LEN, BODY + bodyLength);
        message.set(JAVA_INT, OutHeader.ERROR, code);
        message.set(JAVA_LONG, OutHeader.UNIQUE, 0);
        long n = NativeCalls.write(errno, fd, message.address(), BODY + bodyLength);
        return n < 0 ? (int) n : 0;
    }
}
