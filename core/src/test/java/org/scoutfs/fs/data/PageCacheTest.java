package org.scoutfs.fs.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.scoutfs.counter.Counters;
import org.scoutfs.device.Seeds;
import org.scoutfs.error.FsException;
import org.scoutfs.host.Host;

/** Pages in memory and their way to the device, without extents: block b of file i is at i * 10000 + b. */
class PageCacheTest {
    private static final int FRAMES = (int) (PageCache.MIN_BYTES >> DataIo.BLOCK_SHIFT);

    private final Host host = Host.system();
    private final Counters counters = new Counters();
    private final GatedDevice device = new GatedDevice(1L << 40);
    private final DataIo io = new DataIo(device, host, counters, 2);
    private final ChangeStamps stamps = new ChangeStamps();
    private final PageCache cache = new PageCache(0, io, stamps, counters);
    private final Writeback writeback = cache.writeback();

    @AfterEach
    void close() {
        device.failWrites = false;
        io.close();
        cache.close();
        host.close();
    }

    private static long blkno(long ino, long block) {
        return ino * 10_000 + block;
    }

    private static MemorySegment bytes(int value, int length) {
        byte[] bytes = new byte[length];
        Arrays.fill(bytes, (byte) value);
        return MemorySegment.ofArray(bytes);
    }

    private void write(long ino, long block, int value) throws FsException {
        writeback.reserve(1);
        stamps.wrote(ino);
        int used = cache.write(ino, block, blkno(ino, block), 0, bytes(value, 4096), 0, 4096);
        writeback.unreserve(1 - used);
    }

    private void commit() throws FsException {
        writeback.startWriteback();
        writeback.finishWriteback();
    }

    private int cachedByte(long ino, long block) {
        byte[] one = new byte[1];
        int n = cache.copyOut(ino, block << 12, MemorySegment.ofArray(one), 0, 1);
        return n == 0 ? -1 : one[0];
    }

    private int deviceByte(long ino, long block) throws Exception {
        byte[] all = new byte[4096];
        device.memory.read(blkno(ino, block) << 12, MemorySegment.ofArray(all));
        return all[4095];
    }

    @Test
    void commitWritesEverythingOnceAndFlushes() throws Exception {
        for (int block = 0; block < 300; block++) {
            write(1, block, 7);
        }
        commit();
        assertThat(deviceByte(1, 0)).isEqualTo(7);
        assertThat(deviceByte(1, 299)).isEqualTo(7);
        assertThat(device.writes.get()).isEqualTo(2);
        assertThat(device.flushes.get()).isEqualTo(1);
        assertThat(writeback.dirtyPages()).isZero();
        commit();
        assertThat(device.writes.get()).isEqualTo(2);
        assertThat(device.flushes.get()).isEqualTo(1);
    }

    @Test
    void smallFilesSideBySideAreFewWrites() throws Exception {
        for (int ino = 1; ino <= 500; ino++) {
            writeback.reserve(1);
            cache.write(ino, 0, 50_000 - ino, 0, bytes(3, 4096), 0, 4096);
        }
        commit();
        assertThat(device.writes.get()).isEqualTo(2);
    }

    @Test
    void restOfANewPageIsZero() throws Exception {
        writeback.reserve(1);
        cache.write(1, 0, 99, 10, bytes(5, 20), 0, 20);
        byte[] page = new byte[4096];
        assertThat(cache.copyOut(1, 0, MemorySegment.ofArray(page), 0, 4096)).isEqualTo(4096);
        byte[] expected = new byte[4096];
        Arrays.fill(expected, 10, 30, (byte) 5);
        assertThat(page).isEqualTo(expected);
    }

    @Test
    void cleanPagesMakeRoomForOthersAndFilesWithoutPagesDisappear() throws Exception {
        for (int ino = 1; ino <= 3 * FRAMES; ino++) {
            write(ino, 0, ino);
            if (ino % 500 == 0) {
                commit();
            }
        }
        commit();
        assertThat(cache.files()).isLessThanOrEqualTo(FRAMES);
        for (int ino = 1; ino <= 3 * FRAMES; ino++) {
            int inMemory = cachedByte(ino, 0);
            assertThat(inMemory == -1 || inMemory == (byte) ino).isTrue();
            assertThat(deviceByte(ino, 0)).isEqualTo((byte) ino);
        }
    }

    @Test
    void writerWaitsForRoomWhichTheBackgroundMakes() throws Exception {
        for (int block = 0; block < 2 * FRAMES; block++) {
            write(1, block, block);
        }
        commit();
        for (int block = 0; block < 2 * FRAMES; block++) {
            assertThat(deviceByte(1, block)).isEqualTo((byte) block);
        }
        assertThat(counters.get("data_dirty_wait").get()).isPositive();
    }

    @Test
    void failedWritesStayDirtyAndAreTriedAgain() throws Exception {
        write(1, 0, 1);
        write(1, 5, 2);
        device.failWrites = true;
        assertThatThrownBy(this::commit).isInstanceOf(FsException.class);
        assertThat(writeback.dirtyPages()).isEqualTo(2);
        assertThat(cachedByte(1, 5)).isEqualTo(2);
        device.failWrites = false;
        commit();
        assertThat(deviceByte(1, 5)).isEqualTo(2);
        assertThat(writeback.dirtyPages()).isZero();
    }

    @Test
    void writerWithoutRoomHearsOfABrokenDevice() {
        device.failWrites = true;
        assertThatThrownBy(() -> {
                    for (int block = 0; block <= FRAMES; block++) {
                        write(1, block, block);
                    }
                })
                .isInstanceOf(FsException.class)
                .hasMessageContaining("cannot be written");
    }

    @Test
    void pageChangedWhileItIsWrittenIsWrittenAgain() throws Exception {
        CountDownLatch gate = new CountDownLatch(1);
        device.writeGate = gate;
        write(1, 0, 1);
        writeback.startWriteback();
        device.writeArrived.await();
        write(1, 0, 2);
        gate.countDown();
        writeback.finishWriteback();
        assertThat(deviceByte(1, 0)).isEqualTo(2);
        assertThat(writeback.dirtyPages()).isZero();
    }

    @Test
    void pageDroppedWhileItIsWrittenIsGoneAfterwards() throws Exception {
        CountDownLatch gate = new CountDownLatch(1);
        device.writeGate = gate;
        write(1, 0, 1);
        writeback.startWriteback();
        device.writeArrived.await();
        cache.drop(1, 0, Long.MAX_VALUE);
        assertThat(cachedByte(1, 0)).isEqualTo(-1);
        assertThat(writeback.dirtyPages()).isEqualTo(1);
        gate.countDown();
        writeback.finishWriteback();
        assertThat(writeback.dirtyPages()).isZero();
        assertThat(cache.files()).isZero();
    }

    @Test
    void whatAReaderBringsDoesNotReplaceNewerContents() throws Exception {
        long stamp = stamps.writes(1);
        int[] frames = cache.takeForReading(2);
        assertThat(frames).isNotNull();
        write(1, 1, 9);
        cache.addClean(1, 0, frames, true, stamp);
        assertThat(cachedByte(1, 0)).isEqualTo(-1);
        assertThat(cachedByte(1, 1)).isEqualTo(9);
    }

    @Test
    void pinnedPageIsReadAndKeepsWhatIsNotOverwritten() throws Exception {
        write(1, 0, 4);
        commit();
        cache.drop(1, 0, 0);
        cache.pin(1, 0, blkno(1, 0));
        writeback.reserve(1);
        assertThat(cache.write(1, 0, blkno(1, 0), 100, bytes(6, 1), 0, 1)).isEqualTo(1);
        cache.unpin(1, 0);
        commit();
        assertThat(deviceByte(1, 0)).isEqualTo(4);
        assertThat(cachedByte(1, 0)).isEqualTo(4);
    }

    @Test
    void randomWritesDropsAndCommitsOfManyFilesBehaveLikeAnArray() throws Exception {
        Random random = new Random(Seeds.next("PageCacheTest"));
        int[][] expected = new int[8][600];
        boolean[][] known = new boolean[8][600];
        for (int i = 0; i < 40_000; i++) {
            int ino = random.nextInt(8);
            int block = random.nextInt(600);
            int kind = random.nextInt(1000);
            if (kind < 2) {
                commit();
            } else if (kind < 4) {
                int last = block + random.nextInt(100);
                cache.drop(ino, block, last);
                Arrays.fill(known[ino], block, Math.min(600, last + 1), false);
            } else if (kind < 700) {
                int value = random.nextInt(100);
                write(ino, block, value);
                expected[ino][block] = value;
                known[ino][block] = true;
            } else if (known[ino][block]) {
                int cached = cachedByte(ino, block);
                assertThat(cached == -1 ? deviceByte(ino, block) : cached).isEqualTo(expected[ino][block]);
            }
        }
        commit();
        assertThat(writeback.dirtyPages()).isZero();
    }

    /** Writers of their own files with commits, background writing and eviction beside them: nobody ever sees an older value. */
    @Test
    void concurrentWritersAndReadersSeeWhatWasWritten() throws Exception {
        AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
        AtomicBoolean over = new AtomicBoolean();
        Thread[] threads = new Thread[4];
        for (int t = 0; t < threads.length; t++) {
            int ino = t + 1;
            threads[t] = host.threads().platform("writer-" + ino, () -> {
                try {
                    Random random = new Random(ino);
                    int[] expected = new int[1500];
                    for (int i = 0; i < 20_000; i++) {
                        int block = random.nextInt(expected.length);
                        if (expected[block] != 0 && random.nextBoolean()) {
                            int cached = cachedByte(ino, block);
                            assertThat(cached == -1 ? deviceByte(ino, block) : cached)
                                    .isEqualTo(expected[block]);
                        } else {
                            expected[block] = 1 + random.nextInt(100);
                            write(ino, block, expected[block]);
                            writeback.balance();
                        }
                    }
                } catch (Throwable e) {
                    failure.set(e);
                }
            });
        }
        Thread background = host.threads().platform("balance", () -> {
            try {
                while (!over.get()) {
                    writeback.writeRange(1, 0, 1500);
                }
            } catch (Throwable e) {
                failure.set(e);
            }
        });
        for (Thread thread : threads) {
            thread.join();
        }
        over.set(true);
        background.join();
        assertThat(failure.get()).isNull();
        commit();
        assertThat(writeback.dirtyPages()).isZero();
    }
}
