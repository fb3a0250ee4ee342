package org.scoutfs.format;

import java.lang.foreign.MemorySegment;

/**
 * Layout of a leaf of a srch file ({@code struct scoutfs_srch_block}), 65536 bytes, spec 1 section 13.2. Offsets are in bytes;
 * {@code off} is the start of the block.
 *
 * <pre>
 * off   len field
 *   0    32 header
 *  32    24 first         smallest entry of the block
 *  56    24 last          greatest entry of the block
 *  80    24 tail          entry encoded last
 * 104     4 entry_nr      number of encoded entries
 * 108     4 entry_bytes   bytes of encoding in use
 * 112 65424 entries       {@link SrchEntryCodec}
 * </pre>
 */
public final class SrchBlock {
    public static final int FIRST = 32;
    public static final int LAST = 56;
    public static final int TAIL = 80;
    public static final int ENTRY_NR = 104;
    public static final int ENTRY_BYTES = 108;
    public static final int ENTRIES = 112;
    /** Room for encoded entries. */
    public static final int ENTRIES_SIZE = VolumeLayout.LARGE_BLOCK_SIZE - ENTRIES;
    /** Last position in the entries at which an entry may start; positions equal to it are legal. */
    public static final int SAFE_POS = ENTRIES_SIZE - SrchEntryCodec.MAX_BYTES;
    /** A mount's srch log with this many blocks becomes a file of its own at the next commit. */
    public static final int LOG_ROTATE_BLOCKS = 16;

    private SrchBlock() {}

    public static SrchEntry first(MemorySegment seg, long off) {
        return SrchEntry.read(seg, off + FIRST);
    }

    public static void setFirst(MemorySegment seg, long off, SrchEntry entry) {
        entry.write(seg, off + FIRST);
    }

    public static SrchEntry last(MemorySegment seg, long off) {
        return SrchEntry.read(seg, off + LAST);
    }

    public static void setLast(MemorySegment seg, long off, SrchEntry entry) {
        entry.write(seg, off + LAST);
    }

    public static SrchEntry tail(MemorySegment seg, long off) {
        return SrchEntry.read(seg, off + TAIL);
    }

    public static void setTail(MemorySegment seg, long off, SrchEntry entry) {
        entry.write(seg, off + TAIL);
    }

    /** Number of encoded entries, as 32 bits. */
    public static int entryNr(MemorySegment seg, long off) {
        return Le.i32(seg, off + ENTRY_NR);
    }

    public static void setEntryNr(MemorySegment seg, long off, int nr) {
        Le.put32(seg, off + ENTRY_NR, nr);
    }

    /** Bytes of encoding in use, as 32 bits; at most 65424 in a valid block. */
    public static int entryBytes(MemorySegment seg, long off) {
        return Le.i32(seg, off + ENTRY_BYTES);
    }

    public static void setEntryBytes(MemorySegment seg, long off, int bytes) {
        Le.put32(seg, off + ENTRY_BYTES, bytes);
    }
}
