package org.scoutfs.srch;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.SrchBlock;
import org.scoutfs.format.SrchCompactInput;
import org.scoutfs.format.SrchEntry;

/**
 * Merges sorted files into one, as far as one round gets. The inputs remember where the next one goes on.
 *
 * <p>The entry that was read last is held back until the next one is seen, so that pairs cancel wherever they lie. Room for it is made
 * sure of before it is taken from its input: so the round can end at any entry, with everything that was taken written.
 */
final class SortedRound {
    private final SrchCompactor.Round round;
    private @Nullable SrchEntry held;

    SortedRound(SrchCompactor.Round round) {
        this.round = round;
    }

    boolean run(List<SrchCompactInput> inputs) throws FsException {
        List<SrchCursor> cursors = new ArrayList<>();
        try {
            for (SrchCompactInput input : inputs) {
                cursors.add(new SrchCursor(round.cache, input.file(), input.blk(), input.pos()));
            }
            boolean done = merge(cursors);
            boolean moved = false;
            for (int i = 0; i < inputs.size(); i++) {
                SrchCompactInput input = inputs.get(i);
                SrchCompactInput now =
                        input.at(cursors.get(i).blk(), cursors.get(i).pos());
                moved |= !now.equals(input);
                inputs.set(i, now);
            }
            if (!done && !moved) {
                // Said as an error so that the next attempt is not at once.
                throw new FsException(Errno.ENOSPC, "the blocks for a compaction of srch files do not suffice");
            }
            return done;
        } finally {
            cursors.forEach(SrchCursor::close);
        }
    }

    private boolean merge(List<SrchCursor> cursors) throws FsException {
        boolean done = false;
        for (; ; ) {
            SrchCursor least = least(cursors);
            SrchEntry entry = least == null ? null : least.peek();
            if (least == null || entry == null) {
                done = true;
                break;
            }
            if (entry.equals(held)) {
                held = null;
                round.entriesRemoved.add(2);
            } else {
                writeHeld();
                if (round.out.atLeafEnd() && mustEnd()) {
                    break;
                }
                held = entry;
            }
            least.advance();
            if (least.pos() == SrchBlock.SAFE_POS && round.triggers.fire(SrchCompactor.TRIGGER_STOP_SAFE)) {
                break;
            }
        }
        writeHeld();
        return done;
    }

    private boolean mustEnd() throws FsException {
        round.checkStopping();
        return round.isAllocLow() || round.writer.dirtyBytes() >= round.limits.dirtyBytes();
    }

    private void writeHeld() throws FsException {
        if (held != null) {
            round.out.append(held);
            round.entriesWritten.increment();
            held = null;
        }
    }

    private static @Nullable SrchCursor least(List<SrchCursor> cursors) throws FsException {
        SrchCursor least = null;
        SrchEntry leastEntry = null;
        for (SrchCursor cursor : cursors) {
            SrchEntry entry = cursor.peek();
            if (entry != null && (leastEntry == null || entry.compareTo(leastEntry) < 0)) {
                least = cursor;
                leastEntry = entry;
            }
        }
        return least;
    }
}
