package org.scoutfs.block;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.BlockReference;

class BlockCacheMemoryTest {
    private static final long BUDGET = 64L * TestCache.SIZE;
    private static final long MAX = 200L * TestCache.SIZE;
    private static final CacheLimits LIMITS = new CacheLimits(BUDGET, MAX, 2, true);

    @Test
    void cleanBlocksStayWithinBudget() throws FsException {
        try (TestCache t = new TestCache(LIMITS)) {
            List<BlockReference> refs = new ArrayList<>();
            for (int i = 0; i < 500; i++) {
                refs.add(t.write(BlockReference.ZERO, i));
            }
            for (int i = 0; i < 500; i++) {
                assertThat(t.read(refs.get(i))).isEqualTo((byte) i);
                assertThat(t.cache.allocatedBytes()).isLessThanOrEqualTo(BUDGET);
            }
            assertThat(t.counters.get("block_cache_free").get()).isPositive();
        }
    }

    @Test
    void blocksLookedUpAgainAndAgainSurvive() throws FsException {
        try (TestCache t = new TestCache(LIMITS)) {
            BlockReference hot = t.write(BlockReference.ZERO, 1);
            List<BlockReference> refs = new ArrayList<>();
            for (int i = 0; i < 400; i++) {
                refs.add(t.write(BlockReference.ZERO, 2));
                t.read(hot);
            }
            long before = t.reads();
            for (BlockReference ref : refs) {
                t.read(ref);
                t.read(hot);
            }
            assertThat(t.reads() - before).isBetween(300L, 400L);
            assertThat(t.read(hot)).isEqualTo(1);
        }
    }

    @Test
    void dirtyBlocksGrowItToTheCapAndThenFail() throws FsException {
        try (TestCache t = new TestCache(LIMITS)) {
            List<BlockReference> refs = new ArrayList<>();
            assertThatThrownBy(() -> {
                        while (true) {
                            refs.add(t.dirty(BlockReference.ZERO, refs.size()));
                        }
                    })
                    .hasMessageContaining("frames")
                    .satisfies(e -> assertThat(((FsException) e).errno()).isEqualTo(Errno.ENOMEM));
            assertThat(refs).hasSize(200);
            assertThat(t.writer.dirtyCount()).isEqualTo(200);
            assertThat(t.allocator.used()).as("nothing was allocated in vain").hasSize(200);
            assertThat(t.cache.allocatedBytes()).isEqualTo(MAX);

            t.commit();
            assertThat(t.cache.allocatedBytes()).as("given back").isEqualTo(BUDGET);
            for (int i = 0; i < refs.size(); i++) {
                assertThat(t.read(refs.get(i))).isEqualTo((byte) i);
            }
        }
    }

    @Test
    void pinsAreNeverEvicted() throws FsException {
        try (TestCache t = new TestCache(LIMITS)) {
            List<Block> pinned = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                pinned.add(t.cache.read(t.write(BlockReference.ZERO, i), TestCache.MAGIC));
            }
            for (int i = 0; i < 200; i++) {
                t.write(BlockReference.ZERO, 99);
            }
            for (int i = 0; i < 100; i++) {
                assertThat(TestCache.fillOf(pinned.get(i))).isEqualTo((byte) i);
                pinned.get(i).close();
            }
            assertThat(t.cache.pinnedBlocks()).isZero();
        }
    }

    @Test
    void scratchComesOutOfTheSameBudget() throws FsException {
        try (TestCache t = new TestCache(LIMITS)) {
            List<ScratchBlock> lent = new ArrayList<>();
            for (int i = 0; i < 200; i++) {
                lent.add(t.cache.lendScratch());
            }
            assertThatThrownBy(t.cache::lendScratch)
                    .satisfies(e -> assertThat(((FsException) e).errno()).isEqualTo(Errno.ENOMEM));
            lent.forEach(ScratchBlock::close);
            assertThat(t.read(t.write(BlockReference.ZERO, 1))).isEqualTo(1);
        }
    }
}
