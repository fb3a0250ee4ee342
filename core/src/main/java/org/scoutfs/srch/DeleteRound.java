package org.scoutfs.srch;

import java.util.List;
import org.scoutfs.block.Block;
import org.scoutfs.error.CorruptionException;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.SrchCompactInput;
import org.scoutfs.format.SrchFile;
import org.scoutfs.format.SrchParent;

/**
 * Frees the blocks of files that were merged, from the leaves upwards, as far as one round gets. A position is the radix level whose
 * references are being freed and the leaf number that the next one stands for; parents above are still there to be read, and no leaf is.
 */
final class DeleteRound {
    /** Room that must be left for another block. */
    private static final int ROOM = 2;

    private final SrchCompactor.Round round;
    private long freed;

    DeleteRound(SrchCompactor.Round round) {
        this.round = round;
    }

    boolean run(List<SrchCompactInput> inputs) throws FsException {
        for (int i = 0; i < inputs.size(); i++) {
            SrchCompactInput input = inputs.get(i);
            SrchCompactInput now = SrchCompactor.isEmpty(input.file()) ? input : free(input);
            inputs.set(i, now);
            if (!isFreed(now)) {
                if (freed == 0) {
                    // Said as an error so that the next attempt is not at once.
                    throw new FsException(Errno.ENOSPC, "there is no room to free blocks of srch files");
                }
                return false;
            }
        }
        return true;
    }

    private static boolean isFreed(SrchCompactInput input) {
        return SrchCompactor.isEmpty(input.file()) || input.pos() > input.file().height();
    }

    private SrchCompactInput free(SrchCompactInput input) throws FsException {
        SrchFile file = input.file();
        SrchRadix.check(file);
        if (input.pos() < 0 || input.blk() < 0) {
            throw new CorruptionException(
                    "srch compaction: input with root " + file.ref().blkno() + " stands at level "
                            + Long.toUnsignedString(input.pos()) + " leaf " + Long.toUnsignedString(input.blk()));
        }
        int level = (int) Math.min(Math.max(input.pos(), 1), file.height() + 1L);
        long leaf = input.blk();
        for (; level < file.height(); level++, leaf = 0) {
            leaf = freeLevel(file, level, leaf);
            if (leaf < file.blocks()) {
                return input.at(leaf, level);
            }
        }
        if (level == file.height()) {
            if (round.alloc.low(ROOM)) {
                return input.at(0, level);
            }
            free(file.ref().blkno());
            level++;
        }
        return input.at(0, level);
    }

    private void free(long blkno) throws FsException {
        round.alloc.free(blkno);
        freed++;
    }

    /** Frees what the parents at a level refer to, from a leaf number on; returns where it stopped. */
    private long freeLevel(SrchFile file, int level, long from) throws FsException {
        long step = SrchRadix.leavesPerRef(level);
        // What begins before the position is freed, so one inside of a reference means the next reference.
        long leaf = (from + step - 1) / step * step;
        while (leaf < file.blocks()) {
            round.checkStopping();
            try (Block parent = SrchRadix.readParent(round.cache, file, leaf, level)) {
                for (int index = SrchParent.index(leaf, level); index < SrchParent.CAPACITY; index++, leaf += step) {
                    if (leaf >= file.blocks() || round.alloc.low(ROOM)) {
                        break;
                    }
                    free(SrchRadix.child(file, parent, index, level).blkno());
                }
            }
            if (round.alloc.low(ROOM)) {
                break;
            }
        }
        return leaf;
    }
}
