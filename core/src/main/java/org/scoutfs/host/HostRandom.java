package org.scoutfs.host;

/** Random numbers that differ between hosts and runs; not for secrets. Safe for all threads. */
public interface HostRandom {
    /** Any 64 bits. */
    long nextLong();

    /** Any 64 bits but 0, for identifiers where 0 means none. */
    default long nextNonZeroLong() {
        long value;
        do {
            value = nextLong();
        } while (value == 0);
        return value;
    }

    /** 0 to {@code bound - 1}; {@code bound} is positive. */
    default long nextLong(long bound) {
        if (bound <= 0) {
            throw new IllegalArgumentException("bound " + bound);
        }
        return Math.unsignedMultiplyHigh(nextLong(), bound);
    }

    /** 0 to {@code bound - 1}; {@code bound} is positive. */
    default int nextInt(int bound) {
        return (int) nextLong(bound);
    }

    /** Fills with random bytes. */
    default void fill(byte[] bytes) {
        for (int i = 0; i < bytes.length; ) {
            long value = nextLong();
            for (int end = Math.min(i + Long.BYTES, bytes.length); i < end; i++) {
                bytes[i] = (byte) value;
                value >>>= Byte.SIZE;
            }
        }
    }
}
