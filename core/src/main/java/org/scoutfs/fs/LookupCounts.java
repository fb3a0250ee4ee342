package org.scoutfs.fs;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.LongConsumer;
import java.util.function.LongPredicate;

/**
 * How many lookups of each inode the callers above have not given back (spec 4 section 16.1): millions of inodes at 16 bytes each
 * times the load factor, where whole inode objects would not fit.
 *
 * <p>Inodes of one lock group of 1024 share a stripe, so that a group is listed under one lock. Safe for all threads.
 */
public final class LookupCounts {
    private static final int STRIPES = 64;

    private final List<Stripe> stripes = new ArrayList<>(STRIPES);

    LookupCounts() {
        for (int i = 0; i < STRIPES; i++) {
            stripes.add(new Stripe());
        }
    }

    private Stripe stripe(long ino) {
        long group = ino >>> 10;
        return stripes.get((int) ((group * 0x9E3779B97F4A7C15L) >>> 58));
    }

    /** Adds one lookup. */
    public void increment(long ino) {
        stripe(ino).add(ino, 1);
    }

    /** Takes {@code count} lookups back, at most as many as there are; returns how many are left. */
    public long subtract(long ino, long count) {
        return stripe(ino).subtract(ino, count);
    }

    public long get(long ino) {
        return stripe(ino).get(ino);
    }

    /**
     * Whether there are any, or else {@code other} holds at a moment at which there are none: a use that turns from a lookup into something
     * else, or back, which always has the new before it drops the old, is not missed.
     */
    boolean anyOr(long ino, LongPredicate other) {
        return stripe(ino).anyOr(ino, other);
    }

    /** Calls with each inode of {@code first..last} (one lock group) that has lookups; the consumer runs without a lock. */
    public void forEach(long first, long last, LongConsumer consumer) {
        for (long ino : stripe(first).present(first, last)) {
            consumer.accept(ino);
        }
    }

    /** Forgets all. */
    public void clear() {
        stripes.forEach(Stripe::clear);
    }

    /** Inodes with lookups. */
    public long size() {
        long sum = 0;
        for (Stripe stripe : stripes) {
            sum += stripe.size();
        }
        return sum;
    }

    /** Open addressing with linear probing; a count of 0 is an empty place, deletion moves later entries up. */
    private static final class Stripe {
        @GuardedBy("this")
        private long[] inos = new long[64];

        @GuardedBy("this")
        private long[] counts = new long[64];

        @GuardedBy("this")
        private int used;

        private static int home(long ino, int mask) {
            long mixed = ino * 0x9E3779B97F4A7C15L;
            return (int) (mixed >>> 32) & mask;
        }

        @GuardedBy("this")
        private int find(long ino) {
            int mask = inos.length - 1;
            int at = home(ino, mask);
            while (counts[at] != 0 && inos[at] != ino) {
                at = (at + 1) & mask;
            }
            return at;
        }

        synchronized void add(long ino, long count) {
            int at = find(ino);
            if (counts[at] == 0) {
                if ((used + 1) * 4 > inos.length * 3) {
                    resize(inos.length * 2);
                    at = find(ino);
                }
                inos[at] = ino;
                used++;
            }
            counts[at] += count;
        }

        synchronized long subtract(long ino, long count) {
            int at = find(ino);
            if (counts[at] == 0) {
                return 0;
            }
            long left = counts[at] - count;
            if (left > 0) {
                counts[at] = left;
                return left;
            }
            remove(at);
            return 0;
        }

        @GuardedBy("this")
        private void remove(int at) {
            int mask = inos.length - 1;
            int hole = at;
            int next = (at + 1) & mask;
            while (counts[next] != 0) {
                int home = home(inos[next], mask);
                if (((next - home) & mask) >= ((next - hole) & mask)) {
                    inos[hole] = inos[next];
                    counts[hole] = counts[next];
                    hole = next;
                }
                next = (next + 1) & mask;
            }
            counts[hole] = 0;
            used--;
            if (inos.length > 64 && used * 8 < inos.length) {
                resize(inos.length / 2);
            }
        }

        @GuardedBy("this")
        private void resize(int size) {
            long[] oldInos = inos;
            long[] oldCounts = counts;
            inos = new long[size];
            counts = new long[size];
            for (int i = 0; i < oldInos.length; i++) {
                if (oldCounts[i] != 0) {
                    int at = find(oldInos[i]);
                    inos[at] = oldInos[i];
                    counts[at] = oldCounts[i];
                }
            }
        }

        synchronized long get(long ino) {
            return counts[find(ino)];
        }

        synchronized boolean anyOr(long ino, LongPredicate other) {
            return counts[find(ino)] != 0 || other.test(ino);
        }

        synchronized int size() {
            return used;
        }

        synchronized void clear() {
            Arrays.fill(counts, 0);
            used = 0;
        }

        /** Probes each number of the group: at most 1024 probes, however large the stripe is. */
        synchronized List<Long> present(long first, long last) {
            List<Long> found = new ArrayList<>();
            for (long ino = first; ino <= last && ino >= first; ino++) {
                if (counts[find(ino)] != 0) {
                    found.add(ino);
                }
            }
            return found;
        }
    }
}
