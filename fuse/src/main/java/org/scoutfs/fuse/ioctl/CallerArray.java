package org.scoutfs.fuse.ioctl;

import java.lang.foreign.MemorySegment;
import java.util.List;
import org.scoutfs.error.FsException;

/**
 * An array in the caller's memory that is filled from its start, piece by piece: who fills it asks for no more than {@link #wanted} entries
 * at a time, whatever room the caller claims to have.
 */
final class CallerArray {
    /** Bounds the memory of one ioctl; enough that asking anew costs nothing. */
    static final int PIECE_ENTRIES = 8192;

    /** Stores one entry in memory that is zero. */
    @FunctionalInterface
    interface Encoder<T> {
        void put(MemorySegment to, long at, T entry);
    }

    private final CallerMemory memory;
    private final long address;
    private final int entryBytes;
    private final int room;
    private int count;

    /** @param room entries, unsigned; what an int cannot count is left out */
    CallerArray(IoctlCall call, long address, int entryBytes, long room) {
        this.memory = call.memory();
        this.address = address;
        this.entryBytes = entryBytes;
        this.room = clamp(room);
    }

    /** The lesser of an unsigned number and the greatest int. */
    static int clamp(long unsigned) {
        return Long.compareUnsigned(unsigned, Integer.MAX_VALUE) > 0 ? Integer.MAX_VALUE : (int) unsigned;
    }

    /** How many entries are wanted next; 0 if there is no room. */
    int wanted() {
        return Math.min(PIECE_ENTRIES, room - count);
    }

    /** Stores what was found when {@link #wanted} were asked for. @return whether more are wanted and may be found */
    <T> boolean add(List<T> found, Encoder<T> encoder) throws FsException {
        MemorySegment piece = piece(found.size());
        for (int i = 0; i < found.size(); i++) {
            encoder.put(piece, (long) i * entryBytes, found.get(i));
        }
        return add(piece);
    }

    /** Zeros for so many entries. */
    MemorySegment piece(int entries) {
        return MemorySegment.ofArray(new byte[entryBytes * entries]);
    }

    /** As {@link #add(List, Encoder)}, encoded already. */
    boolean add(MemorySegment piece) throws FsException {
        int found = (int) (piece.byteSize() / entryBytes);
        boolean full = found == wanted();
        if (found > 0) {
            memory.write(address + (long) count * entryBytes, piece);
            count += found;
        }
        return full && count < room;
    }

    /** Entries stored so far: the result of most ioctls that list. */
    int count() {
        return count;
    }
}
