package org.scoutfs.srch;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.scoutfs.alloc.ListAllocator;
import org.scoutfs.alloc.TestVolume;
import org.scoutfs.block.Block;
import org.scoutfs.error.FsException;
import org.scoutfs.format.SrchBlock;
import org.scoutfs.format.SrchEntry;
import org.scoutfs.format.SrchFile;
import org.scoutfs.format.SrchParent;

/** Makes and reads whole srch files for tests. */
final class SrchFiles {
    private SrchFiles() {}

    /** A file of these entries in this order, dirty in the volume's writer. */
    static SrchFile write(TestVolume volume, ListAllocator alloc, List<SrchEntry> entries) throws FsException {
        try (SrchFileWriter writer =
                new SrchFileWriter(volume.cache, alloc, volume.writer, volume.counters, SrchFile.EMPTY)) {
            for (SrchEntry entry : entries) {
                writer.append(entry);
            }
            return writer.file();
        }
    }

    /** As {@link #write}, with a new leaf after every {@code perLeaf} entries. */
    static SrchFile write(TestVolume volume, ListAllocator alloc, List<SrchEntry> entries, int perLeaf)
            throws FsException {
        try (SrchFileWriter writer =
                new SrchFileWriter(volume.cache, alloc, volume.writer, volume.counters, SrchFile.EMPTY)) {
            for (int i = 0; i < entries.size(); i++) {
                if (i % perLeaf == 0) {
                    writer.endLeaf();
                }
                writer.append(entries.get(i));
            }
            return writer.file();
        }
    }

    static List<SrchEntry> read(TestVolume volume, SrchFile file) throws FsException {
        List<SrchEntry> entries = new ArrayList<>();
        try (SrchCursor cursor = new SrchCursor(volume.cache, file)) {
            for (SrchEntry entry; (entry = cursor.peek()) != null; cursor.advance()) {
                entries.add(entry);
            }
        }
        return entries;
    }

    /** The numbers of all blocks of a file; verifies what headers of leaves say. */
    static List<Long> blocks(TestVolume volume, SrchFile file) throws FsException {
        List<Long> blocks = new ArrayList<>();
        long entries = 0;
        for (long leaf = 0; leaf < file.blocks(); leaf++) {
            try (Block block = SrchRadix.readLeaf(volume.cache, file, leaf, false)) {
                blocks.add(block.blkno());
                entries += SrchBlock.entryNr(block.data(), 0);
            }
        }
        if (entries != file.entries() || file.height() != SrchParent.heightFor(file.blocks())) {
            throw new AssertionError(file + " has " + entries + " entries");
        }
        Set<Long> parents = new HashSet<>();
        for (int level = 1; level < file.height(); level++) {
            for (long leaf = 0; leaf < file.blocks(); leaf++) {
                try (Block block = SrchRadix.readParent(volume.cache, file, leaf, level)) {
                    parents.add(block.blkno());
                }
            }
        }
        blocks.addAll(parents);
        return blocks;
    }

    /** Those that occur an odd number of times, in order. */
    static List<SrchEntry> odd(Collection<SrchEntry> entries) {
        Set<SrchEntry> odd = new HashSet<>();
        for (SrchEntry entry : entries) {
            if (!odd.remove(entry)) {
                odd.add(entry);
            }
        }
        return odd.stream().sorted().toList();
    }

    /** Entries of few hashes and inodes, so that some are equal. */
    static List<SrchEntry> random(Random random, int count, int spread) {
        List<SrchEntry> entries = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            entries.add(new SrchEntry(
                    0x9e3779b97f4a7c15L * (1 + random.nextInt(8)), 1024 + random.nextInt(spread), random.nextInt(3)));
        }
        return entries;
    }
}
