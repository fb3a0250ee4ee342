package org.scoutfs.check;

import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.scoutfs.format.Hashes;
import org.scoutfs.format.IndxName;
import org.scoutfs.format.Key;
import org.scoutfs.format.NumberText;
import org.scoutfs.format.SrchEntry;
import org.scoutfs.format.TotlName;
import org.scoutfs.format.TotlValue;
import org.scoutfs.format.XattrHeader;
import org.scoutfs.format.XattrTags;

/** Attributes put together from their parts, fed in key order, and what their tags say must exist elsewhere. */
final class XattrCheck {
    private final CheckReport report;
    private final long formatVersion;

    private final Map<Key, TotlValue> totals = new TreeMap<>();
    private final Set<Key> indexed = new HashSet<>();
    private final Set<SrchEntry> searchable = new HashSet<>();
    private final Map<Long, Long> greatestId = new HashMap<>();
    private final Set<String> names = new HashSet<>();
    private long namesIno = -1;

    private @Nullable Key first;
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private int parts;

    XattrCheck(CheckReport report, long formatVersion) {
        this.report = report;
        this.formatVersion = formatVersion;
    }

    void part(Key key, byte[] value) {
        Key start = first;
        boolean continues = start != null
                && start.first() == key.first()
                && start.second() == key.second()
                && start.third() == key.third();
        if (!continues) {
            finish();
            first = key;
        }
        if (key.fourth() != parts) {
            // An inode without links may have lost its leading parts; that is looked at when its inode item is known.
            report.problem("xattr %s: part %d follows %d parts", key, key.fourth(), parts);
        }
        if (bytes.size() != parts * XattrHeader.PART_SIZE) {
            report.problem("xattr %s: a part before it is short", key);
        }
        parts++;
        bytes.writeBytes(value);
    }

    /** The attribute that was fed last is complete. */
    void finish() {
        Key key = first;
        byte[] all = bytes.toByteArray();
        first = null;
        parts = 0;
        bytes.reset();
        if (key != null) {
            attribute(key, all);
        }
    }

    private void attribute(Key key, byte[] all) {
        if (all.length < XattrHeader.SIZE) {
            report.problem("xattr %s has only %d bytes", key, all.length);
            return;
        }
        XattrHeader header = XattrHeader.read(MemorySegment.ofArray(all), 0);
        if (header.totalBytes() != all.length || header.nameLen() == 0) {
            report.problem("xattr %s has %d bytes, its header says %d", key, all.length, header.totalBytes());
            return;
        }
        byte[] name = Arrays.copyOfRange(all, XattrHeader.SIZE, XattrHeader.SIZE + header.nameLen());
        byte[] value = Arrays.copyOfRange(all, XattrHeader.SIZE + header.nameLen(), all.length);
        if (Hashes.xattrNameHash(name) != key.second()) {
            report.problem("xattr %s: hash is not that of its name", key);
        }
        greatestId.merge(key.first(), key.third(), Math::max);
        if (namesIno != key.first()) {
            names.clear();
            namesIno = key.first();
        }
        if (!names.add(Arrays.toString(name))) {
            report.problem("xattr %s: the inode has this name twice", key);
        }
        tags(key, name, value);
    }

    private void tags(Key key, byte[] name, byte[] value) {
        XattrTags tags = XattrTags.parse(name).orElse(null);
        if (tags == null || tags.isConflicting()) {
            report.problem("xattr %s: its name has wrong tags", key);
            return;
        }
        if (tags.srch()) {
            searchable.add(new SrchEntry(Hashes.srchHash(name), key.first(), key.third()));
        }
        if (tags.totl()) {
            var totl = TotlName.parse(name);
            var number = NumberText.parse(value);
            if (totl.isEmpty() || number.isEmpty()) {
                report.problem("xattr %s: totl name or value is no number", key);
            } else {
                totals.merge(totl.get().key(), new TotlValue(number.getAsLong(), 1), TotlValue::plus);
            }
        }
        if (tags.indx()) {
            var indx = IndxName.parse(name);
            if (indx.isEmpty() || value.length != 0 || formatVersion < 2) {
                report.problem("xattr %s: wrong indx name or value", key);
            } else {
                indexed.add(indx.get().key(key.first(), key.third()));
            }
        }
    }

    void checkIds(long ino, long nextXattrId) {
        Long greatest = greatestId.get(ino);
        if (greatest != null && Long.compareUnsigned(greatest, nextXattrId) >= 0) {
            report.problem("inode %d: xattr id %d, next_xattr_id is %d", ino, greatest, nextXattrId);
        }
    }

    /** Sums by totl key; the zero ones left out, as a reader sees them. */
    Map<Key, TotlValue> totals() {
        totals.values().removeIf(TotlValue::isZero);
        return totals;
    }

    Set<Key> indexed() {
        return indexed;
    }

    Set<SrchEntry> searchable() {
        return searchable;
    }
}
