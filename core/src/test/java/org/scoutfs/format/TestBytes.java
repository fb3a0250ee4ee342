package org.scoutfs.format;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Random;

/** Bytes for tests of this package. */
final class TestBytes {
    private TestBytes() {}

    /** A heap segment with the bytes that {@code hex} spells; blanks do not count. */
    static MemorySegment hex(String hex) {
        return MemorySegment.ofArray(HexFormat.of().parseHex(hex.replaceAll("\\s", "")));
    }

    /** The bytes in hexadecimal. */
    static String toHex(MemorySegment seg) {
        return HexFormat.of().formatHex(seg.toArray(ValueLayout.JAVA_BYTE));
    }

    static MemorySegment zeros(int size) {
        return MemorySegment.ofArray(new byte[size]);
    }

    static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** A generator whose seed is printed; replay with {@code -DargLine=-Dscoutfs.seed=SEED}. */
    static Random random() {
        long seed = Long.getLong("scoutfs.seed", System.nanoTime());
        System.out.println("scoutfs.seed=" + seed);
        return new Random(seed);
    }
}
