package org.scoutfs.fs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.scoutfs.device.Seeds;

class InodeTableTest {
    private final InodeTable table = new InodeTable(100);

    @Test
    void pinnedInodeIsTheOnlyOneOfItsNumber() {
        Inode inode = table.pin(5);
        assertThat(table.pin(5)).isSameAs(inode);
        table.unpin(inode);
        assertThat(table.peek(5)).isSameAs(inode);
        table.unpin(inode);
        // it was never loaded, so nothing covers it
        assertThat(table.peek(5)).isNull();
    }

    @Test
    void useIsSeenInTheOpenMap() {
        Inode inode = table.pin(1024 + 70);
        table.lookups().increment(1024 + 3);
        assertThat(table.openMap(1)[1]).isEqualTo(1L << 6);
        assertThat(table.openMap(1)[0]).isEqualTo(1L << 3);
        assertThat(table.openMap(0)).containsOnly(0);
        table.unpin(inode);
        table.forget(1024 + 3, 1);
        assertThat(table.openMap(1)).containsOnly(0);
    }

    @Test
    void unpinningTooOftenIsADefect() {
        Inode inode = table.pin(5);
        table.pin(6);
        table.unpin(inode);
        assertThatThrownBy(() -> table.unpin(inode)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void unusedOnesBeyondTheLimitGo() {
        for (long ino = 1; ino <= 1000; ino++) {
            Inode inode = table.pin(ino);
            if (ino % 10 != 0) {
                table.unpin(inode);
            }
        }
        assertThat(table.size()).isLessThanOrEqualTo(101);
        assertThat(table.inUse(10)).isTrue();
        assertThat(table.inUse(11)).isFalse();
    }

    @Test
    void visitsCachedInodesOfAGroup() {
        for (long ino : new long[] {1023, 1024, 1500, 2047, 2048}) {
            table.pin(ino);
        }
        List<Long> found = new ArrayList<>();
        table.forEachCached(1024, 2047, inode -> found.add(inode.ino()));
        assertThat(found).containsExactlyInAnyOrder(1024L, 1500L, 2047L);
        for (long ino = 10_000; ino < 12_000; ino++) {
            table.pin(ino);
        }
        found.clear();
        table.forEachCached(1024, 2047, inode -> found.add(inode.ino()));
        assertThat(found).containsExactly(1024L, 1500L, 2047L);
    }

    /** While a thread has a pin nobody may have another instance, however often the slot is given up and made again. */
    @Test
    void racingPinsShareOneInstance() throws Exception {
        long seed = Seeds.next("InodeTableTest");
        AtomicInteger wrong = new AtomicInteger();
        CountDownLatch go = new CountDownLatch(1);
        List<Thread> threads = new ArrayList<>();
        for (int t = 0; t < 4; t++) {
            Random random = new Random(seed + t);
            threads.add(Thread.ofPlatform().start(() -> {
                try {
                    go.await();
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
                for (int i = 0; i < 50_000; i++) {
                    int ino = random.nextInt(4);
                    Inode inode = table.pin(ino);
                    if (table.peek(ino) != inode || !table.inUse(ino)) {
                        wrong.incrementAndGet();
                    }
                    table.unpin(inode);
                }
            }));
        }
        go.countDown();
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(wrong).hasValue(0);
        assertThat(table.size()).isZero();
    }

    /** A use that turns from a pin into a lookup and back is one all the time: other mounts delete what is not in the map. */
    @Test
    void useThatChangesItsKindIsNeverMissed() throws Exception {
        AtomicInteger missed = new AtomicInteger();
        Inode first = table.pin(7);
        Thread user = Thread.ofPlatform().start(() -> {
            Inode pinned = first;
            for (int i = 0; i < 300_000; i++) {
                table.lookups().increment(7);
                table.unpin(pinned);
                pinned = table.pin(7);
                table.forget(7, 1);
            }
            table.lookups().increment(7);
            table.unpin(pinned);
        });
        while (user.isAlive()) {
            if (!table.inUse(7)) {
                missed.incrementAndGet();
            }
        }
        assertThat(missed).hasValue(0);
    }
}
