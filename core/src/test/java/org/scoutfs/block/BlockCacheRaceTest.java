package org.scoutfs.block;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.junit.jupiter.api.Test;
import org.scoutfs.device.Seeds;
import org.scoutfs.error.FsException;
import org.scoutfs.error.StaleException;
import org.scoutfs.format.BlockReference;

/** Readers with old and new references beside a writer that uses numbers again as soon as it may, in a cache that is too small. */
class BlockCacheRaceTest {
    private static final int SLOTS = 40;
    private static final int ROUNDS = 1500;

    @Test
    void readersSeeTheBytesOfTheirReferenceOrStale() throws Exception {
        long seed = Seeds.next("BlockCacheRaceTest");
        try (TestCache t = new TestCache(new CacheLimits(24L * TestCache.SIZE, 256L * TestCache.SIZE, 2, true))) {
            AtomicReferenceArray<Published> slots = new AtomicReferenceArray<>(SLOTS);
            for (int i = 0; i < SLOTS; i++) {
                slots.set(i, new Published(t.write(BlockReference.ZERO, i), i));
            }
            AtomicLong stale = new AtomicLong();
            AtomicLong good = new AtomicLong();
            Thread writer = t.host.threads().platform("writer", () -> write(t, slots, new SplittableRandom(seed)));
            List<Thread> readers = new ArrayList<>();
            for (int r = 0; r < 3; r++) {
                SplittableRandom random = new SplittableRandom(seed + r + 1);
                readers.add(
                        r == 0
                                ? t.host.threads().virtual("reader", () -> read(t, slots, random, writer, good, stale))
                                : t.host.threads()
                                        .platform("reader", () -> read(t, slots, random, writer, good, stale)));
            }
            writer.join();
            for (Thread reader : readers) {
                reader.join();
            }
            assertThat(t.host.failures()).isEmpty();
            assertThat(t.cache.pinnedBlocks()).isZero();
            assertThat(good.get()).isPositive();
            System.out.println("BlockCacheRaceTest: " + good + " good, " + stale + " stale reads");
        }
    }

    /** A reference and the byte its block is full of. */
    private record Published(BlockReference ref, int fill) {}

    private static void write(TestCache t, AtomicReferenceArray<Published> slots, SplittableRandom random) {
        try {
            for (int round = 0; round < ROUNDS; round++) {
                List<Integer> changed = new ArrayList<>();
                List<Published> next = new ArrayList<>();
                for (int i = 0; i < 1 + random.nextInt(6); i++) {
                    int slot = random.nextInt(SLOTS);
                    if (!changed.contains(slot)) {
                        changed.add(slot);
                        int fill = random.nextInt(256) - 128;
                        next.add(new Published(t.dirty(slots.get(slot).ref(), fill), fill));
                    }
                }
                t.commit();
                for (int i = 0; i < changed.size(); i++) {
                    slots.set(changed.get(i), next.get(i));
                }
            }
        } catch (FsException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void read(
            TestCache t,
            AtomicReferenceArray<Published> slots,
            SplittableRandom random,
            Thread writer,
            AtomicLong good,
            AtomicLong stale) {
        Published[] old = new Published[SLOTS];
        while (writer.isAlive()) {
            int slot = random.nextInt(SLOTS);
            Published now = old[slot] != null && random.nextInt(4) > 0 ? old[slot] : slots.get(slot);
            old[slot] = now;
            try (Block block = t.cache.read(now.ref(), TestCache.MAGIC)) {
                int before = TestCache.fillOf(block);
                Thread.onSpinWait();
                if (before != now.fill() || TestCache.fillOf(block) != now.fill()) {
                    throw new AssertionError("block " + block + " has " + before + ", expected " + now);
                }
                good.incrementAndGet();
            } catch (StaleException e) {
                old[slot] = null;
                stale.incrementAndGet();
            } catch (FsException e) {
                throw new IllegalStateException(e);
            }
        }
    }
}
