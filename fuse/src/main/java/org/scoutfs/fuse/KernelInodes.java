package org.scoutfs.fuse;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Which inodes the kernel knows, by groups of 1024 as cluster locks cover them: how many lookups it was given of each, and whether it may
 * hold attributes or pages of it or names in it.
 *
 * <p>Ten to forty bytes per inode. Safe for all threads; each group belongs to one of {@value #STRIPES} monitors, held for an array access
 * or for the copy of one group.
 */
final class KernelInodes {
    /** The kernel may hold pages of this file. */
    static final long PAGES = 1L << 62;

    /** The kernel may hold names of this directory with a timeout. */
    static final long NAMES = 1L << 61;

    /** The kernel may hold attributes of this inode with a timeout, or ACLs. */
    static final long ATTRIBUTES = 1L << 60;

    /** Its pages are being dropped; the flag goes when the revocation is over. */
    static final long PAGES_GO = 1L << 59;

    private static final long COUNT = PAGES_GO - 1;
    private static final int GROUP_BITS = 10;
    private static final int STRIPES = 64;

    /** Told of each known inode: its number, count and flags. */
    @FunctionalInterface
    interface Visitor {
        void inode(long ino, long count, long flags);
    }

    private final Stripe[] stripes = new Stripe[STRIPES];

    KernelInodes() {
        Arrays.setAll(stripes, i -> new Stripe());
    }

    /** The kernel is being given lookups. */
    void add(long ino, long lookups) {
        Stripe stripe = stripeOf(ino);
        synchronized (stripe) {
            Group group = stripe.groups.get(ino >>> GROUP_BITS);
            if (group == null) {
                group = new Group();
                stripe.groups.put(ino >>> GROUP_BITS, group);
            }
            group.add(low(ino), lookups);
        }
    }

    /**
     * The kernel gives lookups back.
     *
     * @return the flags the inode had if these were the last ones and it is unknown now, else -1
     */
    long subtract(long ino, long lookups) {
        Stripe stripe = stripeOf(ino);
        synchronized (stripe) {
            Group group = stripe.groups.get(ino >>> GROUP_BITS);
            if (group == null) {
                return -1;
            }
            int i = group.find(low(ino));
            if (i < 0) {
                return -1;
            }
            long value = group.values[i];
            if ((value & COUNT) > lookups) {
                group.values[i] = value - lookups;
                return -1;
            }
            group.remove(i);
            if (group.used == 0) {
                stripe.groups.remove(ino >>> GROUP_BITS);
            }
            return value & ~COUNT;
        }
    }

    /** Lookups the kernel has not given back; 0 if it does not know the inode. */
    long count(long ino) {
        return value(ino) & COUNT;
    }

    boolean has(long ino, long flag) {
        return (value(ino) & flag) != 0;
    }

    /** Sets a flag of an inode that the kernel knows; of others nothing is kept. */
    void mark(long ino, long flag) {
        Stripe stripe = stripeOf(ino);
        synchronized (stripe) {
            Group group = stripe.groups.get(ino >>> GROUP_BITS);
            int i = group == null ? -1 : group.find(low(ino));
            if (group != null && i >= 0) {
                group.values[i] |= flag;
            }
        }
    }

    /** Clears a flag. @return whether it was set */
    boolean take(long ino, long flag) {
        Stripe stripe = stripeOf(ino);
        synchronized (stripe) {
            Group group = stripe.groups.get(ino >>> GROUP_BITS);
            int i = group == null ? -1 : group.find(low(ino));
            if (group == null || i < 0 || (group.values[i] & flag) == 0) {
                return false;
            }
            group.values[i] &= ~flag;
            return true;
        }
    }

    /**
     * Visits all inodes from {@code first} to {@code last} (unsigned, both included) and clears these flags of them; {@link #PAGES} becomes {@link
     * #PAGES_GO}.
     */
    void takeAll(long first, long last, long flags, Visitor visitor) {
        long firstGroup = first >>> GROUP_BITS;
        long groups = (last >>> GROUP_BITS) - firstGroup + 1;
        if (groups == 1) {
            takeGroup(firstGroup, first, last, flags, visitor);
            return;
        }
        for (Stripe stripe : stripes) {
            long[] present;
            synchronized (stripe) {
                present = stripe.groups.keys();
            }
            for (long number : present) {
                if (Long.compareUnsigned(number - firstGroup, groups) < 0) {
                    takeGroup(number, first, last, flags, visitor);
                }
            }
        }
    }

    private void takeGroup(long number, long first, long last, long flags, Visitor visitor) {
        int n = 0;
        long[] inos;
        long[] values;
        Stripe stripe = stripes[LongTable.hash(number) & (STRIPES - 1)];
        synchronized (stripe) {
            Group group = stripe.groups.get(number);
            if (group == null) {
                return;
            }
            inos = new long[group.used];
            values = new long[group.used];
            for (int i = 0; i < group.keys.length; i++) {
                if (group.keys[i] != 0) {
                    long ino = number << GROUP_BITS | (group.keys[i] - 1);
                    if (Long.compareUnsigned(first, ino) <= 0 && Long.compareUnsigned(ino, last) <= 0) {
                        inos[n] = ino;
                        values[n++] = group.values[i];
                        if ((group.values[i] & flags & PAGES) != 0) {
                            group.values[i] |= PAGES_GO;
                        }
                        group.values[i] &= ~flags;
                    }
                }
            }
        }
        for (int i = 0; i < n; i++) {
            visitor.inode(inos[i], values[i] & COUNT, values[i] & ~COUNT);
        }
    }

    private long value(long ino) {
        Stripe stripe = stripeOf(ino);
        synchronized (stripe) {
            @Nullable Group group = stripe.groups.get(ino >>> GROUP_BITS);
            int i = group == null ? -1 : group.find(low(ino));
            return group == null || i < 0 ? 0 : group.values[i];
        }
    }

    private Stripe stripeOf(long ino) {
        return stripes[LongTable.hash(ino >>> GROUP_BITS) & (STRIPES - 1)];
    }

    private static char low(long ino) {
        return (char) ((ino & ((1 << GROUP_BITS) - 1)) + 1);
    }

    private static final class Stripe {
        final LongTable<Group> groups = new LongTable<>();
    }

    /** The inodes of one group by open addressing; a key is the number in the group plus one. Guarded by its stripe. */
    private static final class Group {
        char[] keys = new char[4];
        long[] values = new long[4];
        int used;

        int find(char key) {
            int mask = keys.length - 1;
            for (int i = key & mask; keys[i] != 0; i = (i + 1) & mask) {
                if (keys[i] == key) {
                    return i;
                }
            }
            return -1;
        }

        void add(char key, long lookups) {
            int mask = keys.length - 1;
            int i = key & mask;
            while (keys[i] != 0) {
                if (keys[i] == key) {
                    values[i] += lookups;
                    return;
                }
                i = (i + 1) & mask;
            }
            if ((used + 1) * 4 > keys.length * 3) {
                grow();
                add(key, lookups);
                return;
            }
            keys[i] = key;
            values[i] = lookups;
            used++;
        }

        void remove(int at) {
            int mask = keys.length - 1;
            int gap = at;
            for (int j = (gap + 1) & mask; keys[j] != 0; j = (j + 1) & mask) {
                int home = keys[j] & mask;
                if (((j - home) & mask) >= ((j - gap) & mask)) {
                    keys[gap] = keys[j];
                    values[gap] = values[j];
                    gap = j;
                }
            }
            keys[gap] = 0;
            used--;
        }

        private void grow() {
            char[] oldKeys = keys;
            long[] oldValues = values;
            keys = new char[oldKeys.length * 2];
            values = new long[oldKeys.length * 2];
            used = 0;
            for (int i = 0; i < oldKeys.length; i++) {
                if (oldKeys[i] != 0) {
                    add(oldKeys[i], oldValues[i]);
                }
            }
        }
    }
}
