package org.scoutfs.server;

import java.util.function.BooleanSupplier;
import org.scoutfs.error.FsException;
import org.scoutfs.format.Key;
import org.scoutfs.format.LogMergeFreeing;

/**
 * Frees the blocks of merged log trees, a few hundred per commit (spec 2 sections 3.10 and 9.6). The items say how far it is, also for
 * the next server. One thread.
 */
final class MergedTreeFreeing {
    /** Numbers freed between two looks at the room. */
    private static final int STEP = ServerCommit.HOLD_BLOCKS / 8;
    /** Blocks used after which a commit is made. */
    private static final int COMMIT = 375;

    private final ServerVolume volume;
    private final ServerItems items;
    private final ServerChanges changes;

    MergedTreeFreeing(ServerContext context) {
        this.volume = context.volume();
        this.items = context.items();
        this.changes = context.changes();
    }

    /** Frees all there is to free, or until {@code stop} says so. */
    void freeAll(BooleanSupplier stop) throws FsException {
        boolean more = changes.look(() -> items.mergeFreeing.first() != null);
        while (more && !stop.getAsBoolean()) {
            more = changes.commit(this::freeSome);
        }
    }

    /** Whether there is more to free. */
    private boolean freeSome() throws FsException {
        long began = volume.room().freed();
        ItemTable.Entry<LogMergeFreeing> entry;
        while ((entry = items.mergeFreeing.first()) != null) {
            if (began - volume.room().freed() > COMMIT - STEP) {
                return true;
            }
            LogMergeFreeing freeing = entry.value();
            // Freed numbers must never be without the key that says so.
            items.mergeFreeing.dirty(entry.key());
            Key progress = volume.freer.freeBlocks(freeing.root(), freeing.key(), STEP);
            if (progress.equals(Key.MAX)) {
                items.mergeFreeing.delete(entry.key());
            } else {
                items.mergeFreeing.update(entry.key(), freeing.withKey(progress));
            }
        }
        return false;
    }
}
