package org.scoutfs.format;

import java.lang.foreign.MemorySegment;
import java.util.Comparator;
import java.util.List;

/**
 * Value of a quota rule item, 48 bytes, spec 1 section 12.10. All its bytes are hashed into its key.
 *
 * <pre>
 * off len field
 *   0  24 name_val      three u64
 *  24   8 limit
 *  32   1 prio
 *  33   1 op            0 inode creation, 1 data allocation
 *  34   1 rule_flags    bit 0: compare the count instead of the total
 *  35   3 name_source   0 literal, 1 project id, 2 uid, 3 gid
 *  38   3 name_flags    bit 0 SELECT
 *  41   7 pad
 * </pre>
 *
 * Rules are ordered by prio, the three names, op, limit, flags; the greatest matching one is enforced.
 *
 * @param prio 0..255
 * @param names exactly three
 * @param op 0..255
 * @param limit unsigned
 * @param flags 0..255
 */
public record QuotaRule(int prio, List<Name> names, int op, long limit, int flags) implements Comparable<QuotaRule> {
    public static final int SIZE = 48;
    public static final int NAMES = 3;

    public static final int OP_INODE = 0;
    public static final int OP_DATA = 1;
    /** Compare the total's count instead of its sum. */
    public static final int FLAG_COUNT = 1;

    public static final int SOURCE_LITERAL = 0;
    public static final int SOURCE_PROJ = 1;
    public static final int SOURCE_UID = 2;
    public static final int SOURCE_GID = 3;
    /** The rule applies only to inodes whose attribute equals the name's value. */
    public static final int NAME_FLAG_SELECT = 1;

    /**
     * One part of the name of the total that a rule looks at.
     *
     * @param value unsigned
     * @param source 0..255
     * @param flags 0..255
     */
    public record Name(long value, int source, int flags) implements Comparable<Name> {
        private static final Comparator<Name> ORDER = Comparator.comparing(Name::value, Long::compareUnsigned)
                .thenComparingInt(Name::source)
                .thenComparingInt(Name::flags);

        @Override
        public int compareTo(Name other) {
            return ORDER.compare(this, other);
        }
    }

    private static final int NAME_VAL = 0;
    private static final int LIMIT = 24;
    private static final int PRIO = 32;
    private static final int OP = 33;
    private static final int RULE_FLAGS = 34;
    private static final int NAME_SOURCE = 35;
    private static final int NAME_FLAGS = 38;
    private static final int PAD = 41;

    private static final Comparator<QuotaRule> ORDER = Comparator.comparingInt(QuotaRule::prio)
            .thenComparing(rule -> rule.names.get(0))
            .thenComparing(rule -> rule.names.get(1))
            .thenComparing(rule -> rule.names.get(2))
            .thenComparingInt(QuotaRule::op)
            .thenComparing(QuotaRule::limit, Long::compareUnsigned)
            .thenComparingInt(QuotaRule::flags);

    /** @throws IllegalArgumentException if there are not three names */
    public QuotaRule {
        if (names.size() != NAMES) {
            throw new IllegalArgumentException(names.size() + " names");
        }
        names = List.copyOf(names);
    }

    public static QuotaRule read(MemorySegment seg, long off) {
        return new QuotaRule(
                Le.u8(seg, off + PRIO),
                List.of(readName(seg, off, 0), readName(seg, off, 1), readName(seg, off, 2)),
                Le.u8(seg, off + OP),
                Le.u64(seg, off + LIMIT),
                Le.u8(seg, off + RULE_FLAGS));
    }

    private static Name readName(MemorySegment seg, long off, int i) {
        return new Name(
                Le.u64(seg, off + NAME_VAL + (long) i * Long.BYTES),
                Le.u8(seg, off + NAME_SOURCE + i),
                Le.u8(seg, off + NAME_FLAGS + i));
    }

    public void write(MemorySegment seg, long off) {
        for (int i = 0; i < NAMES; i++) {
            Name name = names.get(i);
            Le.put64(seg, off + NAME_VAL + (long) i * Long.BYTES, name.value());
            Le.put8(seg, off + NAME_SOURCE + i, name.source());
            Le.put8(seg, off + NAME_FLAGS + i, name.flags());
        }
        Le.put64(seg, off + LIMIT, limit);
        Le.put8(seg, off + PRIO, prio);
        Le.put8(seg, off + OP, op);
        Le.put8(seg, off + RULE_FLAGS, flags);
        Le.zero(seg, off + PAD, SIZE - PAD);
    }

    /** Hash of the stored bytes: {@code second} of the rule's key. */
    public long hash() {
        MemorySegment bytes = MemorySegment.ofArray(new byte[SIZE]);
        write(bytes, 0);
        return Hashes.fnv1a64(bytes, 0, SIZE);
    }

    @Override
    public int compareTo(QuotaRule other) {
        return ORDER.compare(this, other);
    }
}
