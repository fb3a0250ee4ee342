package org.scoutfs.format;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * A compaction of srch files ({@code struct scoutfs_srch_compact}), as an item and as a message, 584 bytes, spec 1 section 13.5.
 *
 * <pre>
 * off len field
 *   0  32 meta_avail   blocks for the compaction
 *  32  32 meta_freed   blocks freed by it
 *  64   8 id           root blkno of the first input file
 *  72   1 nr           number of inputs
 *  73   1 flags
 *  74   6 pad
 *  80  88 out          output file so far
 * 168 4*104 in
 * </pre>
 *
 * @param nr 0..255, at most 4 in a valid volume; 0 in a message = no work
 * @param flags 0..255
 * @param in all four input slots, also those from {@code nr} on
 */
public record SrchCompact(
        AllocListHead metaAvail,
        AllocListHead metaFreed,
        long id,
        int nr,
        int flags,
        SrchFile out,
        List<SrchCompactInput> in) {
    public static final int SIZE = 584;
    public static final int MAX_INPUTS = 4;

    public static final int FLAG_LOG = 1;
    public static final int FLAG_SORTED = 2;
    public static final int FLAG_DELETE = 4;
    /** Only in messages. */
    public static final int FLAG_DONE = 16;
    /** Only in messages. */
    public static final int FLAG_ERROR = 32;

    private static final int META_AVAIL = 0;
    private static final int META_FREED = 32;
    private static final int ID = 64;
    private static final int NR = 72;
    private static final int FLAGS = 73;
    private static final int PAD = 74;
    private static final int OUT = 80;
    private static final int IN = 168;

    /** No work: all zero. */
    public static final SrchCompact EMPTY =
            new SrchCompact(AllocListHead.EMPTY, AllocListHead.EMPTY, 0, 0, 0, SrchFile.EMPTY, List.of());

    /** Fills {@code in} up to four slots with {@link SrchCompactInput#EMPTY}. */
    public SrchCompact {
        if (in.size() > MAX_INPUTS) {
            throw new IllegalArgumentException(in.size() + " inputs");
        }
        List<SrchCompactInput> slots = new ArrayList<>(in);
        slots.addAll(Collections.nCopies(MAX_INPUTS - in.size(), SrchCompactInput.EMPTY));
        in = List.copyOf(slots);
    }

    public static SrchCompact read(MemorySegment seg, long off) {
        List<SrchCompactInput> in = new ArrayList<>(MAX_INPUTS);
        for (int i = 0; i < MAX_INPUTS; i++) {
            in.add(SrchCompactInput.read(seg, off + IN + (long) i * SrchCompactInput.SIZE));
        }
        return new SrchCompact(
                AllocListHead.read(seg, off + META_AVAIL),
                AllocListHead.read(seg, off + META_FREED),
                Le.u64(seg, off + ID),
                Le.u8(seg, off + NR),
                Le.u8(seg, off + FLAGS),
                SrchFile.read(seg, off + OUT),
                in);
    }

    public void write(MemorySegment seg, long off) {
        metaAvail.write(seg, off + META_AVAIL);
        metaFreed.write(seg, off + META_FREED);
        Le.put64(seg, off + ID, id);
        Le.put8(seg, off + NR, nr);
        Le.put8(seg, off + FLAGS, flags);
        Le.zero(seg, off + PAD, OUT - PAD);
        out.write(seg, off + OUT);
        for (int i = 0; i < MAX_INPUTS; i++) {
            in.get(i).write(seg, off + IN + (long) i * SrchCompactInput.SIZE);
        }
    }

    /** Whether any bit of {@code flag} is set. */
    public boolean has(int flag) {
        return (flags & flag) != 0;
    }

    /** This compaction with other block lists. */
    public SrchCompact withLists(AllocListHead newAvail, AllocListHead newFreed) {
        return new SrchCompact(newAvail, newFreed, id, nr, flags, out, in);
    }

    /** This compaction with other flags. */
    public SrchCompact withFlags(int newFlags) {
        return new SrchCompact(metaAvail, metaFreed, id, nr, newFlags, out, in);
    }

    /** This compaction with another output file. */
    public SrchCompact withOut(SrchFile newOut) {
        return new SrchCompact(metaAvail, metaFreed, id, nr, flags, newOut, in);
    }

    /** This compaction with other inputs, at most four; {@code nr} is kept. */
    public SrchCompact withIn(List<SrchCompactInput> newIn) {
        return new SrchCompact(metaAvail, metaFreed, id, nr, flags, out, newIn);
    }
}
