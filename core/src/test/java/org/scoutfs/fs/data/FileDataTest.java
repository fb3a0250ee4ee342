package org.scoutfs.fs.data;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.scoutfs.device.Seeds;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.fs.AttributeChanges;
import org.scoutfs.fs.Attributes;
import org.scoutfs.fs.Capability;
import org.scoutfs.fs.Credentials;
import org.scoutfs.fs.Modes;
import org.scoutfs.fs.OpenFile;
import org.scoutfs.fs.TestClient;
import org.scoutfs.fs.TestVolume;
import org.scoutfs.vfs.Vfs;

/** Contents of files through the door, on volumes in memory with a real server. */
class FileDataTest {
    private static final int O_RDWR = Modes.O_RDWR;
    private static final int O_DIRECT = Modes.O_DIRECT;
    private static final long MIB = 1 << 20;

    private static final Credentials ROOT = new Credentials() {
        @Override
        public int uid() {
            return 0;
        }

        @Override
        public int gid() {
            return 0;
        }

        @Override
        public boolean inGroup(int group) {
            return false;
        }

        @Override
        public boolean capable(Capability capability) {
            return true;
        }

        @Override
        public int umask() {
            return 022;
        }

        @Override
        public boolean alreadyChecked() {
            return true;
        }
    };

    private TestVolume volume;
    private TestClient client;
    private Vfs vfs;

    @BeforeEach
    void mount() throws Exception {
        volume = TestVolume.create();
        client = volume.mountWithData();
        vfs = client.vfs;
    }

    @AfterEach
    void unmount() {
        client.close();
        volume.close();
    }

    private OpenFile create(String name, int flags) throws FsException {
        return vfs.create(ROOT, 1, name.getBytes(UTF_8), 0644, O_RDWR | flags).file();
    }

    private static MemorySegment bytes(int value, long length) {
        byte[] bytes = new byte[(int) length];
        Arrays.fill(bytes, (byte) value);
        return MemorySegment.ofArray(bytes);
    }

    private byte[] read(OpenFile file, long offset, int length) throws FsException {
        byte[] into = new byte[length];
        int n = vfs.read(file, offset, MemorySegment.ofArray(into));
        return Arrays.copyOf(into, n);
    }

    private void truncate(OpenFile file, long size) throws FsException {
        vfs.setattr(ROOT, file.ino(), AttributeChanges.NONE.withSize(size));
    }

    @Test
    void smallWriteCountsOneBlockAndOneVersion() throws Exception {
        OpenFile file = create("a", 0);
        assertThat(vfs.write(file, 0, bytes(1, 0), false)).isZero();
        assertThat(vfs.getattr(file.ino()).dataVersion()).isZero();
        assertThat(vfs.write(file, 0, bytes(1, 10), false)).isEqualTo(10);
        Attributes a = vfs.getattr(file.ino());
        assertThat(a.size()).isEqualTo(10);
        assertThat(a.onlineBlocks()).isEqualTo(1);
        assertThat(a.dataVersion()).isEqualTo(1);
        vfs.write(file, 2, bytes(2, 3), false);
        assertThat(vfs.getattr(file.ino()).onlineBlocks()).isEqualTo(1);
        assertThat(vfs.getattr(file.ino()).dataVersion()).isEqualTo(2);
        assertThat(read(file, 0, 100)).containsExactly(1, 1, 2, 2, 2, 1, 1, 1, 1, 1);
        vfs.release(file);
    }

    @Test
    void endOfTheNumberRange() throws Exception {
        OpenFile file = create("a", 0);
        assertThatThrownBy(() -> vfs.write(file, Long.MAX_VALUE, bytes(1, 1), false))
                .isInstanceOfSatisfying(
                        FsException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EINVAL));
        assertThat(vfs.write(file, Long.MAX_VALUE - 15, bytes(1, 1), false)).isEqualTo(1);
        assertThat(read(file, Long.MAX_VALUE - 16, 100)).containsExactly(0, 1);
        assertThat(vfs.seek(file, 0, 3)).isEqualTo(Long.MAX_VALUE & -4096);
        assertThat(vfs.seek(file, Long.MAX_VALUE - 20, 4)).isEqualTo(Long.MAX_VALUE - 14);
        truncate(file, Long.MAX_VALUE);
        truncate(file, 0);
        assertThat(vfs.getattr(file.ino()).onlineBlocks()).isZero();
        vfs.release(file);
    }

    @Test
    void truncatedBytesAreZeroWhenTheFileGrowsAgain() throws Exception {
        OpenFile file = create("a", 0);
        vfs.write(file, 0, bytes('x', 8192), false);
        vfs.fsync(file.ino());
        truncate(file, 6144);
        truncate(file, 12288);
        byte[] expected = new byte[12288];
        Arrays.fill(expected, 0, 6144, (byte) 'x');
        assertThat(read(file, 0, 20000)).isEqualTo(expected);
        vfs.fsync(file.ino());
        OpenFile direct = vfs.open(ROOT, file.ino(), O_RDWR | O_DIRECT);
        assertThat(read(direct, 0, 20000)).isEqualTo(expected);
        vfs.release(direct);
        vfs.release(file);
    }

    @Test
    void truncateToHalfKeepsHalfOfTheBlocks() throws Exception {
        OpenFile file = create("a", 0);
        vfs.write(file, 0, bytes(1, MIB), false);
        truncate(file, MIB / 2);
        assertThat(vfs.getattr(file.ino()).onlineBlocks()).isEqualTo(128);
        long version = vfs.getattr(file.ino()).dataVersion();
        truncate(file, MIB / 2);
        assertThat(vfs.getattr(file.ino()).dataVersion()).isEqualTo(version);
        vfs.release(file);
    }

    @Test
    void truncateOfManyExtentsTakesSeveralTransactions() throws Exception {
        OpenFile file = create("a", 0);
        for (int i = 0; i < 50; i++) {
            vfs.write(file, i * 8192L, bytes(i, 1), false);
        }
        assertThat(vfs.getattr(file.ino()).onlineBlocks()).isEqualTo(50);
        truncate(file, 8192);
        assertThat(vfs.getattr(file.ino()).onlineBlocks()).isEqualTo(1);
        assertThat(vfs.getattr(file.ino()).flags()).isZero();
        vfs.release(file);
    }

    @Test
    void fallocateGivesBlocksWithoutContents() throws Exception {
        OpenFile file = create("a", 0);
        vfs.fallocate(file, 0, 0, 20000);
        Attributes a = vfs.getattr(file.ino());
        assertThat(a.size()).isEqualTo(20000);
        assertThat(a.onlineBlocks()).isZero();
        assertThat(a.dataVersion()).isEqualTo(1);
        assertThat(read(file, 0, 30000)).isEqualTo(new byte[20000]);
        vfs.write(file, 4096, bytes(1, 10), false);
        assertThat(vfs.getattr(file.ino()).onlineBlocks()).isEqualTo(1);
        assertThat(vfs.seek(file, 0, 3)).isEqualTo(4096);
        assertThat(vfs.seek(file, 4096, 4)).isEqualTo(8192);
        vfs.fallocate(file, 1, 0, 200 * MIB);
        assertThat(vfs.getattr(file.ino()).size()).isEqualTo(20000);
        for (int mode : new int[] {2, 3, 8, 0x10, 0x40}) {
            assertThatThrownBy(() -> vfs.fallocate(file, mode, 0, 1))
                    .isInstanceOfSatisfying(
                            FsException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EOPNOTSUPP));
        }
        vfs.release(file);
    }

    @Test
    void directWritesOfAMebibyteAreOneExtentAndReadBack() throws Exception {
        OpenFile file = create("a", O_DIRECT);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = arena.allocate(MIB, 4096);
            for (int i = 0; i < 8; i++) {
                memory.fill((byte) (i + 1));
                assertThat(vfs.write(file, i * MIB, memory, false)).isEqualTo((int) MIB);
            }
            for (int i = 0; i < 8; i++) {
                assertThat(vfs.read(file, i * MIB, memory)).isEqualTo((int) MIB);
                assertThat(memory.get(java.lang.foreign.ValueLayout.JAVA_BYTE, 12345))
                        .isEqualTo((byte) (i + 1));
            }
        }
        assertThat(vfs.getattr(file.ino()).onlineBlocks()).isEqualTo(2048);
        vfs.release(file);
    }

    @Test
    void appendIgnoresTheOffset() throws Exception {
        OpenFile file = create("a", Modes.O_APPEND);
        vfs.write(file, 500, bytes(1, 3), false);
        vfs.write(file, 0, bytes(2, 2), false);
        assertThat(read(file, 0, 10)).containsExactly(1, 1, 1, 2, 2);
        vfs.release(file);
    }

    /** Two mounts, buffered and direct, in turn and with commits, against an array. */
    @Test
    void randomOperationsOnTwoMountsBehaveLikeAnArray() throws Exception {
        Random random = new Random(Seeds.next("FileDataTest"));
        OpenFile created = create("model", 0);
        vfs.fsync(created.ino());
        try (TestClient second = volume.mountWithData();
                Arena arena = Arena.ofConfined()) {
            Vfs[] doors = {vfs, second.vfs};
            OpenFile[][] files = new OpenFile[2][2];
            for (int d = 0; d < 2; d++) {
                files[d][0] = doors[d].open(ROOT, created.ino(), O_RDWR);
                files[d][1] = doors[d].open(ROOT, created.ino(), O_RDWR | O_DIRECT);
            }
            int max = (int) (3 * MIB);
            byte[] model = new byte[max];
            int size = 0;
            MemorySegment aligned = arena.allocate(2 * MIB, 4096);
            int door = 0;
            for (int i = 0; i < 1500; i++) {
                if (random.nextInt(30) == 0) {
                    door = 1 - door;
                }
                Vfs at = doors[door];
                OpenFile file = files[door][random.nextInt(2)];
                int offset = random.nextInt(max);
                int length = 1 + random.nextInt(random.nextInt(4) == 0 ? (int) MIB : 9000);
                if (random.nextInt(3) == 0) {
                    offset &= -4096;
                    length = (length + 4095) & -4096;
                }
                length = Math.min(length, max - offset);
                MemorySegment memory = aligned.asSlice(random.nextInt(3) == 0 ? 1 : 0, length);
                switch (random.nextInt(12)) {
                    case 0, 1, 2, 3, 4 -> {
                        byte[] source = new byte[length];
                        Arrays.fill(source, (byte) (1 + random.nextInt(100)));
                        MemorySegment.copy(MemorySegment.ofArray(source), 0, memory, 0, length);
                        assertThat(at.write(file, offset, memory, false)).isEqualTo(length);
                        System.arraycopy(source, 0, model, offset, length);
                        size = Math.max(size, offset + length);
                    }
                    case 5 -> {
                        at.setattr(ROOT, file.ino(), AttributeChanges.NONE.withSize(offset));
                        Arrays.fill(model, Math.min(offset, size), max, (byte) 0);
                        size = offset;
                    }
                    case 6 -> at.fallocate(file, 1, offset, length);
                    case 7 -> at.fsync(file.ino());
                    default -> {
                        int n = at.read(file, offset, memory);
                        int expected = Math.max(0, Math.min(length, size - offset));
                        assertThat(n).as("step %s", i).isEqualTo(expected);
                        long mismatch =
                                MemorySegment.mismatch(memory, 0, n, MemorySegment.ofArray(model), offset, offset + n);
                        assertThat(mismatch).as("step %s read at %s", i, offset).isEqualTo(-1);
                    }
                }
                assertThat(at.getattr(file.ino()).size()).isEqualTo(size);
            }
            for (int d = 0; d < 2; d++) {
                doors[d].release(files[d][0]);
                doors[d].release(files[d][1]);
            }
        }
        vfs.release(created);
    }

    /** A block is never read before it was written, nor after it was given up: only this file's values or zeros are seen. */
    @Test
    void readersBesideAWriterSeeOnlyWhatWasWritten() throws Exception {
        volume.scribbleOnData(64 * MIB);
        OpenFile file = create("a", 0);
        AtomicBoolean over = new AtomicBoolean();
        AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
        Thread reader = Thread.ofPlatform().start(() -> {
            try {
                byte[] into = new byte[200_000];
                for (int i = 0; !over.get(); i++) {
                    int n = vfs.read(file, (i * 4096L) % MIB, MemorySegment.ofArray(into));
                    for (int at = 0; at < n; at++) {
                        assertThat(into[at] >= 0 && into[at] < 100).isTrue();
                    }
                }
            } catch (Throwable e) {
                failure.set(e);
            }
        });
        Random random = new Random(1);
        for (int i = 0; i < 400; i++) {
            int value = random.nextInt(100);
            if (random.nextInt(5) == 0) {
                truncate(file, random.nextInt((int) MIB));
            } else {
                vfs.write(file, random.nextInt((int) MIB), bytes(value, 1 + random.nextInt(100_000)), false);
            }
            if (i % 50 == 0) {
                vfs.fsync(file.ino());
            }
        }
        over.set(true);
        reader.join();
        assertThat(failure.get()).isNull();
        vfs.release(file);
    }
}
