package org.scoutfs.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.scoutfs.device.BlockDevice.ALIGNMENT;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.scoutfs.error.Errno;

/** What {@link BlockDevice} promises, for every implementation. */
abstract class BlockDeviceContract {
    static final int SIZE_BYTES = 4 << 20;

    private final List<BlockDevice> opened = new ArrayList<>();
    private final Arena arena = Arena.ofShared();
    private BlockDevice device;
    private String title = "";

    /** Opens the one device of this test, {@link #SIZE_BYTES} of zeros at first; called several times. */
    abstract BlockDevice openDevice(Access access) throws IOException;

    BlockDevice open(Access access) throws IOException {
        BlockDevice device = openDevice(access);
        opened.add(device);
        return device;
    }

    @BeforeEach
    void openOne(TestInfo test) throws IOException {
        title = getClass().getSimpleName() + "." + test.getDisplayName();
        device = open(Access.READ_WRITE);
    }

    @AfterEach
    void closeAll() throws IOException {
        for (BlockDevice device : opened) {
            device.close();
        }
    }

    @AfterEach
    void freeMemory() {
        arena.close();
    }

    /** A leader asks about itself, too, when it recovers the mounts of an earlier one. */
    @Test
    void whoIsDeclaredAliveIsDeadForNobodyUntilItsOpenEnds() throws IOException {
        BlockDevice other = open(Access.READ_WRITE);
        assumeTrue(device.markAlive(0x1234), "cannot declare anybody alive");

        assertThat(device.isDead(0x1234)).as("to itself").isFalse();
        assertThat(other.isDead(0x1234)).as("to others").isFalse();
        assertThat(device.isDead(0x5678)).as("who never was").isTrue();

        device.close();
        assertThat(other.isDead(0x1234)).as("after the end").isTrue();
    }

    @Test
    void saysWhatItIs() throws IOException {
        assertThat(device.sizeBytes()).isEqualTo(SIZE_BYTES);
        assertThat(device.readOnly()).isFalse();
        assertThat(open(Access.READ_ONLY).readOnly()).isTrue();
        assertThat(device.name()).isNotEmpty();
    }

    @Test
    void readsZerosWhereNothingWasWritten() throws IOException {
        byte[] bytes = new byte[3 * ALIGNMENT];
        Arrays.fill(bytes, (byte) 1);
        device.read(ALIGNMENT, MemorySegment.ofArray(bytes));
        assertThat(bytes).containsOnly(0);
    }

    /** Random transfers through all kinds of memory against an array. */
    @Test
    void behavesLikeAnArray() throws IOException {
        SplittableRandom random = new SplittableRandom(Seeds.next(title));
        byte[] model = new byte[SIZE_BYTES];
        for (int i = 0; i < 500; i++) {
            int length = ALIGNMENT * (random.nextInt(8) == 0 ? random.nextInt(400) : random.nextInt(20));
            int offset = ALIGNMENT * random.nextInt((SIZE_BYTES - length) / ALIGNMENT + 1);
            MemorySegment[] segments = pieces(random, length);
            switch (random.nextInt(6)) {
                case 0, 1 -> {
                    fill(random, segments);
                    device.writeGather(offset, segments);
                    new SegmentCursor(segments)
                            .copyTo(MemorySegment.ofArray(model).asSlice(offset, length));
                }
                case 2 -> {
                    MemorySegment whole = memory(random, length);
                    fill(random, whole);
                    device.write(offset, whole);
                    MemorySegment.copy(whole, 0, MemorySegment.ofArray(model), offset, length);
                }
                case 3 -> {
                    device.readScatter(offset, segments);
                    byte[] read = new byte[length];
                    new SegmentCursor(segments).copyTo(MemorySegment.ofArray(read));
                    assertThat(read).isEqualTo(Arrays.copyOfRange(model, offset, offset + length));
                }
                case 4 -> {
                    MemorySegment whole = memory(random, length);
                    device.read(offset, whole);
                    assertThat(whole.mismatch(MemorySegment.ofArray(model).asSlice(offset, length)))
                            .isEqualTo(-1);
                }
                default -> {
                    if (device.discard(offset, length)) {
                        Arrays.fill(model, offset, offset + length, (byte) 0);
                    }
                }
            }
        }
        device.flush();
        byte[] all = new byte[SIZE_BYTES];
        device.read(0, MemorySegment.ofArray(all));
        assertThat(all).isEqualTo(model);
    }

    @Test
    void writesAreSeenThroughOtherOpensAndAfterClose() throws IOException {
        BlockDevice other = open(Access.READ_ONLY);
        device.write(ALIGNMENT, filled(ALIGNMENT, 7));
        assertThat(firstByte(other, ALIGNMENT)).isEqualTo(7);
        device.flush();
        device.close();
        other.close();
        assertThat(firstByte(open(Access.READ_WRITE), ALIGNMENT)).isEqualTo(7);
    }

    @Test
    void movesMoreSegmentsThanOneSystemCallTakes() throws IOException {
        int count = SIZE_BYTES / ALIGNMENT;
        int times = 3;
        MemorySegment memory = arena.allocate(SIZE_BYTES, ALIGNMENT);
        MemorySegment[] segments = new MemorySegment[count * times];
        Arrays.fill(segments, MemorySegment.NULL); // empty ones do no harm
        for (int i = 0; i < count; i++) {
            segments[i * times] =
                    memory.asSlice((long) i * ALIGNMENT, ALIGNMENT).fill((byte) (i * 31 + 1));
        }
        device.writeGather(0, segments);
        byte[] all = new byte[SIZE_BYTES];
        device.read(0, MemorySegment.ofArray(all));
        assertThat(memory.mismatch(MemorySegment.ofArray(all))).isEqualTo(-1);
        memory.fill((byte) 0);
        device.readScatter(0, segments);
        assertThat(memory.mismatch(MemorySegment.ofArray(all))).isEqualTo(-1);
    }

    @Test
    void gathersPiecesThatAreNotAlignedIntoAnAlignedWhole() throws IOException {
        byte[] head = {1, 2, 3};
        byte[] tail = new byte[ALIGNMENT - 3];
        Arrays.fill(tail, (byte) 9);
        device.writeGather(0, MemorySegment.ofArray(head), MemorySegment.ofArray(tail));
        byte[] read = new byte[ALIGNMENT];
        device.read(0, MemorySegment.ofArray(read));
        assertThat(read).startsWith(1, 2, 3, 9).endsWith(9);
    }

    @Test
    void nothingIsMovedByEmptyTransfers() throws IOException {
        device.read(SIZE_BYTES, MemorySegment.NULL);
        device.write(0, MemorySegment.NULL);
        device.writeGather(0);
        device.readScatter(ALIGNMENT, MemorySegment.NULL, MemorySegment.NULL);
        device.discard(0, 0);
    }

    @Test
    void refusesWhatIsNotAligned() {
        MemorySegment unit = filled(ALIGNMENT, 1);
        assertThatThrownBy(() -> device.read(512, unit)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> device.write(1, unit)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> device.read(-ALIGNMENT, unit)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> device.read(0, unit.asSlice(0, 512))).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> device.writeGather(0, unit, unit.asSlice(1)))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> device.discard(0, 1)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void refusesToReadIntoReadOnlyMemory() {
        MemorySegment unit = filled(ALIGNMENT, 1).asReadOnly();
        assertThatThrownBy(() -> device.read(0, unit)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> device.readScatter(0, unit)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void refusesToReachPastTheEnd() throws IOException {
        MemorySegment two = filled(2 * ALIGNMENT, 5);
        long lastUnit = SIZE_BYTES - ALIGNMENT;
        assertErrno(Errno.EIO, () -> device.read(lastUnit, two));
        assertErrno(Errno.EIO, () -> device.write(lastUnit, two));
        assertErrno(Errno.EIO, () -> device.writeGather(SIZE_BYTES, two));
        assertErrno(Errno.EIO, () -> device.readScatter(Long.MAX_VALUE & -ALIGNMENT, two));
        assertErrno(Errno.EIO, () -> device.discard(lastUnit, 2L * ALIGNMENT));
        assertThat(firstByte(device, lastUnit)).isZero();
        assertThat(device.sizeBytes()).isEqualTo(SIZE_BYTES);
    }

    @Test
    void errorsSayWhatAndWhere() {
        DeviceException e =
                catchThrowableOfType(DeviceException.class, () -> device.read(SIZE_BYTES, filled(2 * ALIGNMENT, 0)));
        assertThat(e)
                .hasMessageContainingAll(
                        device.name(), "read", "of 8192 bytes", "at " + SIZE_BYTES, "EIO", "past the end");
    }

    @Test
    void readOnlyDevicesRefuseWrites() throws IOException {
        BlockDevice readOnly = open(Access.READ_ONLY);
        assertErrno(Errno.EROFS, () -> readOnly.write(0, filled(ALIGNMENT, 1)));
        assertErrno(Errno.EROFS, () -> readOnly.writeGather(0, filled(ALIGNMENT, 1)));
        assertErrno(Errno.EROFS, () -> readOnly.discard(0, ALIGNMENT));
        assertThat(firstByte(readOnly, 0)).isZero();
    }

    @Test
    void closedDevicesRefuseEverything() throws IOException {
        MemorySegment unit = filled(ALIGNMENT, 1);
        device.close();
        device.close();
        assertErrno(Errno.EBADF, () -> device.read(0, unit));
        assertErrno(Errno.EBADF, () -> device.write(0, unit));
        assertErrno(Errno.EBADF, () -> device.readScatter(0, unit));
        assertErrno(Errno.EBADF, () -> device.writeGather(0, unit));
        assertErrno(Errno.EBADF, () -> device.flush());
        assertErrno(Errno.EBADF, () -> device.discard(0, ALIGNMENT));
    }

    @Test
    void interruptsDoNoHarm() throws IOException {
        Thread.currentThread().interrupt();
        try {
            device.write(0, filled(ALIGNMENT, 3));
            device.flush();
            assertThat(firstByte(device, 0)).isEqualTo(3);
        } finally {
            assertThat(Thread.interrupted()).isTrue();
        }
        device.flush();
    }

    @Test
    void manyThreadsWriteTheirOwnRanges() throws Exception {
        long seed = Seeds.next(title);
        try (ExecutorService threads = Executors.newFixedThreadPool(4);
                ExecutorService virtual = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> all = new ArrayList<>();
            int share = SIZE_BYTES / 16;
            for (int i = 0; i < 16; i++) {
                long seedOfThread = seed + i;
                int from = share * i;
                all.add((i % 2 == 0 ? threads : virtual).submit(() -> {
                    rewrite(seedOfThread, from, share);
                    return null;
                }));
            }
            for (Future<?> one : all) {
                one.get();
            }
        }
    }

    @Test
    void closeMayComeAtAnyTime() throws Exception {
        for (int round = 0; round < 20; round++) {
            BlockDevice victim = open(Access.READ_WRITE);
            try (ExecutorService threads = Executors.newFixedThreadPool(3)) {
                List<Future<Errno>> all = new ArrayList<>();
                for (int i = 0; i < 3; i++) {
                    int unit = i;
                    all.add(threads.submit(() -> writeUntilClosed(victim, (long) unit * ALIGNMENT)));
                }
                firstByte(victim, 0);
                victim.close();
                for (Future<Errno> one : all) {
                    assertThat(one.get()).isEqualTo(Errno.EBADF);
                }
            }
        }
    }

    private Errno writeUntilClosed(BlockDevice victim, long offset) throws IOException {
        MemorySegment unit = filled(ALIGNMENT, 1);
        try {
            while (true) {
                victim.write(offset, unit);
            }
        } catch (DeviceException e) {
            return e.errno();
        }
    }

    private void rewrite(long seedOfThread, int from, int share) throws IOException {
        SplittableRandom random = new SplittableRandom(seedOfThread);
        byte[] model = new byte[share];
        for (int round = 0; round < 20; round++) {
            int length = ALIGNMENT * (1 + random.nextInt(share / ALIGNMENT));
            int at = ALIGNMENT * random.nextInt((share - length) / ALIGNMENT + 1);
            MemorySegment memory = memory(random, length);
            fill(random, memory);
            device.write(from + at, memory);
            MemorySegment.copy(memory, 0, MemorySegment.ofArray(model), at, length);
        }
        byte[] read = new byte[share];
        device.read(from, MemorySegment.ofArray(read));
        assertThat(read).isEqualTo(model);
    }

    /** Heap, page-aligned, or off by something. */
    private MemorySegment memory(SplittableRandom random, long length) {
        return switch (random.nextInt(4)) {
            case 0 -> MemorySegment.ofArray(new byte[(int) length]);
            case 1 -> arena.allocate(length + 8, ALIGNMENT).asSlice(8, length);
            default -> arena.allocate(length, ALIGNMENT);
        };
    }

    /** A row of memory of this total length, in most cases whole units. */
    private MemorySegment[] pieces(SplittableRandom random, int total) {
        List<MemorySegment> pieces = new ArrayList<>();
        boolean units = random.nextInt(3) > 0;
        for (int left = total; left > 0; ) {
            int length = Math.min(left, units ? ALIGNMENT * (1 + random.nextInt(8)) : random.nextInt(40_000));
            pieces.add(units ? arena.allocate(length, ALIGNMENT) : memory(random, length));
            left -= length;
        }
        return pieces.toArray(MemorySegment[]::new);
    }

    private static void fill(SplittableRandom random, MemorySegment... segments) {
        for (MemorySegment segment : segments) {
            byte[] bytes = new byte[(int) segment.byteSize()];
            random.nextBytes(bytes);
            segment.copyFrom(MemorySegment.ofArray(bytes));
        }
    }

    MemorySegment filled(long length, int value) {
        return arena.allocate(length, ALIGNMENT).fill((byte) value);
    }

    static int firstByte(BlockDevice device, long offset) throws IOException {
        byte[] bytes = new byte[ALIGNMENT];
        device.read(offset, MemorySegment.ofArray(bytes));
        return bytes[0];
    }

    static void assertErrno(Errno errno, org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
        DeviceException e = catchThrowableOfType(DeviceException.class, call);
        assertThat(e).isNotNull();
        assertThat(e.errno()).isEqualTo(errno);
    }
}
