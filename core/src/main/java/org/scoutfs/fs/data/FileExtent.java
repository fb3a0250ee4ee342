package org.scoutfs.fs.data;

import java.lang.foreign.MemorySegment;
import org.scoutfs.error.CorruptionException;
import org.scoutfs.format.DataExtentValue;
import org.scoutfs.format.Key;
import org.scoutfs.format.Keys;
import org.scoutfs.item.Item;

/**
 * Logical blocks {@code start..start+len-1} of a file and where they are (spec 1 section 12.7).
 *
 * @param len above 0
 * @param map first block on the data device, 0 = none
 * @param flags of {@link DataExtentValue}
 */
record FileExtent(long start, long len, long map, int flags) {
    static final int OFFLINE = DataExtentValue.FLAG_OFFLINE;
    static final int UNWRITTEN = DataExtentValue.FLAG_UNWRITTEN;

    /** Block behind the last one. */
    long end() {
        return start + len;
    }

    boolean contains(long block) {
        return block >= start && block < end();
    }

    boolean isMapped() {
        return map != 0;
    }

    boolean isOffline() {
        return (flags & OFFLINE) != 0;
    }

    /** Whether the blocks are on the device and hold contents. */
    boolean isWritten() {
        return map != 0 && (flags & UNWRITTEN) == 0;
    }

    /** Where a contained block is, 0 = nowhere. */
    long mapOf(long block) {
        return map == 0 ? 0 : map + (block - start);
    }

    boolean canMerge(FileExtent right) {
        return end() == right.start
                && flags == right.flags
                && (map == 0 ? right.map == 0 : right.map != 0 && map + len == right.map);
    }

    /** Both as one; {@link #canMerge} holds. */
    FileExtent merge(FileExtent right) {
        return new FileExtent(start, len + right.len, map, flags);
    }

    Key key(long ino) {
        return Keys.dataExtent(ino, end() - 1, len);
    }

    byte[] value() {
        byte[] value = new byte[DataExtentValue.SIZE];
        new DataExtentValue(map, flags).write(MemorySegment.ofArray(value), 0);
        return value;
    }

    static FileExtent read(Item item) throws CorruptionException {
        Key key = item.key();
        long last = key.second();
        long len = key.third();
        if (item.value().length != DataExtentValue.SIZE || last < 0 || len <= 0 || len > last + 1) {
            throw new CorruptionException("data extent item " + key + " has " + item.value().length
                    + " bytes, expected a length of 1..last+1 and " + DataExtentValue.SIZE + " bytes");
        }
        DataExtentValue value = DataExtentValue.read(MemorySegment.ofArray(item.value()), 0);
        return new FileExtent(last - len + 1, len, value.blkno(), value.flags());
    }
}
