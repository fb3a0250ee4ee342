package org.scoutfs.check;

import java.lang.foreign.MemorySegment;
import java.util.HashSet;
import java.util.Set;
import org.scoutfs.block.Block;
import org.scoutfs.block.BlockCache;
import org.scoutfs.error.FsException;
import org.scoutfs.format.BlockReference;
import org.scoutfs.format.Magic;
import org.scoutfs.format.SrchBlock;
import org.scoutfs.format.SrchCompactInput;
import org.scoutfs.format.SrchEntry;
import org.scoutfs.format.SrchEntryCodec;
import org.scoutfs.format.SrchFile;
import org.scoutfs.format.SrchParent;

/** Looks at srch files and remembers which entries occur an odd number of times. One thread. */
final class SrchFilesCheck {
    private final BlockCache cache;
    private final CheckReport report;
    private final MetaSpace meta;

    /** Entries that stand for an existing attribute. */
    final Set<SrchEntry> present = new HashSet<>();

    SrchFilesCheck(BlockCache cache, CheckReport report, MetaSpace meta) {
        this.cache = cache;
        this.report = report;
        this.meta = meta;
    }

    /** @param counted whether its entries are in force: those of a compaction's unfinished output stand in its inputs too */
    void file(String name, SrchFile file, boolean log, boolean counted) {
        if (file.isEmpty()) {
            return;
        }
        if (file.height() != SrchParent.heightFor(file.blocks())) {
            report.problem("%s: height %d with %d blocks", name, file.height(), file.blocks());
            return;
        }
        Walk walk = new Walk(name, file, log, counted, 0, 0);
        walk.node(file.ref(), file.height() - 1, 0);
        if (walk.entries != file.entries()) {
            report.problem("%s: says %d entries, its blocks hold %d", name, file.entries(), walk.entries);
        }
    }

    /** An input that is being deleted: levels below the one at work are gone, of that level the leaves before {@code blk}. */
    void partlyDeleted(String name, SrchCompactInput input) {
        SrchFile file = input.file();
        if (file.isEmpty() || input.pos() > file.height()) {
            return;
        }
        int level = (int) Math.max(input.pos(), 1);
        new Walk(name, file, true, false, level, input.blk()).node(file.ref(), file.height() - 1, 0);
    }

    private final class Walk {
        private final String name;
        private final SrchFile file;
        private final boolean log;
        private final boolean counted;
        private final int deletedLevel;
        private final long deletedBlk;
        private long entries;
        private SrchEntry previous = SrchEntry.ZERO;

        Walk(String name, SrchFile file, boolean log, boolean counted, int deletedLevel, long deletedBlk) {
            this.name = name;
            this.file = file;
            this.log = log;
            this.counted = counted;
            this.deletedLevel = deletedLevel;
            this.deletedBlk = deletedBlk;
        }

        private boolean isDeleted(int level, long firstLeaf) {
            return deletedLevel > 0
                    && (level < deletedLevel - 1 || (level == deletedLevel - 1 && firstLeaf < deletedBlk));
        }

        void node(BlockReference ref, int level, long firstLeaf) {
            if (isDeleted(level, firstLeaf)) {
                return;
            }
            if (!meta.claim(ref.blkno(), name)) {
                return;
            }
            try (Block block = cache.read(ref, level > 0 ? Magic.SRCH_PARENT : Magic.SRCH_BLOCK)) {
                if (level == 0) {
                    leaf(block.data(), ref.blkno());
                } else {
                    parent(block.data(), ref.blkno(), level, firstLeaf);
                }
            } catch (FsException e) {
                report.problem("%s: block %d: %s", name, ref.blkno(), e.getMessage());
            }
        }

        private void parent(MemorySegment block, long blkno, int level, long firstLeaf) {
            long below = 1;
            for (int i = 1; i < level; i++) {
                below *= SrchParent.CAPACITY;
            }
            for (int i = 0; i < SrchParent.CAPACITY; i++) {
                long leaf = firstLeaf + i * below;
                BlockReference ref = SrchParent.ref(block, 0, i);
                boolean wanted = leaf < file.blocks();
                if (wanted != !ref.isZero()) {
                    report.problem(
                            "%s: parent %d: reference %d for leaf %d of %d", name, blkno, i, leaf, file.blocks());
                } else if (wanted) {
                    node(ref, level - 1, leaf);
                }
            }
        }

        private void leaf(MemorySegment block, long blkno) {
            int nr = SrchBlock.entryNr(block, 0);
            int bytes = SrchBlock.entryBytes(block, 0);
            SrchEntry entry = SrchEntry.ZERO;
            int pos = 0;
            for (int i = 0; i < nr; i++) {
                if (pos > SrchBlock.SAFE_POS || pos >= bytes) {
                    report.problem(
                            "%s: leaf %d: entry %d of %d begins at %d of %d bytes", name, blkno, i, nr, pos, bytes);
                    return;
                }
                int length = SrchEntryCodec.encodedLength(block, SrchBlock.ENTRIES + (long) pos);
                entry = SrchEntryCodec.decode(block, SrchBlock.ENTRIES + (long) pos, entry);
                pos += length;
                if (!log && entry.compareTo(previous) < 0) {
                    report.problem("%s: leaf %d: entry %d is out of order", name, blkno, i);
                }
                previous = entry;
                if (counted && !present.remove(entry)) {
                    present.add(entry);
                }
            }
            if (pos != bytes) {
                report.problem("%s: leaf %d: entry_bytes %d, the entries have %d", name, blkno, bytes, pos);
            }
            entries += nr;
        }
    }
}
