package org.scoutfs.alloc;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.scoutfs.block.Block;
import org.scoutfs.error.CorruptionException;
import org.scoutfs.format.AllocListBlock;

/** What is done to the numbers in one dirty list block. The array floats: {@code nr} elements from {@code start} on. */
final class ListBlocks {
    private static final ValueLayout.OfLong LITTLE_LONG =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private ListBlocks() {}

    /** Verifies that a list block's array is inside the block and holds as many numbers as its head says. */
    static void check(Block block, int expectedNr) throws CorruptionException {
        MemorySegment data = block.data();
        if (!AllocListBlock.isBounded(data, 0) || AllocListBlock.nr(data, 0) != expectedNr) {
            throw new CorruptionException("allocator list block " + Long.toUnsignedString(block.blkno()) + ": start "
                    + Integer.toUnsignedString(AllocListBlock.start(data, 0)) + " nr "
                    + Integer.toUnsignedString(AllocListBlock.nr(data, 0)) + ", expected nr "
                    + Integer.toUnsignedString(expectedNr) + " within " + AllocListBlock.CAPACITY);
        }
    }

    /** Adds a number at the end, or in front when the array has reached the end of the block. There must be room. */
    static void add(MemorySegment block, long blkno) {
        int start = AllocListBlock.start(block, 0);
        int nr = AllocListBlock.nr(block, 0);
        if (start + nr < AllocListBlock.CAPACITY) {
            AllocListBlock.setBlkno(block, 0, start + nr, blkno);
        } else {
            AllocListBlock.setBlkno(block, 0, start - 1, blkno);
            AllocListBlock.setStart(block, 0, start - 1);
        }
        AllocListBlock.setNr(block, 0, nr + 1);
    }

    /** Drops {@code count} numbers from the front. There must be as many. */
    static void removeFront(MemorySegment block, int count) {
        int nr = AllocListBlock.nr(block, 0) - count;
        AllocListBlock.setNr(block, 0, nr);
        AllocListBlock.setStart(block, 0, nr == 0 ? 0 : AllocListBlock.start(block, 0) + count);
    }

    /** Number {@code index} from the front. */
    static long get(MemorySegment block, int index) {
        return AllocListBlock.blkno(block, 0, AllocListBlock.start(block, 0) + index);
    }

    /** Sorts the numbers ascending, unsigned. */
    static void sort(MemorySegment block) {
        int nr = AllocListBlock.nr(block, 0);
        if (isSorted(block, nr)) {
            return;
        }
        long offset = AllocListBlock.BLKNOS + (long) AllocListBlock.start(block, 0) * Long.BYTES;
        long[] numbers = new long[nr];
        MemorySegment.copy(block, LITTLE_LONG, offset, numbers, 0, nr);
        // No valid number has the top bit; one that has it is refused by whoever takes it, wherever it was sorted to.
        Arrays.sort(numbers);
        MemorySegment.copy(numbers, 0, block, LITTLE_LONG, offset, nr);
    }

    private static boolean isSorted(MemorySegment block, int nr) {
        for (int i = 1; i < nr; i++) {
            if (get(block, i - 1) > get(block, i)) {
                return false;
            }
        }
        return true;
    }

    /** Length of the run of consecutive numbers at the front of a sorted, not empty block. */
    static int frontRun(MemorySegment block) throws CorruptionException {
        int nr = AllocListBlock.nr(block, 0);
        long first = get(block, 0);
        int run = 1;
        while (run < nr && get(block, run) == first + run) {
            run++;
        }
        if (run < nr && get(block, run) == first + run - 1) {
            throw new CorruptionException("block number " + Long.toUnsignedString(first + run - 1)
                    + " is twice in one allocator list block: it was freed twice");
        }
        return run;
    }
}
