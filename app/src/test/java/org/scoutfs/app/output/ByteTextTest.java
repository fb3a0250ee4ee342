package org.scoutfs.app.output;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

class ByteTextTest {
    @Test
    void textStaysText() {
        assertThat(ByteText.decode(ByteText.encode("a\u00e9\u20ac\ud83d\ude00")))
                .isEqualTo("a\u00e9\u20ac\ud83d\ude00");
    }

    @Test
    void anyBytesComeBack() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int i = 0; i < 10_000; i++) {
            byte[] bytes = new byte[random.nextInt(12)];
            random.nextBytes(bytes);
            for (int j = 0; j < bytes.length; j++) {
                // mostly what UTF-8 is made of, so that sequences come about
                if (random.nextInt(3) > 0) {
                    bytes[j] = (byte) (0x80 + random.nextInt(0x75));
                }
            }
            assertThat(ByteText.encode(ByteText.decode(bytes)))
                    .as("seed %d, round %d", seed, i)
                    .isEqualTo(bytes);
        }
    }
}
