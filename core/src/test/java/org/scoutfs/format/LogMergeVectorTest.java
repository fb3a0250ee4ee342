package org.scoutfs.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.scoutfs.format.TestBytes.hex;
import static org.scoutfs.format.TestBytes.toHex;

import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;

/** A log merge request and its completion as seen on the wire, spec 3 section 18.11, without the message headers. */
class LogMergeVectorTest {
    private static final String KEY_OF_INODE_1 =
            "01 00 00 00 00 00 00 00" + "00".repeat(8) + "00".repeat(8) + "00 10 04 00 00 00 00 00";
    private static final String ALL_ONES = "ff".repeat(27) + "00".repeat(5);
    private static final String RID_AND_SEQ = "9e f8 30 b4 d2 54 fb 5d 1f 00 00 00 00 00 00 00";
    private static final long RID = 0x5dfb54d2b430f89eL;

    @Test
    void readsARequest() {
        MemorySegment seg =
                hex("55 00 00 00 00 00 00 00 2a 55 ac ab b9 d7 6e f6 04 04 00 00 00 00 00 00 04 04 00 00 00 00 00 00"
                        + "00".repeat(32)
                        + "4c 04 00 00 00 00 00 00 9e ae 78 45 40 34 7f f1 01 00 00 00 00 00 00 00"
                        + "02 00 00 00 00 00 00 00 01 00 00 00 00 00 00 00 01 00 00 00 00 00 00 00"
                        + KEY_OF_INODE_1
                        + ALL_ONES
                        + "19 00 00 00 00 00 00 00"
                        + RID_AND_SEQ
                        + "00".repeat(8));
        LogMergeRequest request = LogMergeRequest.read(seg, 0);
        assertThat(request)
                .isEqualTo(new LogMergeRequest(
                        new AllocListHead(
                                new BlockReference(0x55, 0xf66ed7b9abac552aL), LogMergeRequest.FILL_BLOCKS, 1028, 0),
                        AllocListHead.EMPTY,
                        new BtreeRoot(new BlockReference(0x44c, 0xf17f34404578ae9eL), 1),
                        new BtreeRoot(new BlockReference(2, 1), 1),
                        Keys.inode(1),
                        Key.MAX,
                        0x19,
                        RID,
                        0x1f,
                        0));
        assertThat(request.isSubtree()).isFalse();
        MemorySegment again = TestBytes.zeros(LogMergeRequest.SIZE);
        request.write(again, 0);
        assertThat(toHex(again)).isEqualTo(toHex(seg));
    }

    @Test
    void readsACompletion() {
        MemorySegment seg =
                hex("f6 41 08 00 00 00 00 00 45 35 c4 56 3e cd 5d c0 01 04 00 00 00 00 00 00 01 04 00 00 00 00 00 00f7"
                    + " 41 08 00 00 00 00 00 2f 9b 78 1c e2 a7 79 9d 02 00 00 00 00 00 00 00 02 00 00 00 00 00 00 00f8"
                    + " 41 08 00 00 00 00 00 3c b2 be 07 88 7b 93 fa 01 00 00 00 00 00 00 00"
                        + KEY_OF_INODE_1
                        + ALL_ONES
                        + ALL_ONES
                        + RID_AND_SEQ
                        + "00".repeat(8));
        LogMergeComplete complete = LogMergeComplete.read(seg, 0);
        assertThat(complete.metaAvail().totalNr()).isEqualTo(0x401);
        assertThat(complete.metaFreed().firstNr()).isEqualTo(2);
        assertThat(complete.root()).isEqualTo(new BtreeRoot(new BlockReference(0x841f8, 0xfa937b8807beb23cL), 1));
        assertThat(complete.start()).isEqualTo(Keys.inode(1));
        assertThat(complete.end()).isEqualTo(Key.MAX);
        assertThat(complete.remain()).isEqualTo(Key.MAX);
        assertThat(complete.rid()).isEqualTo(RID);
        assertThat(complete.seq()).isEqualTo(0x1f);
        assertThat(complete.isError()).isFalse();
        assertThat(complete.hasRemain()).isFalse();
        MemorySegment again = TestBytes.zeros(LogMergeComplete.SIZE);
        complete.write(again, 0);
        assertThat(toHex(again)).isEqualTo(toHex(seg));
    }
}
