package org.scoutfs.format;

import java.lang.foreign.MemorySegment;

/**
 * One creation or deletion of a searchable xattr ({@code struct scoutfs_srch_entry}), 24 bytes, spec 1 section 3.8. The same
 * entry twice means that the xattr is gone.
 *
 * <pre>
 * off len field
 *   0   8 hash   {@link Hashes#srchHash} of the xattr's full name
 *   8   8 ino
 *  16   8 id     of the xattr within the inode
 * </pre>
 *
 * Ordered by hash, ino, id, each unsigned.
 */
public record SrchEntry(long hash, long ino, long id) implements Comparable<SrchEntry> {
    public static final int SIZE = 24;
    /** The least entry; also what the first entry of a block is encoded against. */
    public static final SrchEntry ZERO = new SrchEntry(0, 0, 0);
    /** The greatest entry. */
    public static final SrchEntry MAX = new SrchEntry(-1, -1, -1);

    private static final int HASH = 0;
    private static final int INO = 8;
    private static final int ID = 16;

    public static SrchEntry read(MemorySegment seg, long off) {
        return new SrchEntry(Le.u64(seg, off + HASH), Le.u64(seg, off + INO), Le.u64(seg, off + ID));
    }

    public void write(MemorySegment seg, long off) {
        Le.put64(seg, off + HASH, hash);
        Le.put64(seg, off + INO, ino);
        Le.put64(seg, off + ID, id);
    }

    @Override
    public int compareTo(SrchEntry other) {
        int c = Long.compareUnsigned(hash, other.hash);
        if (c == 0) {
            c = Long.compareUnsigned(ino, other.ino);
        }
        return c != 0 ? c : Long.compareUnsigned(id, other.id);
    }
}
