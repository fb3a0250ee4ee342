package org.scoutfs.srch;

import java.lang.foreign.MemorySegment;
import org.scoutfs.btree.BtreeItem;
import org.scoutfs.error.CorruptionException;
import org.scoutfs.format.Key;
import org.scoutfs.format.Keys;
import org.scoutfs.format.SrchCompact;
import org.scoutfs.format.SrchFile;
import org.scoutfs.format.Zones;

/** Items of srch_root (spec 1 section 13.5) as values. */
final class SrchItems {
    private SrchItems() {}

    static boolean isOfType(BtreeItem item, int type) {
        return item.key().zone() == Zones.SRCH && item.key().type() == type;
    }

    static SrchFile file(BtreeItem item) throws CorruptionException {
        checkLength(item.key(), item.value().length, SrchFile.SIZE);
        return SrchFile.read(MemorySegment.ofArray(item.value()), 0);
    }

    static SrchCompact compact(BtreeItem item) throws CorruptionException {
        checkLength(item.key(), item.value().length, SrchCompact.SIZE);
        SrchCompact compact = SrchCompact.read(MemorySegment.ofArray(item.value()), 0);
        if (compact.nr() > SrchCompact.MAX_INPUTS) {
            throw new CorruptionException("srch compaction " + item.key() + " has " + compact.nr()
                    + " inputs, expected at most " + SrchCompact.MAX_INPUTS);
        }
        return compact;
    }

    static byte[] value(SrchFile file) {
        byte[] value = new byte[SrchFile.SIZE];
        file.write(MemorySegment.ofArray(value), 0);
        return value;
    }

    static byte[] value(SrchCompact compact) {
        byte[] value = new byte[SrchCompact.SIZE];
        compact.write(MemorySegment.ofArray(value), 0);
        return value;
    }

    static Key logKey(SrchFile file) {
        return Keys.srchLog(file.ref().blkno());
    }

    static Key sortedKey(SrchFile file) {
        return Keys.srchSorted(file.blocks(), file.ref().blkno());
    }

    static void checkLength(Key key, int length, int expected) throws CorruptionException {
        if (length != expected) {
            throw new CorruptionException("item " + key + " has a value of " + length + " bytes, expected " + expected);
        }
    }
}
