package org.scoutfs.format;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * Block of one quorum slot: the last event of each kind, 280 bytes in a small block, spec 1 section 7.
 *
 * <pre>
 * off len field
 *   0  32 header
 *  32   8 write_nr       incremented by each write
 *  40 40*6 events        by {@link QuorumBlockEvent}
 *
 * event:
 *   0   8 write_nr       the block's when the event was recorded
 *   8   8 rid            mount that recorded it
 *  16   8 term
 *  24  16 ts             monotonic clock of the recording machine
 * </pre>
 *
 * @param events six, by index of their kind
 */
public record QuorumBlock(BlockHeader header, long writeNr, List<Event> events) {
    public static final int SIZE = 280;

    private static final int WRITE_NR = 32;
    private static final int EVENTS = 40;
    private static final int KINDS = QuorumBlockEvent.values().length;

    /** When an event was recorded, by whom and in which term. */
    public record Event(long writeNr, long rid, long term, Timespec ts) {
        public static final int SIZE = 40;
        /** Never recorded. */
        public static final Event ZERO = new Event(0, 0, 0, Timespec.ZERO);

        private static final int WRITE_NR = 0;
        private static final int RID = 8;
        private static final int TERM = 16;
        private static final int TS = 24;

        public static Event read(MemorySegment seg, long off) {
            return new Event(
                    Le.u64(seg, off + WRITE_NR),
                    Le.u64(seg, off + RID),
                    Le.u64(seg, off + TERM),
                    Timespec.read(seg, off + TS));
        }

        public void write(MemorySegment seg, long off) {
            Le.put64(seg, off + WRITE_NR, writeNr);
            Le.put64(seg, off + RID, rid);
            Le.put64(seg, off + TERM, term);
            ts.write(seg, off + TS);
        }
    }

    /** @throws IllegalArgumentException if there are not six events */
    public QuorumBlock {
        if (events.size() != KINDS) {
            throw new IllegalArgumentException(events.size() + " events");
        }
        events = List.copyOf(events);
    }

    /** The block of a slot (0..14) that no mount has used. */
    public static QuorumBlock unused(long fsid, int slot) {
        return new QuorumBlock(
                new BlockHeader(0, Magic.QUORUM, fsid, 1, VolumeLayout.quorumBlkno(slot)),
                0,
                Collections.nCopies(KINDS, Event.ZERO));
    }

    public static QuorumBlock read(MemorySegment seg, long off) {
        List<Event> events = new ArrayList<>(KINDS);
        for (int i = 0; i < KINDS; i++) {
            events.add(Event.read(seg, off + EVENTS + (long) i * Event.SIZE));
        }
        return new QuorumBlock(BlockHeader.read(seg, off), Le.u64(seg, off + WRITE_NR), events);
    }

    /** Stores the structure's 280 bytes. */
    public void write(MemorySegment seg, long off) {
        header.write(seg, off);
        Le.put64(seg, off + WRITE_NR, writeNr);
        for (int i = 0; i < KINDS; i++) {
            events.get(i).write(seg, off + EVENTS + (long) i * Event.SIZE);
        }
    }

    /** Stores the whole small block, 4096 bytes, with its checksum. */
    public void writeBlock(MemorySegment seg, long off) {
        write(seg, off);
        Le.zero(seg, off + SIZE, VolumeLayout.SMALL_BLOCK_SIZE - SIZE);
        BlockHeader.seal(seg, off, VolumeLayout.SMALL_BLOCK_SIZE);
    }

    /** The last event of a kind. */
    public Event event(QuorumBlockEvent kind) {
        return events.get(kind.index());
    }

    /** This block with write_nr incremented and an event recorded under the new write_nr. */
    public QuorumBlock withEvent(QuorumBlockEvent kind, long rid, long term, Timespec ts) {
        List<Event> changed = new ArrayList<>(events);
        changed.set(kind.index(), new Event(writeNr + 1, rid, term, ts));
        return new QuorumBlock(header, writeNr + 1, changed);
    }

    /** Whether a server may be running in this slot: elected in a later term than it last stopped. */
    public boolean mayHaveServer() {
        return Long.compareUnsigned(event(QuorumBlockEvent.ELECT).term, event(QuorumBlockEvent.STOP).term) > 0;
    }

    /** Whether a mount participates in this slot, or did when it crashed. */
    public boolean isInUse() {
        return Long.compareUnsigned(event(QuorumBlockEvent.BEGIN).writeNr, event(QuorumBlockEvent.END).writeNr) > 0;
    }
}
