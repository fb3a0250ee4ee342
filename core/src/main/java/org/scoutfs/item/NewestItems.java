package org.scoutfs.item;

import org.jspecify.annotations.Nullable;
import org.scoutfs.btree.ItemVisitor;
import org.scoutfs.btree.LeafRange;
import org.scoutfs.format.LogTrees;

/** Collects the items of several trees, each in key order, and keeps the newest of each key. Belongs to one thread. */
final class NewestItems implements ForestTrees.Trees {
    private ItemRun merged = new ItemRun();
    private @Nullable ItemRun current;

    @Override
    public ItemVisitor visitor(@Nullable LogTrees log) {
        mergeCurrent();
        ItemRun run = new ItemRun();
        current = run;
        return run;
    }

    /** The items in the range that exist. */
    ReadItems present(LeafRange known) {
        mergeCurrent();
        return merged.present(known.start(), known.end());
    }

    private void mergeCurrent() {
        ItemRun run = current;
        if (run != null && !run.isEmpty()) {
            merged = merged.isEmpty() ? run : merged.newest(run);
        }
        current = null;
    }
}
