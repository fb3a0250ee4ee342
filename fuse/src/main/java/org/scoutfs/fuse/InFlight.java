package org.scoutfs.fuse;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.scoutfs.fuse.protocol.Opcode;

/**
 * What one reader has in its hands, for other threads to look at: which request, on which inodes, over which bytes. Written by its reader
 * without a lock; others take a copy and know from the unique number, read before and after, whether it is whole.
 */
final class InFlight {
    /** Requests whose bytes matter to page invalidation. */
    enum Kind {
        OTHER,
        /** Holds the locks of the folios in its range. */
        BUFFERED_READ,
        /** May hold the locks of the first and the last page of its range. */
        BUFFERED_WRITE
    }

    /** A copy. */
    record View(
            long unique,
            int opcode,
            int pid,
            long node,
            long otherNode,
            Kind kind,
            long start,
            long end,
            boolean ioctlThatAsks) {
        /** Whether it can be given up while it waits for a lock. */
        boolean changesNothing() {
            return switch (opcode) {
                case Opcode.LOOKUP,
                        Opcode.GETATTR,
                        Opcode.STATX,
                        Opcode.READLINK,
                        Opcode.READ,
                        Opcode.READDIR,
                        Opcode.READDIRPLUS,
                        Opcode.GETXATTR,
                        Opcode.LISTXATTR,
                        Opcode.LSEEK -> true;
                case Opcode.IOCTL -> ioctlThatAsks;
                default -> false;
            };
        }

        /** Whether its caller holds the mutex of this directory exclusively until it is answered (spec 6 section 5). */
        boolean ownsExclusively(long directory) {
            return switch (opcode) {
                case Opcode.CREATE,
                        Opcode.MKNOD,
                        Opcode.MKDIR,
                        Opcode.SYMLINK,
                        Opcode.UNLINK,
                        Opcode.RMDIR,
                        Opcode.SETATTR,
                        Opcode.SETXATTR,
                        Opcode.REMOVEXATTR,
                        Opcode.FSYNCDIR,
                        Opcode.LINK -> node == directory;
                case Opcode.RENAME, Opcode.RENAME2 -> node == directory || otherNode == directory;
                default -> false;
            };
        }
    }

    private static final VarHandle UNIQUE;

    static {
        try {
            UNIQUE = MethodHandles.lookup().findVarHandle(InFlight.class, "unique", long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final Port port;

    @SuppressWarnings("unused") // through UNIQUE
    private long unique;

    /** The reader is done with the request and its reply is on its way; over when that has arrived. See {@link Port#send}. */
    private volatile boolean answered;

    private int opcode;
    private int pid;
    private long node;
    private long otherNode;
    private Kind kind = Kind.OTHER;
    private long start;
    private long end;
    private boolean ioctlThatAsks;

    InFlight(Port port) {
        this.port = port;
    }

    void begin(long newUnique, int newOpcode, int newPid, long newNode) {
        UNIQUE.setRelease(this, 0L);
        answered = false;
        VarHandle.storeStoreFence();
        opcode = newOpcode;
        pid = newPid;
        node = newNode;
        otherNode = 0;
        kind = Kind.OTHER;
        ioctlThatAsks = false;
        UNIQUE.setRelease(this, newUnique);
    }

    /** The second directory of a rename. */
    void alsoOn(long newNode) {
        otherNode = newNode;
        VarHandle.storeStoreFence();
    }

    /** An ioctl that changes nothing. */
    void asks() {
        ioctlThatAsks = true;
        VarHandle.storeStoreFence();
    }

    void bytes(Kind newKind, long newStart, long newEnd) {
        start = newStart;
        end = newEnd;
        VarHandle.storeStoreFence();
        kind = newKind;
        VarHandle.storeStoreFence();
    }

    void end() {
        answered = true;
    }

    /** Whether the kernel has the reply to the last request. */
    boolean isOver() {
        return answered && port.delivered();
    }

    /** For its own reader. */
    boolean is(Kind wanted) {
        return kind == wanted;
    }

    long start() {
        return start;
    }

    long endOffset() {
        return end;
    }

    /** The unique number of the request in hand, 0 if none. */
    long unique() {
        long now = (long) UNIQUE.getAcquire(this);
        return isOver() ? 0 : now;
    }

    /** A copy; its unique number is 0 if nothing is in hand, or it changed hands while it was copied. */
    View view() {
        long before = (long) UNIQUE.getAcquire(this);
        Kind kindNow = kind;
        VarHandle.loadLoadFence();
        View view = new View(before, opcode, pid, node, otherNode, kindNow, start, end, ioctlThatAsks);
        VarHandle.loadLoadFence();
        return before != 0 && !isOver() && (long) UNIQUE.getOpaque(this) == before ? view : NOTHING;
    }

    private static final View NOTHING = new View(0, 0, 0, 0, 0, Kind.OTHER, 0, 0, false);
}
