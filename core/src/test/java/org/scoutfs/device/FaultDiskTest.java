package org.scoutfs.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.scoutfs.device.FaultDisk.Fault;
import org.scoutfs.device.FaultDisk.Operation;
import org.scoutfs.error.Errno;

class FaultDiskTest extends BlockDeviceContract {
    private static final long SEED = 42;

    private final FaultDisk disk = new FaultDisk("disk", SIZE_BYTES, SEED);

    @Override
    BlockDevice openDevice(Access access) {
        return disk.open("contract", access);
    }

    @Test
    void keepsWhatWasFlushed() throws IOException {
        FaultDevice device = disk.open("a");
        device.write(0, filled(8192, 1));
        device.flush();
        assertThat(disk.unflushedWrites()).isZero();
        MemoryDevice image = disk.crash();
        assertThat(contents(image, 0, 8192)).containsOnly(1);
    }

    @Test
    void flushOfOneOpenerCoversTheWritesOfAll() throws IOException {
        disk.open("a").write(0, filled(4096, 1));
        disk.open("b").flush();
        assertThat(firstByte(disk.crash(), 0)).isEqualTo(1);
    }

    @Test
    void keepsLosesOrTearsWhatWasNotFlushed() throws IOException {
        FaultDevice device = disk.open("a");
        device.write(0, filled(16384, 1));
        device.flush();
        device.write(0, filled(16384, 2));
        Set<String> outcomes = new TreeSet<>();
        for (int seed = 0; seed < 200; seed++) {
            byte[] bytes = contents(disk.crashImage(seed), 0, 16384);
            outcomes.add(outcome(bytes));
        }
        assertThat(outcomes).containsExactlyInAnyOrder("old", "new", "torn at 512", "torn at 4096");
    }

    @Test
    void keepsUnflushedWritesIndependentlyOfTheirOrder() throws IOException {
        FaultDevice device = disk.open("a");
        device.write(0, filled(4096, 1));
        device.write(8192, filled(4096, 2));
        boolean onlySecond = false;
        for (int seed = 0; seed < 100; seed++) {
            MemoryDevice image = disk.crashImage(seed);
            onlySecond |= firstByte(image, 0) == 0 && firstByte(image, 8192) == 2;
        }
        assertThat(onlySecond).isTrue();
    }

    @Test
    void theSameSeedGivesTheSameImage() throws IOException {
        byte[][] images = new byte[2][];
        for (int i = 0; i < 2; i++) {
            FaultDisk twin = new FaultDisk("twin", SIZE_BYTES, SEED);
            FaultDevice device = twin.open("a");
            SplittableRandom random = new SplittableRandom(7);
            for (int n = 0; n < 50; n++) {
                device.write(4096L * random.nextInt(100), filled(4096L * (1 + random.nextInt(5)), n));
                if (random.nextInt(10) == 0) {
                    device.flush();
                }
            }
            images[i] = contents(twin.crash(), 0, SIZE_BYTES);
        }
        assertThat(images[0]).isEqualTo(images[1]);
    }

    @Test
    void isDeadAfterACrashAndLivesAgainFromTheImage() throws IOException {
        FaultDevice device = disk.open("a");
        MemoryDevice image = disk.crash();
        assertErrno(Errno.EIO, () -> device.read(0, filled(4096, 0)));
        assertErrno(Errno.EIO, device::flush);
        FaultDevice again = new FaultDisk(image, SEED).open("a");
        again.write(0, filled(4096, 1));
        again.flush();
    }

    @Test
    void cutsOffOneOpener() throws IOException {
        FaultDevice fenced = disk.open("fenced");
        FaultDevice healthy = disk.open("healthy");
        fenced.write(0, filled(4096, 1));
        fenced.cut();
        assertErrno(Errno.EIO, () -> fenced.write(0, filled(4096, 2)));
        assertThat(firstByte(healthy, 0)).isEqualTo(1);
    }

    @Test
    void failsByNumberAndByRange() throws IOException {
        FaultDevice device = disk.open("a");
        disk.inject(Fault.onNumber(Operation.WRITE, 1, Errno.ENOSPC));
        disk.inject(Fault.inRange(Operation.READ, 8192, 4096, Errno.EIO));
        device.write(0, filled(4096, 1));
        assertErrno(Errno.ENOSPC, () -> device.write(4096, filled(4096, 1)));
        device.write(4096, filled(4096, 1));
        assertErrno(Errno.EIO, () -> device.read(4096, filled(8192, 0)));
        device.read(4096, filled(4096, 0));
        disk.repair();
        device.read(8192, filled(4096, 0));
        assertThat(disk.count(Operation.WRITE)).isEqualTo(3);
        assertThat(disk.count(Operation.READ)).isEqualTo(3);
    }

    @Test
    void laterFlushesDoNotRepairAFailedOne() throws IOException {
        boolean lostOnce = false;
        for (int seed = 0; seed < 30; seed++) {
            FaultDisk twin = new FaultDisk("twin", SIZE_BYTES, seed);
            FaultDevice device = twin.open("a");
            twin.inject(Fault.onNumber(Operation.FLUSH, 0, Errno.EIO));
            device.write(0, filled(4096, 1));
            assertErrno(Errno.EIO, device::flush);
            device.flush();
            assertThat(firstByte(device, 0)).isEqualTo(1);
            lostOnce |= firstByte(twin.crash(), 0) == 0;
        }
        assertThat(lostOnce).isTrue();
    }

    @Test
    void corruptsForGood() throws IOException {
        FaultDevice device = disk.open("a");
        device.write(0, filled(8192, 1));
        device.flush();
        disk.corrupt(512, 1024);
        byte[] seen = contents(device, 0, 8192);
        assertThat(seen).isNotEqualTo(contents(new FaultDisk("x", SIZE_BYTES, 1).image(), 0, 8192));
        int wrong = 0;
        for (int i = 0; i < seen.length; i++) {
            wrong += seen[i] == 1 ? 0 : 1;
            assertThat(seen[i] == 1 || (i >= 512 && i < 1536)).isTrue();
        }
        assertThat(wrong).isEqualTo(2);
        assertThat(contents(disk.crash(), 0, 8192)).isEqualTo(seen);
    }

    @Test
    void notesWritesThatOverlapInTimeAndRange() throws Exception {
        FaultDevice device = disk.open("a");
        CountDownLatch held = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        disk.inject(request -> {
            if (request.operation() == Operation.WRITE && request.number() == 0) {
                held.countDown();
                await().until(() -> release.getCount() == 0);
            }
            return null;
        });
        Thread first = Thread.ofPlatform().start(() -> {
            try {
                device.write(0, filled(8192, 1));
            } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
        });
        held.await();
        device.write(8192, filled(4096, 2));
        device.read(0, filled(4096, 0));
        assertThat(disk.violations()).isEmpty();
        device.write(4096, filled(4096, 3));
        assertThat(disk.violations()).hasSize(1);
        release.countDown();
        first.join();
    }

    @Test
    void leakCheckFindsWhatIsNotClosedOrClosedTwice() throws IOException {
        LeakCheck leaks = new LeakCheck();
        try (BlockDevice good = leaks.watch(disk.open("good"))) {
            good.flush();
        }
        leaks.close();
        leaks.watch(disk.open("forgotten"));
        BlockDevice twice = leaks.watch(disk.open("twice"));
        twice.close();
        twice.close();
        assertThatThrownBy(leaks::close)
                .isInstanceOf(AssertionError.class)
                .hasMessageContainingAll("forgotten was closed 0 times", "twice was closed 2 times");
    }

    private static String outcome(byte[] bytes) {
        int changes = 0;
        boolean fine = false;
        for (int i = 1; i < bytes.length; i++) {
            if (bytes[i] != bytes[i - 1]) {
                assertThat(i % 512).isZero();
                changes++;
                fine |= i % 4096 != 0;
            }
        }
        return changes == 0 ? (bytes[0] == 1 ? "old" : "new") : fine ? "torn at 512" : "torn at 4096";
    }

    private static byte[] contents(BlockDevice device, long offset, int length) throws IOException {
        byte[] bytes = new byte[length];
        device.read(offset, MemorySegment.ofArray(bytes));
        return bytes;
    }
}
