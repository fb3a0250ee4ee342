package org.scoutfs.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.scoutfs.format.TestBytes.hex;
import static org.scoutfs.format.TestBytes.toHex;

import java.lang.foreign.MemorySegment;
import java.math.BigInteger;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Vectors of spec 1 section 18.2, and order and carries against one big number per key. */
class KeyTest {
    private static final int ROUNDS = 20_000;

    @ParameterizedTest
    @CsvSource({
        "16.1.4.0.0.0, 0100000000000000000000000000000000000000000000000010040000000000, 1040",
        "4.0.4.0.1.0, 0000000000000000000000000000000001000000000000000004040000000000, 252",
        "36.16777215.0.16777152.0.0, ffffff0000000000c0ffff000000000000000000000000000024000000000000, 1354",
        "40.18446744073709551608.0.16777215.16777152.0,"
                + " f8ffffffffffffffffffff0000000000c0ffff00000000000028000000000000, 969",
        "16.1024.12.1234605616436508552.2.0,"
                + " 00040000000000008877665544332211020000000000000000100c0000000000, 367",
        "16.1024.8.2596069104.3.5, 0004000000000000f0debc9a0000000003000000000000000510080000000000, 415"
    })
    void bytesTextAndBucketMatchVectors(String text, String bytes, int bucket) {
        Key key = Key.read(hex(bytes), 0);
        assertThat(key).hasToString(text).isEqualTo(RandomKeys.parse(text));
        assertThat(Hashes.leafBucket(key)).isEqualTo(bucket);
        MemorySegment seg = hex("ff".repeat(Key.SIZE));
        key.write(seg, 0);
        assertThat(toHex(seg)).isEqualTo(bytes);
    }

    @Test
    void allOnesHasAZeroPad() {
        MemorySegment seg = TestBytes.zeros(Key.SIZE);
        Key.MAX.write(seg, 0);
        assertThat(toHex(seg)).isEqualTo("ff".repeat(27) + "00".repeat(5));
    }

    @Test
    void comparesAsOneNumberInComparisonOrder() {
        Random random = TestBytes.random();
        MemorySegment seg = TestBytes.zeros(2 * Key.SIZE + 1);
        for (int i = 0; i < ROUNDS; i++) {
            Key a = RandomKeys.next(random);
            Key b = random.nextInt(10) == 0 ? a : RandomKeys.next(random);
            a.write(seg, 1);
            b.write(seg, 1 + Key.SIZE);
            int expected = number(a).compareTo(number(b));
            assertThat(Integer.signum(a.compareTo(b))).isEqualTo(expected);
            assertThat(Integer.signum(Key.compare(seg, 1, b))).isEqualTo(expected);
            assertThat(Integer.signum(Key.compare(seg, 1, seg, 1 + Key.SIZE))).isEqualTo(expected);
            assertThat(Key.equals(seg, 1, b)).isEqualTo(expected == 0);
            assertThat(Key.min(a, b)).isEqualTo(expected <= 0 ? a : b);
            assertThat(Key.max(a, b)).isEqualTo(expected >= 0 ? a : b);
        }
    }

    @Test
    void incrementAndDecrementCarryThroughAllFields() {
        Random random = TestBytes.random();
        BigInteger modulus = BigInteger.TWO.pow(216);
        for (int i = 0; i < ROUNDS; i++) {
            Key key = RandomKeys.next(random);
            assertThat(number(key.increment()))
                    .isEqualTo(number(key).add(BigInteger.ONE).mod(modulus));
            assertThat(number(key.decrement()))
                    .isEqualTo(number(key).subtract(BigInteger.ONE).mod(modulus));
        }
        assertThat(Key.MAX.increment()).isEqualTo(Key.ZERO);
        assertThat(Key.ZERO.decrement()).isEqualTo(Key.MAX);
        assertThat(RandomKeys.parse("7.5.255.18446744073709551615.18446744073709551615.255")
                        .increment())
                .isEqualTo(RandomKeys.parse("7.6.0.0.0.0"));
    }

    @Test
    void refusesFieldsThatDoNotFitTheirByte() {
        assertThatThrownBy(() -> new Key(256, 0, 0, 0, 0, 0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Key(0, 0, -1, 0, 0, 0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Key(0, 0, 0, 0, 0, 1000)).isInstanceOf(IllegalArgumentException.class);
    }

    /** The key as the number of 8+64+8+64+64+8 bits it stands for. */
    private static BigInteger number(Key key) {
        BigInteger n = BigInteger.valueOf(key.zone());
        n = n.shiftLeft(64).or(unsigned(key.first()));
        n = n.shiftLeft(8).or(BigInteger.valueOf(key.type()));
        n = n.shiftLeft(64).or(unsigned(key.second()));
        n = n.shiftLeft(64).or(unsigned(key.third()));
        return n.shiftLeft(8).or(BigInteger.valueOf(key.fourth()));
    }

    private static BigInteger unsigned(long value) {
        return new BigInteger(Long.toUnsignedString(value));
    }
}
