package org.scoutfs.fs.data;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.scoutfs.fs.data.ArchiveTest.Failing.expect;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.Timespec;
import org.scoutfs.fs.AttributeChanges;
import org.scoutfs.fs.Attributes;
import org.scoutfs.fs.Credentials;
import org.scoutfs.fs.Modes;
import org.scoutfs.fs.OpenFile;
import org.scoutfs.fs.TestClient;
import org.scoutfs.fs.TestVolume;
import org.scoutfs.vfs.ArchiveFiles;
import org.scoutfs.vfs.ArchiveFiles.AttrX;
import org.scoutfs.vfs.ArchiveFiles.MappedExtent;
import org.scoutfs.vfs.ArchiveFiles.StageSource;
import org.scoutfs.vfs.SimpleCredentials;
import org.scoutfs.vfs.Vfs;

/** Release, stage, punch, move and the attributes beyond stat, through the door; the numbers are those of spec 4 section 15. */
class ArchiveTest {
    private static final Credentials ROOT = SimpleCredentials.root();
    private static final Credentials USER = SimpleCredentials.user(1000, 1000, Set.of(), 022);
    private static final int RDWR = Modes.O_RDWR;
    private static final int BLOCK = 4096;

    private TestVolume volume;
    private TestClient client;
    private Vfs vfs;
    private ArchiveFiles archive;

    @BeforeEach
    void mount() throws Exception {
        volume = TestVolume.create();
        client = volume.mountWithData();
        vfs = client.vfs;
        archive = vfs.archiveFiles();
    }

    @AfterEach
    void unmount() {
        client.close();
        volume.close();
    }

    /** An operation and the error it has to fail with. */
    interface Failing {
        void run() throws FsException;

        static void expect(Errno errno, Failing operation) {
            try {
                operation.run();
            } catch (FsException e) {
                assertThat(e.errno()).as(e.getMessage()).isEqualTo(errno);
                return;
            }
            throw new AssertionError("no " + errno);
        }
    }

    private OpenFile create(String name) throws FsException {
        return vfs.create(ROOT, 1, name.getBytes(UTF_8), 0644, RDWR).file();
    }

    private OpenFile open(OpenFile same, int flags) throws FsException {
        return vfs.open(ROOT, same.ino(), flags);
    }

    private static byte[] pattern(int seed, int length) {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = (byte) (seed * 31 + i / BLOCK * 7 + i);
        }
        return bytes;
    }

    private void write(OpenFile file, long offset, byte[] bytes) throws FsException {
        assertThat(vfs.write(file, offset, MemorySegment.ofArray(bytes), false)).isEqualTo(bytes.length);
    }

    private byte[] read(OpenFile file, long offset, int length) throws FsException {
        byte[] into = new byte[length];
        return Arrays.copyOf(into, vfs.read(file, offset, MemorySegment.ofArray(into)));
    }

    private OpenFile written(String name, byte[] bytes) throws FsException {
        OpenFile file = create(name);
        write(file, 0, bytes);
        return file;
    }

    private Attributes attributes(OpenFile file) throws FsException {
        return vfs.getattr(file.ino());
    }

    private long version(OpenFile file) throws FsException {
        return attributes(file).dataVersion();
    }

    private void release(OpenFile file, long offset, long length) throws FsException {
        archive.release(file, offset, length, version(file));
    }

    private int stage(OpenFile file, long offset, byte[] bytes) throws FsException {
        return archive.stage(file, version(file), offset, bytes.length, StageSource.of(MemorySegment.ofArray(bytes)));
    }

    private String extents(OpenFile file) throws FsException {
        StringBuilder text = new StringBuilder();
        for (MappedExtent e : archive.extents(file.ino(), 0, -1L, 1000)) {
            text.append(e.logical() / BLOCK)
                    .append('+')
                    .append(e.length() / BLOCK)
                    .append(e.offline() ? "f" : e.unwritten() ? "u" : "w")
                    .append(e.last() ? "" : " ");
        }
        return text.toString();
    }

    private static void assertSameButMetaSeq(Attributes after, Attributes before) {
        assertThat(after.size()).isEqualTo(before.size());
        assertThat(after.mtime()).isEqualTo(before.mtime());
        assertThat(after.ctime()).isEqualTo(before.ctime());
        assertThat(after.dataSeq()).isEqualTo(before.dataSeq());
        assertThat(after.dataVersion()).isEqualTo(before.dataVersion());
    }

    @Test
    void releaseAndStageChangeNothingThatStatShows() throws Exception {
        byte[] bytes = pattern(1, 2 * BLOCK);
        OpenFile file = written("a", bytes);
        vfs.syncfs();
        Attributes before = attributes(file);
        release(file, 0, 2 * BLOCK);
        Attributes released = attributes(file);
        assertSameButMetaSeq(released, before);
        assertThat(released.onlineBlocks()).isZero();
        assertThat(released.offlineBlocks()).isEqualTo(2);
        assertThat(released.blocks()).isEqualTo(16);
        assertThat(released.metaSeq()).isNotEqualTo(before.metaSeq());
        release(file, 0, 400 << 10);
        release(file, 16L << 30, BLOCK);
        archive.release(file, 0xfffffffffffff000L, BLOCK, version(file));
        expect(Errno.EINVAL, () -> release(file, 0xfffffffffffff000L, 2 * BLOCK));
        assertThat(extents(file)).isEqualTo("0+2f");
        vfs.syncfs();
        assertThat(stage(file, 0, Arrays.copyOf(bytes, BLOCK))).isEqualTo(BLOCK);
        assertSameButMetaSeq(attributes(file), before);
        assertThat(attributes(file).metaSeq()).isGreaterThan(released.metaSeq());
        assertThat(attributes(file).onlineBlocks()).isEqualTo(1);
        assertThat(stage(file, BLOCK, Arrays.copyOfRange(bytes, BLOCK, 2 * BLOCK)))
                .isEqualTo(BLOCK);
        assertThat(read(file, 0, 3 * BLOCK)).isEqualTo(bytes);
        assertThat(attributes(file).blocks()).isEqualTo(16);
        vfs.release(file);
    }

    @Test
    void releaseRefuses() throws Exception {
        OpenFile file = written("a", pattern(1, BLOCK));
        OpenFile readOnly = open(file, 0);
        OpenFile directory = vfs.open(ROOT, 1, 0);
        expect(Errno.ESTALE, () -> archive.release(file, 0, BLOCK, 99));
        expect(Errno.EINVAL, () -> archive.release(readOnly, 0, BLOCK, version(file)));
        expect(Errno.EINVAL, () -> archive.release(file, 1, BLOCK, version(file)));
        expect(Errno.EINVAL, () -> archive.release(file, 0, 100, version(file)));
        expect(Errno.EINVAL, () -> archive.release(directory, 0, BLOCK, 0));
        archive.release(readOnly, 1, 0, 99);
        assertThat(attributes(file).onlineBlocks()).isEqualTo(1);
        vfs.release(file);
        vfs.release(readOnly);
        vfs.release(directory);
    }

    @Test
    void releaseFreesUnwrittenBlocksAndRemovesThoseBeyondTheEnd() throws Exception {
        OpenFile file = create("a");
        vfs.fallocate(file, 0, 0, 5 * BLOCK);
        vfs.fallocate(file, 1, 0, 20 * BLOCK);
        release(file, 0, 16 * BLOCK);
        assertThat(extents(file)).isEqualTo("0+5f");
        assertThat(attributes(file).offlineBlocks()).isEqualTo(5);
        vfs.release(file);
    }

    @Test
    void releasedNeighboursMerge() throws Exception {
        client.prealloc(1, true);
        OpenFile file = written("a", pattern(1, 5 * BLOCK));
        for (int block : new int[] {1, 3, 2}) {
            release(file, (long) block * BLOCK, BLOCK);
        }
        assertThat(extents(file)).isEqualTo("0+1w 1+3f 4+1w");
        assertThat(read(file, 0, BLOCK)).isEqualTo(pattern(1, BLOCK));
        assertThat(read(file, 4 * BLOCK, BLOCK))
                .isEqualTo(Arrays.copyOfRange(pattern(1, 5 * BLOCK), 4 * BLOCK, 5 * BLOCK));
        vfs.release(file);
    }

    @Test
    void stageRefuses() throws Exception {
        OpenFile file = written("a", pattern(1, 3 * BLOCK + 100));
        release(file, 0, 4 * BLOCK);
        byte[] block = new byte[BLOCK];
        StageSource source = StageSource.of(MemorySegment.ofArray(block));
        long v = version(file);
        expect(Errno.EINVAL, () -> archive.stage(file, v, 1, BLOCK, source));
        expect(Errno.EINVAL, () -> archive.stage(file, v, 0, 1024, source));
        expect(Errno.EINVAL, () -> archive.stage(file, v, 4 * BLOCK, BLOCK, source));
        expect(Errno.EINVAL, () -> archive.stage(file, v, 3 * BLOCK, BLOCK, source));
        expect(Errno.EINVAL, () -> archive.stage(file, v, 0, -1, source));
        expect(Errno.EINVAL, () -> archive.stage(file, v, 0xfffffffffffff000L, 2 * BLOCK, source));
        expect(Errno.ESTALE, () -> archive.stage(file, v + 1, 0, BLOCK, source));
        for (int flags : new int[] {0, RDWR | Modes.O_APPEND, RDWR | Modes.O_DIRECT, RDWR | Modes.O_DSYNC}) {
            OpenFile other = open(file, flags);
            expect(Errno.EINVAL, () -> archive.stage(other, v, 0, BLOCK, source));
            vfs.release(other);
        }
        assertThat(archive.stage(file, v + 1, 0, 0, source)).isZero();
        assertThat(attributes(file).onlineBlocks()).isZero();
        assertThat(stage(file, 3 * BLOCK, new byte[100])).isEqualTo(100);
        assertThat(stage(file, 3 * BLOCK, new byte[100])).isEqualTo(100);
        assertThat(attributes(file).onlineBlocks()).isEqualTo(1);
        vfs.release(file);
    }

    @Test
    void stageGoesOnAfterAPartAndReportsAnErrorOnlyIfThereIsNone() throws Exception {
        int blocks = 600;
        byte[] bytes = pattern(3, blocks * BLOCK);
        OpenFile file = written("a", bytes);
        release(file, 0, blocks * BLOCK);
        long bad = 300L * BLOCK + 17;
        StageSource source = (position, dst) -> {
            if (position + dst.byteSize() > bad) {
                throw new FsException(Errno.EFAULT);
            }
            MemorySegment.copy(MemorySegment.ofArray(bytes), position, dst, 0, dst.byteSize());
        };
        assertThat(archive.stage(file, version(file), 0, blocks * BLOCK, source))
                .isEqualTo(300 * BLOCK);
        assertThat(read(file, 0, 300 * BLOCK)).isEqualTo(Arrays.copyOf(bytes, 300 * BLOCK));
        expect(
                Errno.EFAULT,
                () -> archive.stage(file, version(file), 0, BLOCK, (p, d) -> {
                    throw new FsException(Errno.EFAULT);
                }));
        vfs.release(file);
    }

    @Test
    void stageEndsWhenSomebodyElseWrites() throws Exception {
        int mib = 1 << 20;
        OpenFile file = written("a", pattern(3, 2 * mib));
        long v = version(file);
        StageSource source = (position, dst) -> {
            if (position == mib) {
                write(file, 0, new byte[] {42});
            }
            dst.fill((byte) 9);
        };
        assertThat(archive.stage(file, v, 0, 2 * mib, source)).isEqualTo(mib);
        assertThat(read(file, 0, 2)).containsExactly(42, 9);
        vfs.release(file);
    }

    @Test
    void stagePreallocatesTheRestOfTheOfflineExtent() throws Exception {
        client.prealloc(2048, true);
        OpenFile file = written("a", pattern(1, 16 * BLOCK));
        release(file, 0, 16 * BLOCK);
        stage(file, 5 * BLOCK, new byte[BLOCK]);
        assertThat(extents(file)).isEqualTo("0+5f 5+1w 6+10f");
        assertThat(attributes(file).offlineBlocks()).isEqualTo(15);
        vfs.fallocate(file, 0, 0, 16 * BLOCK);
        assertThat(attributes(file).offlineBlocks()).isEqualTo(15);
        release(file, 0, 16 * BLOCK);
        assertThat(attributes(file).offlineBlocks()).isEqualTo(16);
        assertThat(extents(file)).isEqualTo("0+16f");
        vfs.release(file);
    }

    @Test
    void filesStagedInTurnHaveExtentsOfThePreallocationSize() throws Exception {
        client.prealloc(16, true);
        OpenFile[] files = {written("a", pattern(1, 64 * BLOCK)), written("b", pattern(2, 64 * BLOCK))};
        for (OpenFile file : files) {
            release(file, 0, 64 * BLOCK);
        }
        for (int block = 0; block < 64; block++) {
            for (OpenFile file : files) {
                stage(file, (long) block * BLOCK, new byte[BLOCK]);
            }
        }
        for (OpenFile file : files) {
            assertThat(archive.extents(file.ino(), 0, -1L, 100)).hasSize(4);
            vfs.release(file);
        }
    }

    @Test
    void punchMakesHolesOfOfflineBlocksOnly() throws Exception {
        OpenFile file = written("a", pattern(1, 4 * BLOCK));
        release(file, BLOCK, 2 * BLOCK);
        Attributes before = attributes(file);
        archive.punchOffline(ROOT, file, BLOCK, BLOCK, version(file), 0);
        assertThat(extents(file)).isEqualTo("0+1w 2+1f 3+1w");
        assertSameButMetaSeq(attributes(file), before);
        assertThat(attributes(file).offlineBlocks()).isEqualTo(1);
        assertThat(read(file, BLOCK, BLOCK)).isEqualTo(new byte[BLOCK]);
        archive.punchOffline(ROOT, file, 100L << 20, BLOCK, version(file), 0);
        long v = version(file);
        expect(Errno.EINVAL, () -> archive.punchOffline(ROOT, file, 0, BLOCK, v, 0));
        // what comes before the block in the way is done
        expect(Errno.EINVAL, () -> archive.punchOffline(ROOT, file, BLOCK, 3 * BLOCK, v, 0));
        assertThat(extents(file)).isEqualTo("0+1w 3+1w");
        expect(Errno.EOVERFLOW, () -> archive.punchOffline(ROOT, file, 0, 100, v, 0));
        expect(Errno.EOVERFLOW, () -> archive.punchOffline(ROOT, file, 0xfffffffffffff000L, 2 * BLOCK, v, 0));
        expect(Errno.EINVAL, () -> archive.punchOffline(ROOT, file, 0, BLOCK, v, 1));
        expect(Errno.ESTALE, () -> archive.punchOffline(ROOT, file, 0, BLOCK, 0, 0));
        expect(Errno.ESTALE, () -> archive.punchOffline(ROOT, file, 0, BLOCK, 9999, 0));
        expect(Errno.EACCES, () -> archive.punchOffline(USER, file, 0, BLOCK, v, 0));
        archive.punchOffline(USER, file, 1, 0, 9999, 7);
        OpenFile empty = create("empty");
        archive.punchOffline(ROOT, empty, 0, BLOCK, 0, 0);
        vfs.fallocate(empty, 0, 0, BLOCK);
        expect(Errno.EINVAL, () -> archive.punchOffline(ROOT, empty, 0, BLOCK, version(empty), 0));
        vfs.release(file);
        vfs.release(empty);
    }

    private void move(OpenFile from, long fromOffset, long length, OpenFile to, long toOffset) throws FsException {
        archive.moveBlocks(ROOT, to, from::ino, fromOffset, length, toOffset, 0, 0);
    }

    private void stagingMove(OpenFile from, long fromOffset, long length, OpenFile to, long toOffset)
            throws FsException {
        archive.moveBlocks(ROOT, to, from::ino, fromOffset, length, toOffset, version(to), ArchiveFiles.MOVE_STAGE);
    }

    @Test
    void moveTakesBlocksAlong() throws Exception {
        byte[] bytes = pattern(1, 3 * BLOCK + 123);
        OpenFile from = written("a", bytes);
        OpenFile to = create("b");
        long fromVersion = version(from);
        move(from, BLOCK, BLOCK, to, 0);
        assertThat(version(from)).isEqualTo(fromVersion + 1);
        assertThat(version(to)).isEqualTo(1);
        assertThat(attributes(from).size()).isEqualTo(bytes.length);
        assertThat(read(from, BLOCK, BLOCK)).isEqualTo(new byte[BLOCK]);
        assertThat(read(to, 0, 2 * BLOCK)).isEqualTo(Arrays.copyOfRange(bytes, BLOCK, 2 * BLOCK));
        move(from, 3 * BLOCK, 123, to, 4 * BLOCK);
        assertThat(attributes(to).size()).isEqualTo(4 * BLOCK + 123);
        assertThat(read(to, 4 * BLOCK, BLOCK)).isEqualTo(Arrays.copyOfRange(bytes, 3 * BLOCK, bytes.length));
        OpenFile third = create("c");
        move(to, 4 * BLOCK, 123, third, 0);
        assertThat(attributes(third).size()).isEqualTo(123);
        assertThat(attributes(to).onlineBlocks()).isEqualTo(1);
        vfs.syncfs();
        assertThat(read(third, 0, 200)).isEqualTo(Arrays.copyOfRange(bytes, 3 * BLOCK, bytes.length));
        for (OpenFile file : new OpenFile[] {from, to, third}) {
            vfs.release(file);
        }
    }

    @Test
    void moveRefuses() throws Exception {
        OpenFile from = written("a", pattern(1, 2 * BLOCK));
        OpenFile to = written("b", pattern(2, 2 * BLOCK));
        OpenFile directory = vfs.open(ROOT, 1, 0);
        expect(Errno.EINVAL, () -> move(from, 0, BLOCK, to, 0));
        expect(Errno.EINVAL, () -> move(from, 1, BLOCK, to, 4 * BLOCK));
        expect(Errno.EINVAL, () -> move(from, 0, BLOCK, to, 1));
        expect(Errno.EINVAL, () -> move(from, 0, 100, to, 4 * BLOCK));
        expect(Errno.EINVAL, () -> move(from, 0, BLOCK, from, 4 * BLOCK));
        expect(Errno.EOVERFLOW, () -> move(from, -BLOCK, 2 * BLOCK, to, 0));
        expect(Errno.EOVERFLOW, () -> move(from, 0, 2 * BLOCK, to, -BLOCK));
        expect(
                Errno.EBADF,
                () -> archive.moveBlocks(
                        ROOT,
                        to,
                        () -> {
                            throw new FsException(Errno.EBADF);
                        },
                        0,
                        BLOCK,
                        0,
                        0,
                        9));
        expect(Errno.EINVAL, () -> archive.moveBlocks(ROOT, to, from::ino, 0, BLOCK, 4 * BLOCK, 0, 2));
        expect(Errno.EISDIR, () -> move(from, 0, BLOCK, directory, 4 * BLOCK));
        expect(Errno.EACCES, () -> archive.moveBlocks(USER, to, from::ino, 0, BLOCK, 4 * BLOCK, 0, 0));
        archive.moveBlocks(USER, to, from::ino, 3 * BLOCK, BLOCK, 4 * BLOCK, 0, 0);
        move(from, 1, 0, from, 3);
        release(from, 0, BLOCK);
        expect(Errno.ENODATA, () -> move(from, BLOCK, BLOCK, to, 4 * BLOCK));
        expect(Errno.ENODATA, () -> move(to, BLOCK, BLOCK, from, 4 * BLOCK));
        assertThat(extents(to)).isEqualTo("0+2w");
        vfs.release(from);
        vfs.release(to);
        vfs.release(directory);
    }

    @Test
    void stagingMoveIsInvisible() throws Exception {
        byte[] bytes = pattern(7, 2 * BLOCK);
        OpenFile to = written("a", bytes);
        release(to, 0, 2 * BLOCK);
        Attributes before = attributes(to);
        OpenFile part = vfs.tmpfile(ROOT, 1, 0600, RDWR).file();
        write(part, 0, bytes);
        expect(Errno.ESTALE, () -> archive.moveBlocks(ROOT, to, part::ino, 0, BLOCK, 0, 9999, ArchiveFiles.MOVE_STAGE));
        stagingMove(part, 0, 2 * BLOCK, to, 0);
        assertSameButMetaSeq(attributes(to), before);
        assertThat(attributes(to).offlineBlocks()).isZero();
        assertThat(read(to, 0, 2 * BLOCK)).isEqualTo(bytes);
        write(part, 0, bytes);
        expect(Errno.EINVAL, () -> stagingMove(part, 0, BLOCK, to, 0));
        expect(Errno.ENOENT, () -> stagingMove(part, 0, BLOCK, to, 64 * BLOCK));
        vfs.release(part);
        vfs.release(to);
    }

    @Test
    void stagingMoveDoesNotBringBytesBehindTheEnd() throws Exception {
        byte[] bytes = pattern(7, BLOCK + 100);
        OpenFile to = written("a", bytes);
        release(to, 0, 2 * BLOCK);
        OpenFile part = vfs.tmpfile(ROOT, 1, 0600, RDWR).file();
        write(part, 0, pattern(7, 2 * BLOCK));
        stagingMove(part, 0, 2 * BLOCK, to, 0);
        assertThat(attributes(to).size()).isEqualTo(BLOCK + 100);
        vfs.syncfs();
        vfs.setattr(ROOT, to.ino(), AttributeChanges.NONE.withSize(2L * BLOCK));
        assertThat(read(to, 0, 2 * BLOCK)).isEqualTo(Arrays.copyOf(bytes, 2 * BLOCK));
        vfs.release(part);
        vfs.release(to);
    }

    @Test
    void partsMovedIntoAReleasedFileComeInOrder() throws Exception {
        client.prealloc(2048, true);
        byte[] bytes = pattern(5, 64 * BLOCK);
        OpenFile to = written("a", bytes);
        release(to, 0, bytes.length);
        // leaves offline blocks that are allocated already
        stage(to, 9 * BLOCK, Arrays.copyOfRange(bytes, 9 * BLOCK, 10 * BLOCK));
        release(to, 9 * BLOCK, BLOCK);
        for (int i = 0; i < 8; i++) {
            OpenFile part = vfs.tmpfile(ROOT, 1, 0600, RDWR).file();
            write(part, 0, Arrays.copyOfRange(bytes, i * 8 * BLOCK, (i + 1) * 8 * BLOCK));
            stagingMove(part, 0, 8 * BLOCK, to, i * 8L * BLOCK);
            vfs.release(part);
        }
        assertThat(read(to, 0, bytes.length)).isEqualTo(bytes);
        assertThat(attributes(to).onlineBlocks()).isEqualTo(64);
        vfs.release(to);
    }

    private void setattrMore(OpenFile file, long version, long size, long flags) throws FsException {
        archive.setattrMore(ROOT, file, version, size, flags, new Timespec(67, 1), new Timespec(68, 2));
    }

    @Test
    void setattrMoreRestoresAFile() throws Exception {
        OpenFile file = create("a");
        setattrMore(file, 0, 0, 0);
        assertThat(attributes(file).ctime()).isEqualTo(new Timespec(67, 1));
        assertThat(attributes(file).crtime()).isEqualTo(new Timespec(68, 2));
        expect(Errno.EINVAL, () -> setattrMore(file, 0, 1, 0));
        long dataSeq = attributes(file).dataSeq();
        vfs.syncfs();
        setattrMore(file, 1, 40988672, 1);
        assertThat(extents(file)).isEqualTo("0+10007f");
        assertThat(attributes(file).dataSeq()).isEqualTo(dataSeq);
        assertThat(version(file)).isEqualTo(1);
        expect(Errno.EINVAL, () -> setattrMore(file, 2, 5, 0));
        OpenFile big = create("b");
        setattrMore(big, 1, 4_000_000_000L, 1);
        assertThat(attributes(big).offlineBlocks()).isEqualTo(976563);
        OpenFile full = written("c", new byte[1]);
        expect(Errno.EINVAL, () -> setattrMore(full, 5, 10, 0));
        expect(Errno.EINVAL, () -> setattrMore(create("d"), 1, 0, 1));
        expect(Errno.EINVAL, () -> setattrMore(big, 1, 1, 2));
        OpenFile readOnly = open(file, 0);
        expect(Errno.EBADF, () -> setattrMore(readOnly, 1, 1, 2));
        for (OpenFile f : new OpenFile[] {file, big, full, readOnly}) {
            vfs.release(f);
        }
    }

    private AttrX set(long mask) {
        return new AttrX(mask, 0, 0, 0, 7, 0, 0, new Timespec(5, 0), new Timespec(6, 0), 0, false, -1L);
    }

    private AttrX retention(long more, boolean retained) {
        return new AttrX(
                ArchiveFiles.ATTR_RETENTION | more, 0, 0, 0, 0, 0, 0, Timespec.ZERO, Timespec.ZERO, 0, retained, 11);
    }

    @Test
    void attributesBeyondStat() throws Exception {
        OpenFile file = create("a");
        expect(Errno.EPERM, () -> archive.setAttrX(USER, file.ino(), set(0)));
        archive.setAttrX(ROOT, file.ino(), set(0));
        expect(Errno.EINVAL, () -> archive.setAttrX(ROOT, file.ino(), set(0x400)));
        expect(Errno.EINVAL, () -> archive.getAttrX(file.ino(), 0x400, 0));
        expect(Errno.EINVAL, () -> archive.getAttrX(file.ino(), 1, 2));
        assertThat(archive.getAttrX(file.ino(), 0, 2).mask()).isZero();
        archive.setAttrX(ROOT, file.ino(), set(ArchiveFiles.ATTR_DATA_VERSION));
        assertThat(version(file)).isEqualTo(7);
        archive.setAttrX(ROOT, file.ino(), set(ArchiveFiles.ATTR_PROJECT_ID | 1 | 2 | 8 | 16));
        AttrX all = archive.getAttrX(file.ino(), 0x3ff, 0);
        assertThat(all.projectId()).isEqualTo(-1L);
        assertThat(all.dataVersion()).isEqualTo(7);
        assertThat(archive.getAttrX(file.ino(), ArchiveFiles.ATTR_CTIME, 0).dataVersion())
                .isZero();
        expect(Errno.EINVAL, () -> archive.setAttrX(ROOT, 1, retention(0, true)));
        archive.setAttrX(ROOT, 1, set(ArchiveFiles.ATTR_PROJECT_ID));
        assertThat(attributes(create("inherits")).project()).isEqualTo(-1L);
        client.formatVersion(1);
        expect(Errno.EOPNOTSUPP, () -> archive.getAttrX(1, ArchiveFiles.ATTR_PROJECT_ID, 0));
        expect(Errno.EOPNOTSUPP, () -> archive.setAttrX(ROOT, file.ino(), retention(0, true)));
        client.formatVersion(2);
        vfs.release(file);
    }

    @Test
    void retainedFilesAreImmutable() throws Exception {
        OpenFile file = written("a", pattern(1, 2 * BLOCK));
        OpenFile other = written("b", pattern(2, BLOCK));
        archive.setAttrX(ROOT, file.ino(), retention(0, true));
        expect(Errno.EPERM, () -> write(file, 0, new byte[1]));
        expect(Errno.EPERM, () -> vfs.setattr(ROOT, file.ino(), AttributeChanges.NONE.withSize(2L * BLOCK)));
        expect(Errno.EPERM, () -> vfs.fallocate(file, 0, 0, BLOCK));
        expect(Errno.EPERM, () -> vfs.writeMapped(file, 0, MemorySegment.ofArray(new byte[BLOCK])));
        expect(Errno.EPERM, () -> move(other, 0, BLOCK, file, 8 * BLOCK));
        expect(Errno.EPERM, () -> move(file, 0, BLOCK, other, 8 * BLOCK));
        expect(Errno.EPERM, () -> archive.setAttrX(ROOT, file.ino(), set(ArchiveFiles.ATTR_PROJECT_ID)));
        release(file, 0, 2 * BLOCK);
        expect(Errno.EPERM, () -> archive.punchOffline(ROOT, file, 0, BLOCK, version(file), 0));
        stage(file, 0, Arrays.copyOf(pattern(1, 2 * BLOCK), BLOCK));
        stagingMove(other, 0, BLOCK, file, BLOCK);
        archive.setAttrX(ROOT, file.ino(), retention(ArchiveFiles.ATTR_PROJECT_ID, false));
        assertThat(attributes(file).project()).isEqualTo(11);
        write(file, 0, new byte[1]);
        vfs.release(file);
        vfs.release(other);
    }

    @Test
    void changesAreRefusedWhereTheVolumeIsShownReadOnly() throws Exception {
        OpenFile file = written("a", pattern(1, BLOCK));
        client.vfs.setShownReadOnly(() -> true);
        expect(Errno.EROFS, () -> release(file, 0, BLOCK));
        expect(Errno.EROFS, () -> stage(file, 0, new byte[BLOCK]));
        expect(Errno.EROFS, () -> archive.punchOffline(ROOT, file, 0, BLOCK, 0, 0));
        expect(Errno.EROFS, () -> archive.moveBlocks(ROOT, file, () -> 77, 0, BLOCK, 0, 0, 0));
        expect(Errno.EROFS, () -> archive.setAttrX(USER, file.ino(), set(0)));
        expect(Errno.EROFS, () -> setattrMore(file, 1, 1, 0));
        // checked before
        expect(Errno.EINVAL, () -> archive.release(file, 1, BLOCK, 0));
        expect(Errno.EINVAL, () -> archive.punchOffline(ROOT, file, 0, BLOCK, 0, 1));
        vfs.release(file);
    }

    @Test
    void extentsAreWholeAndTheLastOfTheRangeIsMarked() throws Exception {
        OpenFile file = create("a");
        write(file, 0, new byte[2 * BLOCK]);
        write(file, 10 * BLOCK, new byte[BLOCK]);
        assertThat(archive.extents(file.ino(), BLOCK, BLOCK, 10))
                .singleElement()
                .matches(e -> e.logical() == 0 && e.length() == 2 * BLOCK && e.last() && e.physical() != 0);
        assertThat(archive.extents(file.ino(), 0, -1L, 1)).singleElement().matches(e -> !e.last());
        assertThat(archive.extents(file.ino(), 5 * BLOCK, BLOCK, 1)).isEmpty();
        expect(Errno.EINVAL, () -> archive.extents(file.ino(), 0, 0, 1));
        vfs.release(file);
    }
}
