package org.scoutfs.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.scoutfs.format.TestBytes.toHex;
import static org.scoutfs.format.TestBytes.utf8;
import static org.scoutfs.format.TestBytes.zeros;

import java.lang.foreign.MemorySegment;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What values of file system items mean beyond their bytes, spec 1 section 12. */
class ItemValuesTest {
    @Test
    void quotaRuleMatchesVector() {
        QuotaRule rule = new QuotaRule(
                7,
                List.of(new QuotaRule.Name(13, 0, 0), new QuotaRule.Name(15, 0, 0), new QuotaRule.Name(16, 0, 0)),
                QuotaRule.OP_DATA,
                33,
                0);
        MemorySegment seg = zeros(QuotaRule.SIZE);
        rule.write(seg, 0);
        assertThat(toHex(seg))
                .isEqualTo("0d000000000000000f000000000000001000000000000000"
                        + "210000000000000007010000000000000000000000000000");
        assertThat(rule.hash()).isEqualTo(0x8a014202dc198296L);
    }

    @Test
    void quotaRulesSortByPrioNamesOpLimitFlags() {
        QuotaRule.Name low = new QuotaRule.Name(1, 0, 0);
        QuotaRule.Name mid = new QuotaRule.Name(1, 2, 0);
        QuotaRule.Name high = new QuotaRule.Name(-1, 0, 0);
        assertThat(List.of(
                        new QuotaRule(0, List.of(high, high, high), 1, -1, 1),
                        new QuotaRule(1, List.of(low, low, low), 0, 5, 0),
                        new QuotaRule(1, List.of(low, low, low), 0, 5, 1),
                        new QuotaRule(1, List.of(low, low, low), 0, -1, 0),
                        new QuotaRule(1, List.of(low, low, low), 1, 0, 0),
                        new QuotaRule(1, List.of(low, low, mid), 0, 0, 0),
                        new QuotaRule(1, List.of(low, high, low), 0, 0, 0),
                        new QuotaRule(1, List.of(mid, low, low), 0, 0, 0),
                        new QuotaRule(1, List.of(high, low, low), 0, 0, 0)))
                .isSorted();
        assertThatThrownBy(() -> new QuotaRule(0, List.of(low), 0, 0, 0)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void inodeOfVersion1ReadsMissingFieldsAsZeroAndLeavesWhatFollowsAlone() {
        InodeItem inode = new InodeItem();
        inode.setSize(5);
        inode.setProj(9);
        inode.setCrtime(new Timespec(-1, 999_999_999));
        MemorySegment seg = zeros(InodeItem.SIZE);
        inode.write(seg, 0, InodeItem.sizeFor(1));
        assertThat(Le.u64(seg, 160)).isZero();
        inode.write(seg, 0, InodeItem.sizeFor(2));
        assertThat(Le.u64(seg, 160)).isEqualTo(9);
        InodeItem old = InodeItem.read(seg, 0, InodeItem.SIZE_V1);
        assertThat(old.proj()).isZero();
        assertThat(old.size()).isEqualTo(5);
        assertThat(old.crtime()).isEqualTo(new Timespec(-1, 999_999_999));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 159, 161, 167, 169})
    void inodeOfAnotherLengthIsRefused(int length) {
        MemorySegment seg = zeros(200);
        assertThat(InodeItem.isSize(length)).isFalse();
        assertThatThrownBy(() -> InodeItem.read(seg, 0, length))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(length + " bytes");
        assertThatThrownBy(() -> new InodeItem().write(seg, 0, length)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void direntCarriesItsHashAndLength() {
        Dirent entry = Dirent.of(1025, 7, DirentType.REGULAR, utf8("hello.txt"));
        assertThat(entry.size()).isEqualTo(41);
        assertThat(entry.hash()).isEqualTo(0x6466774629c146cdL);
        assertThat(entry.type()).isEqualTo(4);
        MemorySegment seg = zeros(41);
        entry.write(seg, 0);
        assertThat(Dirent.read(seg, 0, 41)).isEqualTo(entry).hasSameHashCodeAs(entry);
        assertThat(entry.hasName(utf8("hello.txt"))).isTrue();
        assertThat(entry.hasName(utf8("hello.tx"))).isFalse();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 32, 288})
    void direntWithoutNameOrWithTooLongANameIsRefused(int length) {
        MemorySegment seg = zeros(300);
        assertThatThrownBy(() -> Dirent.read(seg, 0, length)).isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @EnumSource
    void direntTypeMapsBothWays(DirentType type) {
        assertThat(DirentType.ofCode(type.code())).contains(type);
        assertThat(DirentType.ofMode(type.modeBits() | 07755)).contains(type);
    }

    @Test
    void direntTypesHaveTheirNumbers() {
        assertThat(DirentType.ofMode(0040755)).contains(DirentType.DIRECTORY);
        assertThat(DirentType.DIRECTORY.code()).isEqualTo(2);
        assertThat(DirentType.REGULAR.readdirType()).isEqualTo(8);
        assertThat(DirentType.SYMLINK.code()).isEqualTo(5);
        assertThat(DirentType.ofCode(8)).isEmpty();
        assertThat(DirentType.ofCode(-1)).isEmpty();
        assertThat(DirentType.ofMode(0644)).isEmpty();
    }

    @Test
    void dataExtentsCountAsOnlineOrOffline() {
        assertThat(new DataExtentValue(9, 0).isOnline()).isTrue();
        assertThat(new DataExtentValue(9, DataExtentValue.FLAG_UNWRITTEN).isOnline())
                .isFalse();
        DataExtentValue staging = new DataExtentValue(9, DataExtentValue.FLAG_OFFLINE | DataExtentValue.FLAG_UNWRITTEN);
        assertThat(staging.isOnline()).isFalse();
        assertThat(staging.isOffline()).isTrue();
        assertThat(new DataExtentValue(0, DataExtentValue.FLAG_OFFLINE).isOnline())
                .isFalse();
    }

    @Test
    void totlIncrementsWrap() {
        TotlValue sum = new TotlValue(-1, 1).plus(new TotlValue(1, -1));
        assertThat(sum).isEqualTo(TotlValue.ZERO);
        assertThat(sum.isZero()).isTrue();
        assertThat(new TotlValue(0, 1).isZero()).isFalse();
    }

    @Test
    void srchCompactFillsItsInputSlots() {
        assertThat(SrchCompact.EMPTY.in()).hasSize(4).containsOnly(SrchCompactInput.EMPTY);
        List<SrchCompactInput> five = Collections.nCopies(5, SrchCompactInput.EMPTY);
        assertThatThrownBy(() -> SrchCompact.EMPTY.withIn(five)).isInstanceOf(IllegalArgumentException.class);
        SrchCompact busy = SrchCompact.EMPTY.withFlags(SrchCompact.FLAG_SORTED | SrchCompact.FLAG_DONE);
        assertThat(busy.has(SrchCompact.FLAG_DONE)).isTrue();
        assertThat(busy.has(SrchCompact.FLAG_LOG)).isFalse();
    }
}
