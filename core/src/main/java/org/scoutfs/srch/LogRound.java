package org.scoutfs.srch;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.scoutfs.error.CorruptionException;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.SrchBlock;
import org.scoutfs.format.SrchCompactInput;
import org.scoutfs.format.SrchEntry;
import org.scoutfs.format.SrchFile;

/**
 * Sorts the entries of log files into a sorted one, in one round whatever their size: a log can be much larger than where it is rotated
 * at, since that happens only at commits. Memory stays bounded by passing over the logs as often as it takes, the least entries
 * first, and by writing out in between; only the allocator can run out.
 */
final class LogRound {
    private final SrchCompactor.Round round;

    LogRound(SrchCompactor.Round round) {
        this.round = round;
    }

    /** Returns true: there is no unfinished round of logs. */
    boolean run(List<SrchCompactInput> inputs) throws FsException {
        if (!round.out.atStart()) {
            throw new CorruptionException("a compaction of srch logs has an output file before it began");
        }
        SrchEntry above = null;
        for (; ; ) {
            EntryWindow window = new EntryWindow(round.limits.sortEntries(), SrchEntry.MAX);
            long read = 0;
            for (SrchCompactInput input : inputs) {
                if (!SrchCompactor.isEmpty(input.file())) {
                    read += collect(input.file(), above, window);
                }
            }
            window.finish();
            if (!window.isTruncated()) {
                round.entriesRemoved.add(read - window.size());
            }
            for (int i = 0; i < window.size(); i++) {
                write(window.get(i));
            }
            if (!window.isTruncated()) {
                return true;
            }
            above = window.bound();
        }
    }

    private long collect(SrchFile file, @Nullable SrchEntry above, EntryWindow window) throws FsException {
        long read = 0;
        long counted = -1;
        try (SrchCursor cursor = new SrchCursor(round.cache, file)) {
            for (SrchEntry entry; (entry = cursor.peek()) != null; cursor.advance()) {
                if (cursor.blk() != counted) {
                    counted = cursor.blk();
                    round.logLeaves.increment();
                    round.checkStopping();
                }
                if (above == null || entry.compareTo(above) > 0) {
                    window.add(entry);
                    read++;
                }
            }
        }
        return read;
    }

    private void write(SrchEntry entry) throws FsException {
        boolean opensLeaf = round.out.atLeafEnd();
        if (opensLeaf) {
            round.checkStopping();
            if (round.writer.dirtyBytes() >= round.limits.dirtyBytes()) {
                // Between leaves; the next entry opens one, so no leaf is taken up again.
                round.out.endLeaf();
                round.writeOut();
            }
            if (round.isAllocLow()) {
                throw new FsException(Errno.ENOSPC, "the blocks for a compaction of srch logs do not suffice");
            }
        }
        round.out.append(entry);
        round.entriesWritten.increment();
        if (opensLeaf && round.triggers.fire(SrchCompactor.TRIGGER_PAD_SAFE)) {
            pad(entry);
        }
    }

    /** Fills the leaf with copies of its first entry, an even number of them, two bytes each. */
    private void pad(SrchEntry entry) throws FsException {
        SrchLeafWriter leaf = round.out.leaf();
        if (leaf == null) {
            return;
        }
        int room = (SrchBlock.SAFE_POS - leaf.entryBytes()) / 2 + 1;
        for (int i = room & ~1; i > 0; i--) {
            round.out.append(entry);
        }
    }
}
