package org.scoutfs.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.scoutfs.format.TestBytes.utf8;

import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Key fields of every item type, spec 1 section 5.4, and lock ranges, spec 1 section 11.5 and spec 3 section 8.2. */
class KeysTest {
    private static final String MAX = "18446744073709551615";

    @Test
    void everyItemTypeHasItsFields() {
        Map.ofEntries(
                        Map.entry(Keys.metaSeqIndex(7, 1), "4.0.4.7.1.0"),
                        Map.entry(Keys.dataSeqIndex(7, 1), "4.0.8.7.1.0"),
                        Map.entry(Keys.orphan(9), "8.0.4.9.0.0"),
                        Map.entry(Keys.quotaRule(5, 6), "10.0.4.5.6.0"),
                        Map.entry(Keys.totl(1, 2, 3), "12.1.0.2.3.0"),
                        Map.entry(Keys.inode(3), "16.3.4.0.0.0"),
                        Map.entry(Keys.xattr(3, 4, 5, 6), "16.3.8.4.5.6"),
                        Map.entry(Keys.dirent(3, 4, 5), "16.3.12.4.5.0"),
                        Map.entry(Keys.readdir(3, 5), "16.3.16.5.0.0"),
                        Map.entry(Keys.backref(3, 4, 5), "16.3.20.4.5.0"),
                        Map.entry(Keys.symlink(3, 4), "16.3.24.4.0.0"),
                        Map.entry(Keys.dataExtent(3, 4, 5), "16.3.28.4.5.0"),
                        Map.entry(Keys.renameLock(), "20.0.4.0.0.0"),
                        Map.entry(Keys.logTrees(-1, 2), "24." + MAX + ".0.2.0.0"),
                        Map.entry(Keys.mountedClient(3), "28.3.0.0.0.0"),
                        Map.entry(Keys.srchLog(3), "32.0.4.3.0.0"),
                        Map.entry(Keys.srchSorted(3, 4), "32.0.8.3.4.0"),
                        Map.entry(Keys.srchPending(3), "32.0.12.3.0.0"),
                        Map.entry(Keys.srchBusy(3, 4), "32.0.16.3.4.0"),
                        Map.entry(Keys.freeExtentByBlkno(16777215, 16777152), "36.16777215.0.16777152.0.0"),
                        Map.entry(
                                Keys.freeExtentByOrder(16777215, 16777152),
                                "40.18446744073709551608.0.16777215.16777152.0"),
                        Map.entry(Keys.mergeStatus(), "44.0.0.0.0.0"),
                        Map.entry(Keys.mergeRange(new Key(16, 1, 2, 3, 4, 5)), "48.1.2.3.4.5"),
                        Map.entry(Keys.mergeRequest(3, 4), "52.3.0.4.0.0"),
                        Map.entry(Keys.mergeComplete(3), "56.3.0.0.0.0"),
                        Map.entry(Keys.mergeFreeing(3), "60.3.0.0.0.0"))
                .forEach((key, text) -> assertThat(key).hasToString(text));
    }

    @Test
    void indxKeyIsPackedWithoutGaps() {
        Key key = IndxName.parse(utf8("scoutfs.indx.idx.5.1000")).orElseThrow().key(2561, 3);
        assertThat(key).isEqualTo(new Key(14, 0x0500000000000003L, 0, 0xe80000000000000aL, 0x0100000000000000L, 3));
        Random random = TestBytes.random();
        for (int i = 0; i < 1000; i++) {
            int major = random.nextInt(256);
            long minor = random.nextLong();
            long ino = random.nextLong();
            long xid = random.nextLong();
            Key packed = Keys.indx(major, minor, ino, xid);
            assertThat(Keys.indxMajor(packed)).isEqualTo(major);
            assertThat(Keys.indxMinor(packed)).isEqualTo(minor);
            assertThat(Keys.indxIno(packed)).isEqualTo(ino);
            assertThat(Keys.indxXid(packed)).isEqualTo(xid);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "16.2561.12.99.3.0, 16.2048.0.0.0.0, 16.3071.255." + MAX + "." + MAX + ".255",
        "16.1.4.0.0.0, 16.0.0.0.0.0, 16.1023.255." + MAX + "." + MAX + ".255",
        "4.0.4.1025.77.0, 4.0.4.1024.0.0, 4.0.4.2047." + MAX + ".0",
        "4.0.8.1023.77.0, 4.0.8.0.0.0, 4.0.8.1023." + MAX + ".0",
        "8.0.4.1234.0.0, 8.0.4.0.0.0, 8.0.4." + MAX + ".0.0",
        "10.0.4.55.1.0, 10.0.0.0.0.0, 10." + MAX + ".255." + MAX + "." + MAX + ".255",
        "12.1.0.2.3.0, 12.0.0.0.0.0, 12." + MAX + ".255." + MAX + "." + MAX + ".255",
        "14.1.0.2.3.4, 14.0.0.0.0.0, 14." + MAX + ".255." + MAX + "." + MAX + ".255",
        "20.0.4.0.0.0, 20.0.4.0.0.0, 20.0.4.0.0.0"
    })
    void lockRangeSurroundsTheItem(String item, String start, String end) {
        Key key = RandomKeys.parse(item);
        assertThat(Keys.lockStart(key)).hasToString(start).isLessThanOrEqualTo(key);
        assertThat(Keys.lockEnd(key)).hasToString(end).isGreaterThanOrEqualTo(key);
        assertThat(Keys.lockStart(Keys.lockStart(key))).hasToString(start);
        assertThat(Keys.lockStart(Keys.lockEnd(key))).hasToString(start);
    }

    @Test
    void serverItemsHaveNoLock() {
        assertThatThrownBy(() -> Keys.lockStart(Keys.mountedClient(1))).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Keys.lockEnd(Keys.mergeStatus())).isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @CsvSource({
        "0, 0",
        "1, 0",
        "7, 0",
        "8, 1",
        "63, 1",
        "64, 2",
        "511, 2",
        "512, 3",
        "523772, 6",
        "16777152, 7",
        "-1, 21"
    })
    void orderIsTheLogarithmToBaseEight(long len, int order) {
        assertThat(AllocExtentRoot.order(len)).isEqualTo(order);
    }
}
