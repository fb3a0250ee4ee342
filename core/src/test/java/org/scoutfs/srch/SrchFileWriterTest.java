package org.scoutfs.srch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.scoutfs.alloc.ListAllocator;
import org.scoutfs.alloc.TestVolume;
import org.scoutfs.block.Block;
import org.scoutfs.block.BlockAllocator;
import org.scoutfs.device.Seeds;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.BlockReference;
import org.scoutfs.format.Le;
import org.scoutfs.format.Magic;
import org.scoutfs.format.SrchBlock;
import org.scoutfs.format.SrchEntry;
import org.scoutfs.format.SrchFile;
import org.scoutfs.format.SrchParent;

class SrchFileWriterTest {
    private static final int FAN_OUT = SrchParent.CAPACITY;

    private final TestVolume volume = new TestVolume(11);
    private ListAllocator alloc;

    @BeforeEach
    void begin() throws FsException {
        alloc = volume.allocator(4000);
    }

    @AfterEach
    void close() {
        alloc.prepareCommit();
        volume.close();
    }

    private SrchFileWriter writer(SrchFile file) {
        return new SrchFileWriter(volume.cache, alloc, volume.writer, volume.counters, file);
    }

    @Test
    void storesTheWorkedExampleOfTheFormat() throws FsException {
        SrchEntry a = new SrchEntry(0x10, 1024, 0);
        SrchEntry b = new SrchEntry(0x0f, 1025, 3);
        SrchFile file = SrchFiles.write(volume, alloc, List.of(a, b));
        assertThat(file.first()).isEqualTo(b);
        assertThat(file.last()).isEqualTo(a);
        assertThat(file.blocks()).isEqualTo(1);
        assertThat(file.entries()).isEqualTo(2);
        assertThat(file.height()).isEqualTo(1);
        try (Block block = volume.cache.read(file.ref(), Magic.SRCH_BLOCK)) {
            assertThat(HexFormat.of().formatHex(Le.bytes(block.data(), SrchBlock.ENTRIES, 12)))
                    .isEqualTo("210020000811010102060000");
            assertThat(SrchBlock.entryNr(block.data(), 0)).isEqualTo(2);
            assertThat(SrchBlock.entryBytes(block.data(), 0)).isEqualTo(10);
            assertThat(SrchBlock.first(block.data(), 0)).isEqualTo(b);
            assertThat(SrchBlock.last(block.data(), 0)).isEqualTo(a);
            assertThat(SrchBlock.tail(block.data(), 0)).isEqualTo(b);
        }
        assertThat(SrchFiles.read(volume, file)).containsExactly(a, b);
    }

    @Test
    void readsBackWhatWasAppendedOverManyTransactions() throws FsException {
        long seed = Seeds.next("SrchFileWriterTest.readsBack");
        Random random = new Random(seed);
        SrchFile file = SrchFile.EMPTY;
        List<SrchEntry> all = new ArrayList<>();
        for (int transaction = 0; transaction < 12; transaction++) {
            try (SrchFileWriter writer = writer(file)) {
                for (int i = random.nextInt(3000); i >= 0; i--) {
                    SrchEntry entry = new SrchEntry(random.nextLong(), random.nextLong(), random.nextLong());
                    writer.append(entry);
                    all.add(entry);
                }
                file = writer.file();
            }
            alloc = volume.commit(alloc);
        }
        assertThat(SrchFiles.read(volume, file)).isEqualTo(all);
        assertThat(file.first())
                .isEqualTo(all.stream().min(Comparator.naturalOrder()).orElseThrow());
        assertThat(file.last())
                .isEqualTo(all.stream().max(Comparator.naturalOrder()).orElseThrow());
        assertThat(file.blocks()).isGreaterThan(4);
        assertThat(SrchFiles.blocks(volume, file)).doesNotHaveDuplicates().hasSize((int) file.blocks() + 1);
    }

    @Test
    void movesTheLastLeafAndItsParentsOncePerTransaction() throws FsException {
        SrchFile file = SrchFiles.write(volume, alloc, SrchFiles.random(new Random(1), 30, 100), 10);
        alloc = volume.commit(alloc);
        List<Long> before = SrchFiles.blocks(volume, file);
        int used = volume.writer.dirtyCount();
        assertThat(used).isZero();
        try (SrchFileWriter writer = writer(file)) {
            for (int i = 0; i < 20; i++) {
                writer.append(new SrchEntry(i, i, i));
            }
            // The leaf, its parent, two list blocks.
            assertThat(volume.writer.dirtyCount()).isEqualTo(4);
            List<Long> after = SrchFiles.blocks(volume, writer.file());
            assertThat(after).hasSameSizeAs(before);
            assertThat(after.subList(0, 2)).isEqualTo(before.subList(0, 2));
            assertThat(after.subList(2, 4)).doesNotContainAnyElementsOf(before);
        }
        // What readers of the committed file see has not changed.
        assertThat(SrchFiles.read(volume, file)).hasSize(30);
    }

    @Test
    void anEntryStartsAtTheLastSafePositionAndNotBehind() throws FsException {
        SrchEntry wide = new SrchEntry(1L << 62, 1L << 62, 1L << 62);
        List<SrchEntry> entries = new ArrayList<>();
        // 26 bytes, then equal ones of 2 bytes each up to exactly the last position.
        for (int i = 0; i <= (SrchBlock.SAFE_POS - 26) / 2; i++) {
            entries.add(wide);
        }
        try (SrchFileWriter writer = writer(SrchFile.EMPTY)) {
            for (SrchEntry entry : entries) {
                writer.append(entry);
            }
            assertThat(writer.atLeafEnd()).isFalse();
            writer.append(SrchEntry.ZERO);
            assertThat(writer.atLeafEnd()).isTrue();
            assertThat(writer.file().blocks()).isEqualTo(1);
            SrchLeafWriter leaf = writer.leaf();
            assertThat(leaf).isNotNull();
            assertThat(leaf.entryBytes()).isEqualTo(SrchBlock.ENTRIES_SIZE);
            writer.append(wide);
            assertThat(writer.file().blocks()).isEqualTo(2);
            entries.add(SrchEntry.ZERO);
            entries.add(wide);
            assertThat(SrchFiles.read(volume, writer.file())).isEqualTo(entries);
        }
    }

    @Test
    void growsTheRadixWhenAParentIsFull() throws FsException {
        // 4094 leaves which are all the same block: as good as different ones for all but the last.
        SrchFile full = sameLeafFile(FAN_OUT);
        assertThat(full.height()).isEqualTo(2);
        try (SrchFileWriter writer = writer(full)) {
            writer.endLeaf();
            writer.append(new SrchEntry(9, 9, 9));
            SrchFile file = writer.file();
            assertThat(file.height()).isEqualTo(3);
            assertThat(file.blocks()).isEqualTo(FAN_OUT + 1);
            try (Block root = volume.cache.read(file.ref(), Magic.SRCH_PARENT)) {
                assertThat(SrchParent.ref(root.data(), 0, 0)).isEqualTo(full.ref());
                assertThat(SrchParent.ref(root.data(), 0, 1).isZero()).isFalse();
                assertThat(SrchParent.ref(root.data(), 0, 2).isZero()).isTrue();
            }
            try (SrchCursor cursor = new SrchCursor(volume.cache, file, FAN_OUT - 1, 0)) {
                assertThat(cursor.peek()).isEqualTo(new SrchEntry(1, 1, 1));
                cursor.advance();
                assertThat(cursor.peek()).isEqualTo(new SrchEntry(9, 9, 9));
                assertThat(cursor.blk()).isEqualTo(FAN_OUT);
            }
            // The next leaf goes into the parent that is there now.
            writer.endLeaf();
            writer.append(new SrchEntry(10, 10, 10));
            assertThat(writer.file().height()).isEqualTo(3);
            try (SrchCursor cursor = new SrchCursor(volume.cache, writer.file(), FAN_OUT + 1, 0)) {
                assertThat(cursor.peek()).isEqualTo(new SrchEntry(10, 10, 10));
            }
        }
    }

    @Test
    void opensANewParentBelowAnExistingRoot() throws FsException {
        SrchFile three = sameLeafFile(2L * FAN_OUT);
        assertThat(three.height()).isEqualTo(3);
        try (SrchFileWriter writer = writer(three)) {
            writer.endLeaf();
            writer.append(new SrchEntry(9, 9, 9));
            assertThat(writer.file().height()).isEqualTo(3);
            try (SrchCursor cursor = new SrchCursor(volume.cache, writer.file(), 2L * FAN_OUT, 0)) {
                assertThat(cursor.peek()).isEqualTo(new SrchEntry(9, 9, 9));
                cursor.advance();
                assertThat(cursor.peek()).isNull();
            }
        }
    }

    @Test
    void aFailedAppendLeavesTheFileAsItWas() throws FsException {
        for (SrchFile start :
                List.of(SrchFile.EMPTY, sameLeafFile(1), sameLeafFile(FAN_OUT), sameLeafFile(2L * FAN_OUT))) {
            alloc = volume.commit(alloc);
            for (int allocations = 0; ; allocations++) {
                FailingAllocator failing = new FailingAllocator(alloc, allocations);
                int dirty = volume.writer.dirtyCount();
                try (SrchFileWriter writer =
                        new SrchFileWriter(volume.cache, failing, volume.writer, volume.counters, start)) {
                    writer.endLeaf();
                    try {
                        writer.append(new SrchEntry(9, 9, 9));
                        assertThat(writer.file().blocks()).isEqualTo(start.blocks() + 1);
                        break;
                    } catch (FsException e) {
                        assertThat(e.errno()).isEqualTo(Errno.ENOSPC);
                    }
                    SrchFile after = writer.file();
                    assertThat(after.height()).isEqualTo(start.height());
                    assertThat(after.blocks()).isEqualTo(start.blocks());
                    assertThat(after.entries()).isEqualTo(start.entries());
                    if (start.blocks() > 0) {
                        SrchRadix.readLeaf(volume.cache, after, start.blocks() - 1, false)
                                .close();
                    }
                    // What was made for the leaf was given back; only parents on the way may have moved.
                    assertThat(failing.freed).isGreaterThanOrEqualTo(allocations);
                    assertThat(volume.writer.dirtyCount() - dirty).isLessThan(start.height() + 2);
                }
                volume.cache.forgetAll(volume.writer);
                alloc.prepareCommit();
                alloc = volume.allocator(100);
            }
        }
    }

    /** Fails from the given number of allocations on. */
    private static final class FailingAllocator implements BlockAllocator {
        private final BlockAllocator to;
        private int left;
        private int freed;

        FailingAllocator(BlockAllocator to, int left) {
            this.to = to;
            this.left = left;
        }

        @Override
        public long allocate() throws FsException {
            if (left-- <= 0) {
                throw new FsException(Errno.ENOSPC, "injected");
            }
            return to.allocate();
        }

        @Override
        public void free(long blkno) throws FsException {
            freed++;
            to.free(blkno);
        }
    }

    @Test
    void refusesAFileThatCannotAddressItsLeaves() throws FsException {
        SrchFile one = sameLeafFile(1);
        SrchFile wrong = new SrchFile(one.first(), one.last(), one.ref(), 2, 2, 1);
        try (SrchFileWriter writer = writer(wrong)) {
            assertThatThrownBy(() -> writer.append(SrchEntry.ZERO)).hasMessageContaining("height 1");
        }
        assertThatThrownBy(() -> SrchFiles.read(volume, wrong)).hasMessageContaining("height 1");
    }

    private SrchFile sameLeafFile(long blocks) throws FsException {
        return sameLeafFile(volume, alloc, blocks);
    }

    /** A committed file of {@code blocks} leaves, all references of which name one block with the entry (1, 1, 1). */
    static SrchFile sameLeafFile(TestVolume volume, ListAllocator alloc, long blocks) throws FsException {
        SrchEntry entry = new SrchEntry(1, 1, 1);
        SrchFile one = SrchFiles.write(volume, alloc, List.of(entry));
        BlockReference ref = one.ref();
        int height = SrchParent.heightFor(blocks);
        for (int level = 1; level < height; level++) {
            long refs = Math.ceilDiv(blocks, SrchRadix.leavesPerRef(level));
            try (Block block = volume.cache.dirty(alloc, volume.writer, BlockReference.ZERO, Magic.SRCH_PARENT)) {
                for (int i = 0; i < Math.min(refs, FAN_OUT); i++) {
                    SrchParent.setRef(block.data(), 0, i, ref);
                }
                ref = block.reference();
            }
        }
        alloc.prepareCommit();
        volume.cache.writeAll(volume.writer);
        return new SrchFile(entry, entry, ref, blocks, blocks, height);
    }
}
