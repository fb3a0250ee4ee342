package org.scoutfs.format;

import java.util.Random;

/** Keys for tests. */
final class RandomKeys {
    private static final long[] EDGES = {0, 1, 2, -1, -2, Long.MAX_VALUE, Long.MIN_VALUE, 0xff, 0x100};

    private RandomKeys() {}

    /** A key whose fields are often at the edges of their ranges, so that carries and ties happen. */
    static Key next(Random random) {
        return new Key(
                (int) word(random) & 0xff,
                word(random),
                (int) word(random) & 0xff,
                word(random),
                word(random),
                (int) word(random) & 0xff);
    }

    /** The key that {@link Key#toString} prints so. */
    static Key parse(String text) {
        String[] parts = text.split("\\.", -1);
        return new Key(
                Integer.parseInt(parts[0]),
                Long.parseUnsignedLong(parts[1]),
                Integer.parseInt(parts[2]),
                Long.parseUnsignedLong(parts[3]),
                Long.parseUnsignedLong(parts[4]),
                Integer.parseInt(parts[5]));
    }

    private static long word(Random random) {
        return random.nextInt(4) == 0 ? random.nextLong() : EDGES[random.nextInt(EDGES.length)];
    }
}
