package org.scoutfs.format.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.scoutfs.format.Le;

/** Messages of spec 3 section 18.1, and what is not a message. */
class QuorumMessageTest {
    private static final long FSID = 0xae2758eb38d97981L;
    private static final int CRC = 28;

    @ParameterizedTest
    @CsvSource(textBlock = """
        REQUEST_VOTE, 1, 1, 81 79 d9 38 eb 58 27 ae 00 00 00 00 00 00 00 00 01 00 00 00 00 00 00 00 00 01 00 00 5d bd 16 f1
        VOTE,         0, 2, 81 79 d9 38 eb 58 27 ae 00 00 00 00 00 00 00 00 02 00 00 00 00 00 00 00 01 00 00 00 cb f9 80 da
        HEARTBEAT,    1, 2, 81 79 d9 38 eb 58 27 ae 00 00 00 00 00 00 00 00 02 00 00 00 00 00 00 00 02 01 00 00 8c e2 e3 1d
        RESIGNATION,  2, 4, 81 79 d9 38 eb 58 27 ae 00 00 00 00 00 00 00 00 04 00 00 00 00 00 00 00 03 02 00 00 e7 70 ac 8d
        """)
    void isWhatTheReferenceSends(QuorumMessage.Type type, int slot, long term, String hex) {
        byte[] bytes = HexFormat.of().parseHex(hex.replace(" ", ""));
        QuorumMessage message = new QuorumMessage(FSID, term, type, slot);
        assertThat(QuorumMessage.decode(bytes, bytes.length)).isEqualTo(message);
        assertThat(message.toBytes()).isEqualTo(bytes);
    }

    @ParameterizedTest
    @CsvSource({
        "VOTE, 2, 2, 95efabc6",
        "REQUEST_VOTE, 2, 1, 1b387d2e",
        "REQUEST_VOTE, 0, 1, 54572f23",
        "REQUEST_VOTE, 0, 3, 36b48743",
        "HEARTBEAT, 2, 4, 50e9da5f"
    })
    void hasTheChecksumOfTheReference(QuorumMessage.Type type, int slot, long term, String crc) {
        byte[] bytes = new QuorumMessage(FSID, term, type, slot).toBytes();
        assertThat(Le.i32(MemorySegment.ofArray(bytes), CRC)).isEqualTo(Integer.parseUnsignedInt(crc, 16));
    }

    @Test
    void isNothingWhenAnyBitIsWrong() {
        byte[] bytes = new QuorumMessage(FSID, 7, QuorumMessage.Type.HEARTBEAT, 3).toBytes();
        for (int bit = 0; bit < bytes.length * 8; bit++) {
            byte[] wrong = bytes.clone();
            wrong[bit / 8] ^= (byte) (1 << (bit % 8));
            assertThat(QuorumMessage.decode(wrong, wrong.length))
                    .as("bit %d", bit)
                    .isNull();
        }
    }

    @Test
    void isNothingWhenTooShortOrTooLong() {
        byte[] bytes = new QuorumMessage(FSID, 7, QuorumMessage.Type.HEARTBEAT, 3).toBytes();
        assertThat(QuorumMessage.decode(bytes, 31)).isNull();
        assertThat(QuorumMessage.decode(Arrays.copyOf(bytes, 33), 33)).isNull();
        assertThat(QuorumMessage.decode(new byte[0], 0)).isNull();
    }
}
