package org.scoutfs.fuse.protocol;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;
import org.scoutfs.format.Timespec;
import org.scoutfs.fs.Attributes;
import org.scoutfs.fs.StatfsResult;
import org.scoutfs.fuse.protocol.Wire.Attr;
import org.scoutfs.fuse.protocol.Wire.AttrOut;
import org.scoutfs.fuse.protocol.Wire.Dirent;
import org.scoutfs.fuse.protocol.Wire.EntryOut;
import org.scoutfs.fuse.protocol.Wire.OpenOut;
import org.scoutfs.fuse.protocol.Wire.OutHeader;
import org.scoutfs.fuse.protocol.Wire.StatfsOut;
import org.scoutfs.fuse.protocol.Wire.StatxOut;
import org.scoutfs.fuse.protocol.Wire.WriteOut;

/**
 * One reply in memory: the header, and right behind it the body, which begins on a page. So data are read from a device into the body
 * without a copy, and header and body leave with one {@code write(2)}. Owned by one thread.
 */
public final class ReplyBuffer {
    private static final int BODY = Wire.PAGE_BYTES;
    private static final int HEADER = BODY - OutHeader.SIZE;

    private final MemorySegment memory;
    private final MemorySegment body;

    /** @param memory page-aligned; its first page holds the header only */
    public ReplyBuffer(MemorySegment memory) {
        this.memory = memory;
        this.body = memory.asSlice(BODY);
    }

    /** Bytes of memory for bodies of up to {@code bodyBytes}. */
    public static long memoryFor(long bodyBytes) {
        return BODY + bodyBytes;
    }

    /** Where the header is: what is written to the device starts there. */
    public long address() {
        return memory.address() + HEADER;
    }

    public MemorySegment body() {
        return body;
    }

    /** @return bytes to write */
    public int header(long unique, int error, int bodyLength) {
        int length = OutHeader.SIZE + bodyLength;
        memory.set(JAVA_INT, HEADER + OutHeader.LEN, length);
        memory.set(JAVA_INT, HEADER + OutHeader.ERROR, error);
        memory.set(JAVA_LONG, HEADER + OutHeader.UNIQUE, unique);
        return length;
    }

    public void put32(int offset, int value) {
        body.set(JAVA_INT, offset, value);
    }

    public void put64(int offset, long value) {
        body.set(JAVA_LONG, offset, value);
    }

    /** @return body length */
    public int bytes(byte[] value) {
        MemorySegment.copy(value, 0, body, JAVA_BYTE, 0, value.length);
        return value.length;
    }

    /** A name that may be looked up, with what it names. Timeouts in seconds. */
    public int entry(int at, long nodeId, long entrySeconds, long attrSeconds, @Nullable Attributes attributes) {
        body.set(JAVA_LONG, at + EntryOut.NODEID, nodeId);
        body.set(JAVA_LONG, at + EntryOut.GENERATION, 0);
        body.set(JAVA_LONG, at + EntryOut.ENTRY_VALID, entrySeconds);
        body.set(JAVA_LONG, at + EntryOut.ATTR_VALID, attrSeconds);
        body.set(JAVA_INT, at + EntryOut.ENTRY_VALID_NSEC, 0);
        body.set(JAVA_INT, at + EntryOut.ATTR_VALID_NSEC, 0);
        if (attributes == null) {
            body.asSlice(at + EntryOut.ATTR, Attr.SIZE).fill((byte) 0);
        } else {
            attr(at + EntryOut.ATTR, attributes);
        }
        return at + EntryOut.SIZE;
    }

    public int attrOut(long attrSeconds, Attributes attributes) {
        body.set(JAVA_LONG, AttrOut.ATTR_VALID, attrSeconds);
        body.set(JAVA_INT, AttrOut.ATTR_VALID_NSEC, 0);
        body.set(JAVA_INT, AttrOut.DUMMY, 0);
        attr(AttrOut.ATTR, attributes);
        return AttrOut.SIZE;
    }

    public int open(int at, long fh, int openFlags) {
        body.set(JAVA_LONG, at + OpenOut.FH, fh);
        body.set(JAVA_INT, at + OpenOut.OPEN_FLAGS, openFlags);
        body.set(JAVA_INT, at + OpenOut.BACKING_ID, 0);
        return at + OpenOut.SIZE;
    }

    public int write(int taken) {
        body.set(JAVA_INT, WriteOut.BYTES, taken);
        body.set(JAVA_INT, WriteOut.BYTES + 4, 0);
        return WriteOut.SIZE;
    }

    public int statfs(StatfsResult s) {
        body.asSlice(0, StatfsOut.SIZE).fill((byte) 0);
        body.set(JAVA_LONG, StatfsOut.BLOCKS, s.blocks());
        body.set(JAVA_LONG, StatfsOut.BFREE, s.freeBlocks());
        body.set(JAVA_LONG, StatfsOut.BAVAIL, s.freeBlocks());
        body.set(JAVA_LONG, StatfsOut.FILES, s.files());
        body.set(JAVA_LONG, StatfsOut.FFREE, s.freeFiles());
        body.set(JAVA_INT, StatfsOut.BSIZE, StatfsResult.BLOCK_SIZE);
        body.set(JAVA_INT, StatfsOut.NAMELEN, StatfsResult.NAME_MAX);
        body.set(JAVA_INT, StatfsOut.FRSIZE, StatfsResult.BLOCK_SIZE);
        return StatfsOut.SIZE;
    }

    public int statx(long attrSeconds, Attributes a) {
        body.asSlice(0, StatxOut.SIZE).fill((byte) 0);
        body.set(JAVA_LONG, StatxOut.ATTR_VALID, attrSeconds);
        body.set(JAVA_INT, StatxOut.MASK, StatxOut.BASIC_AND_BTIME);
        body.set(JAVA_INT, StatxOut.BLKSIZE, StatfsResult.BLOCK_SIZE);
        body.set(JAVA_INT, StatxOut.NLINK, a.nlink());
        body.set(JAVA_INT, StatxOut.UID, a.uid());
        body.set(JAVA_INT, StatxOut.GID, a.gid());
        body.set(JAVA_SHORT, StatxOut.MODE, (short) a.mode());
        body.set(JAVA_LONG, StatxOut.INO, a.ino());
        body.set(JAVA_LONG, StatxOut.SIZE_BYTES, a.size());
        body.set(JAVA_LONG, StatxOut.BLOCKS, a.blocks());
        time(StatxOut.ATIME, a.atime());
        time(StatxOut.BTIME, a.crtime());
        time(StatxOut.CTIME, a.ctime());
        time(StatxOut.MTIME, a.mtime());
        body.set(JAVA_INT, StatxOut.RDEV_MAJOR, a.rdev() >>> 20);
        body.set(JAVA_INT, StatxOut.RDEV_MINOR, a.rdev() & 0xfffff);
        return StatxOut.SIZE;
    }

    /**
     * One directory entry.
     *
     * @param limit the body must not become longer than this
     * @return body length with it, or -1: it does not fit
     */
    public int dirent(int at, int limit, byte[] name, long ino, int mode, long nextOffset) {
        int size = Dirent.size(name.length);
        if (size > limit - at) {
            return -1;
        }
        // The padding first: it lies in the last eight bytes, which the name then overwrites as far as it reaches.
        body.set(JAVA_LONG, at + size - 8, 0);
        body.set(JAVA_LONG, at + Dirent.INO, ino);
        body.set(JAVA_LONG, at + Dirent.OFF, nextOffset);
        body.set(JAVA_INT, at + Dirent.NAMELEN, name.length);
        body.set(JAVA_INT, at + Dirent.TYPE, (mode >>> 12) & 15);
        MemorySegment.copy(name, 0, body, JAVA_BYTE, at + Dirent.NAME, name.length);
        return at + size;
    }

    /** The kernel's number of a device: what stat shows on Linux in 32 bits. */
    public static int deviceToKernel(int rdev) {
        int major = rdev >>> 20;
        int minor = rdev & 0xfffff;
        return (minor & 0xff) | (major << 8) | ((minor & ~0xff) << 12);
    }

    /** The opposite of {@link #deviceToKernel}. */
    public static int deviceFromKernel(int kernel) {
        int major = (kernel & 0xfff00) >>> 8;
        int minor = (kernel & 0xff) | ((kernel >>> 12) & 0xfff00);
        return major << 20 | minor;
    }

    private void attr(int at, Attributes a) {
        body.set(JAVA_LONG, at + Attr.INO, a.ino());
        body.set(JAVA_LONG, at + Attr.SIZE_BYTES, a.size());
        body.set(JAVA_LONG, at + Attr.BLOCKS, a.blocks());
        body.set(JAVA_LONG, at + Attr.ATIME, a.atime().seconds());
        body.set(JAVA_LONG, at + Attr.MTIME, a.mtime().seconds());
        body.set(JAVA_LONG, at + Attr.CTIME, a.ctime().seconds());
        body.set(JAVA_INT, at + Attr.ATIME_NSEC, a.atime().nanos());
        body.set(JAVA_INT, at + Attr.MTIME_NSEC, a.mtime().nanos());
        body.set(JAVA_INT, at + Attr.CTIME_NSEC, a.ctime().nanos());
        body.set(JAVA_INT, at + Attr.MODE, a.mode());
        body.set(JAVA_INT, at + Attr.NLINK, a.nlink());
        body.set(JAVA_INT, at + Attr.UID, a.uid());
        body.set(JAVA_INT, at + Attr.GID, a.gid());
        body.set(JAVA_INT, at + Attr.RDEV, deviceToKernel(a.rdev()));
        body.set(JAVA_INT, at + Attr.BLKSIZE, StatfsResult.BLOCK_SIZE);
        body.set(JAVA_INT, at + Attr.FLAGS, 0);
    }

    private void time(int at, Timespec time) {
        body.set(JAVA_LONG, at, time.seconds());
        body.set(JAVA_INT, at + 8, time.nanos());
        body.set(JAVA_INT, at + 12, 0);
    }
}
