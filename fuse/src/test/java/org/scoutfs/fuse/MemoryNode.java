package org.scoutfs.fuse;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import org.scoutfs.format.Timespec;
import org.scoutfs.fs.Attributes;

/** An inode of {@link MemoryVfs}; guarded by its own monitor. */
final class MemoryNode {
    static final int CHUNK = 1 << 16;

    record Entry(String name, long ino, int type) {}

    final long ino;
    int mode;
    int nlink = 1;
    int uid;
    int gid;
    int rdev;
    long parent;
    Timespec atime = now();
    Timespec mtime = atime;
    Timespec ctime = atime;
    final Timespec crtime = atime;
    final Map<String, byte[]> xattrs = new LinkedHashMap<>();
    byte[] target = new byte[0];

    long size;
    private byte[][] chunks = new byte[0][];

    final Map<String, Long> positions;
    final TreeMap<Long, Entry> entries;
    private long nextPosition = 2;

    long lookups;
    int opens;

    MemoryNode(long ino, int mode) {
        this.ino = ino;
        this.mode = mode;
        positions = isDirectory() ? new HashMap<>() : Map.of();
        entries = new TreeMap<>();
    }

    boolean isDirectory() {
        return (mode & 0170000) == 0040000;
    }

    boolean isRegular() {
        return (mode & 0170000) == 0100000;
    }

    Entry find(byte[] name) {
        Long position = positions.get(text(name));
        return position == null ? null : entries.get(position);
    }

    void add(byte[] name, MemoryNode child) {
        long position = nextPosition++;
        positions.put(text(name), position);
        entries.put(position, new Entry(text(name), child.ino, child.mode & 0170000));
        size += name.length;
        touch();
    }

    void remove(byte[] name) {
        entries.remove(positions.remove(text(name)));
        size -= name.length;
        touch();
    }

    void touch() {
        mtime = now();
        ctime = mtime;
    }

    int read(long offset, MemorySegment dst) {
        long length = Math.min(dst.byteSize(), size - offset);
        for (long done = 0; done < length; ) {
            int chunk = (int) ((offset + done) / CHUNK);
            int at = (int) ((offset + done) % CHUNK);
            long n = Math.min(length - done, CHUNK - at);
            byte[] from = chunk < chunks.length ? chunks[chunk] : null;
            if (from == null) {
                dst.asSlice(done, n).fill((byte) 0);
            } else {
                MemorySegment.copy(from, at, dst, ValueLayout.JAVA_BYTE, done, (int) n);
            }
            done += n;
        }
        return (int) Math.max(0, length);
    }

    void write(long offset, MemorySegment src) {
        long length = src.byteSize();
        for (long done = 0; done < length; ) {
            int chunk = (int) ((offset + done) / CHUNK);
            int at = (int) ((offset + done) % CHUNK);
            int n = (int) Math.min(length - done, CHUNK - at);
            if (chunk >= chunks.length) {
                chunks = Arrays.copyOf(chunks, Math.max(chunk + 1, chunks.length * 2));
            }
            if (chunks[chunk] == null) {
                chunks[chunk] = new byte[CHUNK];
            }
            MemorySegment.copy(src, ValueLayout.JAVA_BYTE, done, chunks[chunk], at, n);
            done += n;
        }
        size = Math.max(size, offset + length);
        touch();
    }

    void truncate(long newSize) {
        for (long at = newSize; at < Math.min(size, (long) chunks.length * CHUNK); ) {
            int chunk = (int) (at / CHUNK);
            if (at % CHUNK == 0) {
                chunks[chunk] = null;
            } else if (chunks[chunk] != null) {
                Arrays.fill(chunks[chunk], (int) (at % CHUNK), CHUNK, (byte) 0);
            }
            at = (at / CHUNK + 1) * CHUNK;
        }
        size = newSize;
        touch();
    }

    long seek(long offset, boolean data) {
        for (long at = offset; at < size; at = (at / CHUNK + 1) * CHUNK) {
            int chunk = (int) (at / CHUNK);
            if ((chunk < chunks.length && chunks[chunk] != null) == data) {
                return at;
            }
        }
        return data ? -1 : size;
    }

    synchronized Attributes attributes() {
        long blocks = 0;
        for (byte[] chunk : chunks) {
            blocks += chunk == null ? 0 : CHUNK / 512;
        }
        return new Attributes(
                ino,
                isLink() ? target.length : size,
                blocks,
                mode,
                nlink,
                uid,
                gid,
                rdev,
                atime,
                mtime,
                ctime,
                crtime,
                0,
                0,
                0,
                0,
                0,
                0,
                0);
    }

    boolean isLink() {
        return (mode & 0170000) == 0120000;
    }

    static String text(byte[] name) {
        return new String(name, StandardCharsets.ISO_8859_1);
    }

    static byte[] bytes(String name) {
        return name.getBytes(StandardCharsets.ISO_8859_1);
    }

    static Timespec now() {
        Instant now = Instant.now();
        return new Timespec(now.getEpochSecond(), now.getNano());
    }
}
