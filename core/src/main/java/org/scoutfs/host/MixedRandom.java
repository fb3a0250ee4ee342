package org.scoutfs.host;

import java.util.concurrent.atomic.AtomicLong;

/**
 * SplitMix64 on one shared counter: a seed gives one sequence, whichever threads draw from it, and no thread keeps state.
 */
final class MixedRandom implements HostRandom {
    private static final long GOLDEN_GAMMA = 0x9e3779b97f4a7c15L;

    private final AtomicLong state;

    MixedRandom(long seed) {
        state = new AtomicLong(seed);
    }

    @Override
    public long nextLong() {
        long z = state.addAndGet(GOLDEN_GAMMA);
        z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
        z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
        return z ^ (z >>> 31);
    }
}
