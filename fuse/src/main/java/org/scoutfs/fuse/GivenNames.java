package org.scoutfs.fuse;

import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Names, existing or not, that the kernel was given with a timeout, by directory: what has to be taken back one by one. Of a directory
 * with more than {@value #MOST_NAMES} of them only that fact is kept; they are taken back by an epoch (rules N1 and N2 of spec 6 section 6.3).
 *
 * <p>Names are never removed when they become outdated: to invalidate a name once too often is harmless. Safe for all threads.
 */
final class GivenNames {
    static final int MOST_NAMES = 64;

    /** In all directories together; beyond it every directory counts as one with many. */
    static final int MOST_IN_ALL = 1 << 20;

    private static final int STRIPES = 64;

    /** What was given of one directory. */
    record Taken(boolean many, byte[][] names) {
        static final Taken NONE = new Taken(false, new byte[0][]);
        static final Taken MANY = new Taken(true, new byte[0][]);
    }

    private final Stripe[] stripes = new Stripe[STRIPES];
    private final AtomicInteger total = new AtomicInteger();
    private final KernelInodes inodes;

    GivenNames(KernelInodes inodes) {
        this.inodes = inodes;
        Arrays.setAll(stripes, i -> new Stripe());
    }

    /** Remembers a name that is about to be given. The array is kept. */
    void add(long dir, byte[] name) {
        Stripe stripe = stripeOf(dir);
        synchronized (stripe) {
            Names names = stripe.byDirectory.get(dir);
            if (names == null) {
                names = new Names();
                stripe.byDirectory.put(dir, names);
                // Under the monitor, so that nobody takes the flag between the two.
                inodes.mark(dir, KernelInodes.NAMES);
            }
            if (!names.many && names.add(name)) {
                if (names.count > MOST_NAMES || total.get() >= MOST_IN_ALL) {
                    total.addAndGet(1 - names.count);
                    names.becomeMany();
                } else {
                    total.incrementAndGet();
                }
            }
        }
    }

    /** Everything given of this directory since the last call. */
    Taken take(long dir) {
        Stripe stripe = stripeOf(dir);
        synchronized (stripe) {
            Names names = stripe.byDirectory.get(dir);
            if (names == null) {
                return Taken.NONE;
            }
            stripe.byDirectory.remove(dir);
            inodes.take(dir, KernelInodes.NAMES);
            total.addAndGet(-names.count);
            return names.many ? Taken.MANY : new Taken(false, Arrays.copyOf(names.names, names.count));
        }
    }

    int total() {
        return total.get();
    }

    private Stripe stripeOf(long dir) {
        return stripes[LongTable.hash(dir) & (STRIPES - 1)];
    }

    private static final class Stripe {
        final LongTable<Names> byDirectory = new LongTable<>();
    }

    private static final class Names {
        byte[][] names = new byte[2][];
        int[] hashes = new int[2];
        int count;
        boolean many;

        /** @return false if it was there */
        boolean add(byte[] name) {
            int hash = Arrays.hashCode(name);
            for (int i = 0; i < count; i++) {
                if (hashes[i] == hash && Arrays.equals(names[i], name)) {
                    return false;
                }
            }
            if (count == names.length) {
                names = Arrays.copyOf(names, count * 2);
                hashes = Arrays.copyOf(hashes, count * 2);
            }
            names[count] = name;
            hashes[count++] = hash;
            return true;
        }

        void becomeMany() {
            many = true;
            count = 0;
            names = new byte[0][];
            hashes = new int[0];
        }
    }

    /** What {@link #take} would say, for tests. */
    @Nullable
    Boolean many(long dir) {
        Stripe stripe = stripeOf(dir);
        synchronized (stripe) {
            Names names = stripe.byDirectory.get(dir);
            return names == null ? null : Boolean.valueOf(names.many);
        }
    }
}
