package org.scoutfs.srch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.scoutfs.alloc.ListAllocator;
import org.scoutfs.alloc.TestVolume;
import org.scoutfs.block.Block;
import org.scoutfs.error.CorruptionException;
import org.scoutfs.error.FsException;
import org.scoutfs.format.Le;
import org.scoutfs.format.SrchBlock;
import org.scoutfs.format.SrchEntry;
import org.scoutfs.format.SrchFile;

class SrchCursorTest {
    private final TestVolume volume = new TestVolume(12);
    private ListAllocator alloc;

    @BeforeEach
    void begin() throws FsException {
        alloc = volume.allocator(200);
    }

    @AfterEach
    void close() {
        alloc.prepareCommit();
        volume.close();
    }

    private static List<SrchEntry> entries(int count) {
        List<SrchEntry> entries = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            entries.add(new SrchEntry(1000L * i * i, 5000 - i, i));
        }
        return entries;
    }

    @Test
    void goesOnFromEveryPositionItReports() throws FsException {
        List<SrchEntry> entries = entries(50);
        SrchFile file = SrchFiles.write(volume, alloc, entries, 20);
        try (SrchCursor cursor = new SrchCursor(volume.cache, file)) {
            for (int i = 0; i <= entries.size(); i++) {
                try (SrchCursor again = new SrchCursor(volume.cache, file, cursor.blk(), cursor.pos())) {
                    List<SrchEntry> rest = new ArrayList<>();
                    for (SrchEntry entry; (entry = again.peek()) != null; again.advance()) {
                        rest.add(entry);
                    }
                    assertThat(rest).isEqualTo(entries.subList(i, entries.size()));
                }
                if (i < entries.size()) {
                    assertThat(cursor.peek()).isEqualTo(entries.get(i));
                    cursor.advance();
                }
            }
            assertThat(cursor.peek()).isNull();
            assertThat(cursor.blk()).isEqualTo(3);
            assertThat(cursor.pos()).isZero();
        }
    }

    @Test
    void takesTheEndOfALeafForTheStartOfTheNext() throws FsException {
        List<SrchEntry> entries = entries(40);
        SrchFile file = SrchFiles.write(volume, alloc, entries, 20);
        long end;
        try (Block block = SrchRadix.readLeaf(volume.cache, file, 0, false)) {
            end = SrchBlock.entryBytes(block.data(), 0);
        }
        try (SrchCursor cursor = new SrchCursor(volume.cache, file, 0, end)) {
            assertThat(cursor.peek()).isEqualTo(entries.get(20));
            assertThat(cursor.blk()).isEqualTo(1);
        }
        assertThatThrownBy(() -> new SrchCursor(volume.cache, file, 0, end + 1))
                .isInstanceOf(CorruptionException.class);
        assertThatThrownBy(() -> new SrchCursor(volume.cache, file, 0, 1)).isInstanceOf(CorruptionException.class);
        assertThatThrownBy(() -> new SrchCursor(volume.cache, file, 0, -1)).isInstanceOf(CorruptionException.class);
        assertThatThrownBy(() -> new SrchCursor(volume.cache, file, 0, Long.MAX_VALUE))
                .isInstanceOf(CorruptionException.class);
        try (SrchCursor cursor = new SrchCursor(volume.cache, file, -1, 0)) {
            assertThat(cursor.peek()).isNull();
        }
    }

    @Test
    void readsAnEntryAtTheLastSafePosition() throws FsException {
        SrchEntry wide = new SrchEntry(1L << 62, 1L << 62, 1L << 62);
        SrchFile file = filled(wide, SrchBlock.SAFE_POS);
        try (SrchCursor cursor = new SrchCursor(volume.cache, file, 0, SrchBlock.SAFE_POS)) {
            assertThat(cursor.pos()).isEqualTo(SrchBlock.SAFE_POS);
            assertThat(cursor.peek()).isEqualTo(wide);
            cursor.advance();
            assertThat(cursor.peek()).isNull();
        }
    }

    /** A leaf of equal entries, the last of which begins at {@code lastPos}. */
    private SrchFile filled(SrchEntry entry, int lastPos) throws FsException {
        List<SrchEntry> entries = new ArrayList<>();
        for (int i = 0; i <= (lastPos - 26) / 2 + 1; i++) {
            entries.add(entry);
        }
        return SrchFiles.write(volume, alloc, entries);
    }

    @Test
    void refusesAnEntryBehindTheLastSafePosition() throws FsException {
        SrchFile file = filled(new SrchEntry(1L << 62, 1L << 62, 1L << 62), SrchBlock.SAFE_POS);
        changeLeaf(file, SrchBlock.SAFE_POS + 4);
        assertThatThrownBy(() -> SrchFiles.read(volume, file))
                .isInstanceOf(CorruptionException.class)
                .hasMessageContaining(String.valueOf(SrchBlock.SAFE_POS + 2));
    }

    @Test
    void refusesContentsThatLeaveTheBlockOrTheEntryBytes() throws FsException {
        SrchFile file = SrchFiles.write(volume, alloc, entries(10));
        int bytes;
        try (Block block = SrchRadix.readLeaf(volume.cache, file, 0, false)) {
            bytes = SrchBlock.entryBytes(block.data(), 0);
        }
        changeLeaf(file, bytes - 1);
        assertThatThrownBy(() -> SrchFiles.read(volume, file))
                .isInstanceOf(CorruptionException.class)
                .hasMessageContaining("behind entry_bytes");
        changeLeaf(file, SrchBlock.ENTRIES_SIZE + 1);
        assertThatThrownBy(() -> SrchFiles.read(volume, file)).isInstanceOf(CorruptionException.class);
        changeLeaf(file, -1);
        assertThatThrownBy(() -> SrchFiles.read(volume, file)).isInstanceOf(CorruptionException.class);
    }

    @Test
    void skipsALeafWithoutEntries() throws FsException {
        List<SrchEntry> entries = entries(30);
        SrchFile file = SrchFiles.write(volume, alloc, entries, 10);
        try (Block block = SrchRadix.readLeaf(volume.cache, file, 1, false)) {
            SrchBlock.setEntryNr(block.data(), 0, 0);
        }
        List<SrchEntry> expected = new ArrayList<>(entries.subList(0, 10));
        expected.addAll(entries.subList(20, 30));
        assertThat(SrchFiles.read(volume, file)).isEqualTo(expected);
    }

    /** The leaf is dirty in the volume's writer, so it may be changed in place. */
    private void changeLeaf(SrchFile file, int entryBytes) throws FsException {
        try (Block block = volume.cache.read(file.ref(), SrchRadix.magic(0))) {
            Le.put32(block.data(), SrchBlock.ENTRY_BYTES, entryBytes);
        }
    }
}
