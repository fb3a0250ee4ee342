package org.scoutfs.check;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.scoutfs.format.DataExtentValue;
import org.scoutfs.format.Dirent;
import org.scoutfs.format.DirentType;
import org.scoutfs.format.Hashes;
import org.scoutfs.format.InodeItem;
import org.scoutfs.format.Key;
import org.scoutfs.format.Limits;
import org.scoutfs.format.SrchEntry;
import org.scoutfs.format.SuperBlock;
import org.scoutfs.format.TotlValue;
import org.scoutfs.format.Types;
import org.scoutfs.format.VolumeLayout;
import org.scoutfs.format.Zones;

/** Holds the resolved file system items against each other (spec 1 section 17.6). Fed in key order, then {@link #finish}. One thread. */
final class FsCheck implements ForestWalk.Visitor {
    private static final int S_IFMT = 0170000;
    private static final int S_IFREG = 0100000;
    private static final int S_IFDIR = 0040000;
    private static final int S_IFLNK = 0120000;

    /** What the items of one inode add up to. */
    private static final class Facts {
        @Nullable
        InodeItem inode;

        long metaIndex = -1;
        long dataIndex = -1;
        boolean orphan;
        long entriesBytes;
        long subdirectories;
        long backrefs;
        long parent;
        long online;
        long offline;
        long extentEnd;
        long symlinkBytes;
        int symlinkLast = -1;
        boolean symlinkBroken;
    }

    /** One directory entry, of which three items must say the same. */
    private record EntryKey(long dir, long pos) {}

    private static final class Entry {
        final long hash;
        final long ino;
        int seen;

        Entry(byte[] value, long ino) {
            this.hash = Hashes.fnv1a64(value);
            this.ino = ino;
        }
    }

    private static final int DIRENT = 1;
    private static final int READDIR = 2;
    private static final int BACKREF = 4;

    private final SuperBlock superBlock;
    private final CheckReport report;
    private final DataSpace data;
    private final SrchFilesCheck srch;
    private final XattrCheck xattrs;

    private final Map<Long, Facts> inodes = new HashMap<>();
    private final Map<EntryKey, Entry> entries = new HashMap<>();
    private final Map<Key, TotlValue> totals = new TreeMap<>();
    private final Set<Key> indexed = new HashSet<>();
    /** Names of one directory and hash; equal names have equal hashes and so stand together. */
    private final List<byte[]> namesOfHash = new ArrayList<>();

    private long namesDir;
    private long namesHash;

    FsCheck(SuperBlock superBlock, CheckReport report, DataSpace data, SrchFilesCheck srch) {
        this.superBlock = superBlock;
        this.report = report;
        this.data = data;
        this.srch = srch;
        this.xattrs = new XattrCheck(report, superBlock.formatVersion());
    }

    @Override
    public void item(Key key, long seq, byte[] value) {
        try {
            switch (key.zone()) {
                case Zones.INODE_INDEX -> index(key);
                case Zones.ORPHAN -> facts(key.second()).orphan = true;
                case Zones.QUOTA -> {
                    if (superBlock.formatVersion() < 2) {
                        report.problem("quota rule %s in a volume of format version 1", key);
                    }
                }
                case Zones.XATTR_TOTL -> totals.put(key, TotlValue.read(MemorySegment.ofArray(value), 0));
                case Zones.XATTR_INDX -> indexed.add(key);
                case Zones.FS -> fsItem(key, value);
                default -> report.problem("item %s is no file system item", key);
            }
        } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
            report.problem("item %s with a value of %d bytes: %s", key, value.length, e.getMessage());
        }
    }

    private Facts facts(long ino) {
        return inodes.computeIfAbsent(ino, i -> new Facts());
    }

    private void index(Key key) {
        Facts facts = facts(key.third());
        if (key.type() == Types.META_SEQ) {
            if (facts.metaIndex != -1) {
                report.problem("inode %d has two meta_seq index items", key.third());
            }
            facts.metaIndex = key.second();
        } else {
            if (facts.dataIndex != -1) {
                report.problem("inode %d has two data_seq index items", key.third());
            }
            facts.dataIndex = key.second();
        }
    }

    private void fsItem(Key key, byte[] value) {
        Facts facts = facts(key.first());
        MemorySegment seg = MemorySegment.ofArray(value);
        switch (key.type()) {
            case Types.INODE -> {
                boolean wanted = InodeItem.isSize(value.length)
                        && (superBlock.formatVersion() > 1 || value.length == InodeItem.SIZE_V1);
                if (!wanted) {
                    report.problem("inode %d: item of %d bytes", key.first(), value.length);
                    return;
                }
                facts.inode = InodeItem.read(seg, 0, value.length);
            }
            case Types.XATTR -> xattrs.part(key, value);
            case Types.DIRENT -> dirent(key, facts, value);
            case Types.READDIR -> entry(new EntryKey(key.first(), key.second()), value, READDIR);
            case Types.LINK_BACKREF -> backref(key, facts, value);
            case Types.SYMLINK -> symlink(key, facts, value);
            case Types.DATA_EXTENT -> extent(key, facts, DataExtentValue.read(seg, 0));
            default -> report.problem("item %s has an unknown type", key);
        }
    }

    // ---- names

    private void dirent(Key key, Facts dir, byte[] value) {
        Dirent entry = Dirent.read(MemorySegment.ofArray(value), 0, value.length);
        if (entry.hash() != key.second() || entry.pos() != key.third()) {
            report.problem("entry %s: its value says hash %x pos %d", key, entry.hash(), entry.pos());
        }
        if (Hashes.direntHash(entry.name()) != entry.hash()) {
            report.problem("entry %s: hash %x is not that of its name", key, entry.hash());
        }
        checkName(key, entry.name());
        dir.entriesBytes += entry.name().length;
        if (entry.type() == DirentType.DIRECTORY.code()) {
            dir.subdirectories++;
        }
        entry(new EntryKey(key.first(), entry.pos()), value, DIRENT);
    }

    private void checkName(Key key, byte[] name) {
        boolean dots = Arrays.equals(name, new byte[] {'.'}) || Arrays.equals(name, new byte[] {'.', '.'});
        boolean separators = false;
        for (byte b : name) {
            separators |= b == 0 || b == '/';
        }
        if (dots || separators || name.length > Limits.NAME_MAX) {
            report.problem("entry %s: its name is not allowed", key);
        }
        if (namesDir != key.first() || namesHash != key.second()) {
            namesOfHash.clear();
            namesDir = key.first();
            namesHash = key.second();
        }
        for (byte[] other : namesOfHash) {
            if (Arrays.equals(other, name)) {
                report.problem("entry %s: the directory has this name twice", key);
            }
        }
        namesOfHash.add(name);
    }

    private void backref(Key key, Facts target, byte[] value) {
        Dirent entry = Dirent.read(MemorySegment.ofArray(value), 0, value.length);
        if (entry.ino() != key.first() || entry.pos() != key.third()) {
            report.problem("backref %s: its value says ino %d pos %d", key, entry.ino(), entry.pos());
        }
        target.backrefs++;
        target.parent = key.second();
        entry(new EntryKey(key.second(), key.third()), value, BACKREF);
    }

    private void entry(EntryKey key, byte[] value, int kind) {
        Dirent dirent = Dirent.read(MemorySegment.ofArray(value), 0, value.length);
        Entry entry = entries.computeIfAbsent(key, k -> new Entry(value, dirent.ino()));
        if ((entry.seen & kind) != 0 || entry.hash != Hashes.fnv1a64(value)) {
            report.problem("directory %d position %d: its items differ", key.dir(), key.pos());
        }
        entry.seen |= kind;
        InodeItem dir = facts(key.dir()).inode;
        if (kind == DIRENT && dir != null) {
            boolean positioned = Long.compareUnsigned(dirent.pos(), Limits.FIRST_DIRENT_POS) >= 0
                    && Long.compareUnsigned(dirent.pos(), dir.nextReaddirPos()) < 0;
            if (!positioned) {
                report.problem(
                        "directory %d: entry at position %d, next_readdir_pos is %d",
                        key.dir(), dirent.pos(), dir.nextReaddirPos());
            }
        }
        if (kind == DIRENT) {
            types.put(key, dirent.type());
        }
    }

    private final Map<EntryKey, Integer> types = new HashMap<>();

    // ---- contents

    private void symlink(Key key, Facts facts, byte[] value) {
        boolean next = key.second() == facts.symlinkLast + 1;
        boolean previousFull = facts.symlinkBytes % Limits.ITEM_VALUE_MAX == 0;
        int nul = 0;
        while (nul < value.length && value[nul] != 0) {
            nul++;
        }
        if (!next || !previousFull || nul < value.length - 1) {
            facts.symlinkBroken = true;
        }
        facts.symlinkLast = (int) key.second();
        facts.symlinkBytes += value.length;
        if (nul == value.length && value.length < Limits.ITEM_VALUE_MAX) {
            facts.symlinkBroken = true;
        }
    }

    private void extent(Key key, Facts facts, DataExtentValue extent) {
        long len = key.third();
        long start = key.second() - len + 1;
        boolean sane = len > 0
                && start >= 0
                && start >= facts.extentEnd
                && key.second() <= Limits.LAST_DATA_BLOCK
                && (extent.flags() & ~3) == 0
                && (extent.blkno() != 0 || extent.flags() != 0);
        if (!sane) {
            report.problem(
                    "inode %d: extent %d+%d to %d with flags %x",
                    key.first(), start, len, extent.blkno(), extent.flags());
            return;
        }
        facts.extentEnd = start + len;
        if (extent.blkno() != 0) {
            data.claim(extent.blkno(), len, "inode " + key.first());
        }
        if (extent.isOnline()) {
            facts.online += len;
        } else if (extent.isOffline()) {
            facts.offline += len;
        }
    }

    // ---- the whole

    /** @param inodeCountDelta sum over all log trees */
    void finish(long inodeCountDelta) {
        xattrs.finish();
        long count = 0;
        for (Map.Entry<Long, Facts> entry : inodes.entrySet()) {
            long ino = entry.getKey();
            Facts facts = entry.getValue();
            InodeItem inode = facts.inode;
            if (inode == null) {
                report.problem("inode %d has items but no inode item", ino);
            } else {
                count++;
                inode(ino, facts, inode);
            }
        }
        if (superBlock.inodeCount() + inodeCountDelta != count) {
            report.problem(
                    "inode_count %d and deltas %d, there are %d inodes",
                    superBlock.inodeCount(), inodeCountDelta, count);
        }
        entries.forEach(this::finishEntry);
        report.counts(count, entries.size());
        reachable();
        tags();
    }

    private void inode(long ino, Facts facts, InodeItem inode) {
        int type = inode.mode() & S_IFMT;
        if (ino >= superBlock.nextIno()) {
            report.problem("inode %d is not below next_ino %d", ino, superBlock.nextIno());
        }
        for (long seq : new long[] {inode.metaSeq(), inode.dataSeq()}) {
            if (Long.compareUnsigned(seq, superBlock.seq()) > 0) {
                report.problem("inode %d: seq %d is above the super block's %d", ino, seq, superBlock.seq());
            }
        }
        if (facts.metaIndex != inode.metaSeq()) {
            report.problem("inode %d: meta_seq %d, its index item says %d", ino, inode.metaSeq(), facts.metaIndex);
        }
        long dataIndex = type == S_IFREG ? inode.dataSeq() : -1;
        if (facts.dataIndex != dataIndex) {
            report.problem("inode %d: data_seq index %d, expected %d", ino, facts.dataIndex, dataIndex);
        }
        links(ino, facts, inode, type);
        if (type == S_IFDIR && inode.size() != facts.entriesBytes) {
            report.problem("directory %d: size %d, its names have %d bytes", ino, inode.size(), facts.entriesBytes);
        }
        if (type != S_IFDIR && facts.entriesBytes != 0) {
            report.problem("inode %d has entries and is no directory", ino);
        }
        if (type == S_IFLNK && inode.nlink() != 0) {
            boolean right = inode.size() >= 2
                    && inode.size() <= Limits.SYMLINK_MAX
                    && inode.size() == facts.symlinkBytes
                    && !facts.symlinkBroken;
            if (!right) {
                report.problem("symlink %d: size %d, its parts have %d bytes", ino, inode.size(), facts.symlinkBytes);
            }
        }
        if (type != S_IFREG && facts.extentEnd != 0) {
            report.problem("inode %d has extents and is no regular file", ino);
        }
        if (inode.nlink() != 0 && (inode.onlineBlocks() != facts.online || inode.offlineBlocks() != facts.offline)) {
            report.problem(
                    "inode %d: online %d offline %d, its extents have %d and %d",
                    ino, inode.onlineBlocks(), inode.offlineBlocks(), facts.online, facts.offline);
        }
        long sizeBlocks = (inode.size() + 4095) >>> 12;
        if ((inode.flags() & InodeItem.FLAG_RETENTION) != 0 && superBlock.formatVersion() < 2) {
            report.problem("inode %d: retention in a volume of format version 1 (%d blocks)", ino, sizeBlocks);
        }
        xattrs.checkIds(ino, inode.nextXattrId());
    }

    private void links(long ino, Facts facts, InodeItem inode, int type) {
        boolean unlinked = inode.nlink() == 0;
        if (unlinked != facts.orphan) {
            report.problem(
                    "inode %d: nlink %d, orphan item %s", ino, inode.nlink(), facts.orphan ? "exists" : "missing");
        }
        long backrefs;
        if (unlinked || ino == VolumeLayout.ROOT_INO) {
            backrefs = 0;
        } else {
            backrefs = type == S_IFDIR ? 1 : Integer.toUnsignedLong(inode.nlink());
        }
        if (facts.backrefs != backrefs) {
            report.problem("inode %d: nlink %d, it has %d backrefs", ino, inode.nlink(), facts.backrefs);
        }
        if (type == S_IFDIR && !unlinked && inode.nlink() != 2 + facts.subdirectories) {
            report.problem("directory %d: nlink %d with %d subdirectories", ino, inode.nlink(), facts.subdirectories);
        }
    }

    private void finishEntry(EntryKey key, Entry entry) {
        if (entry.seen != (DIRENT | READDIR | BACKREF)) {
            report.problem(
                    "directory %d position %d: of its three items only %d are there",
                    key.dir(), key.pos(), Integer.bitCount(entry.seen));
        }
        Facts target = inodes.get(entry.ino);
        InodeItem inode = target == null ? null : target.inode;
        if (inode == null) {
            report.problem("directory %d position %d: inode %d does not exist", key.dir(), key.pos(), entry.ino);
            return;
        }
        int type = types.getOrDefault(key, -1);
        int expected = DirentType.ofMode(inode.mode()).map(DirentType::code).orElse(-1);
        if (type >= 0 && type != expected) {
            report.problem(
                    "directory %d position %d: type %d, inode %d has mode %o",
                    key.dir(), key.pos(), type, entry.ino, inode.mode());
        }
    }

    /** Every directory leads up to the root. */
    private void reachable() {
        Set<Long> good = new HashSet<>();
        good.add(VolumeLayout.ROOT_INO);
        for (Map.Entry<Long, Facts> entry : inodes.entrySet()) {
            InodeItem inode = entry.getValue().inode;
            if (inode == null || (inode.mode() & S_IFMT) != S_IFDIR || inode.nlink() == 0) {
                continue;
            }
            Set<Long> path = new HashSet<>();
            long at = entry.getKey();
            while (!good.contains(at) && path.add(at)) {
                Facts facts = inodes.get(at);
                at = facts == null ? 0 : facts.parent;
            }
            if (good.contains(at)) {
                good.addAll(path);
            } else {
                report.problem("directory %d cannot be reached from the root", entry.getKey());
            }
        }
    }

    private void tags() {
        if (!totals.equals(xattrs.totals())) {
            report.problem("totals are %s, the attributes sum up to %s", totals, xattrs.totals());
        }
        if (!indexed.equals(xattrs.indexed())) {
            report.problem(
                    "%d indx items, the attributes want %d",
                    indexed.size(), xattrs.indexed().size());
        }
        Set<SrchEntry> wanted = xattrs.searchable();
        if (!srch.present.equals(wanted)) {
            Set<SrchEntry> missing = new HashSet<>(wanted);
            missing.removeAll(srch.present);
            Set<SrchEntry> stray = new HashSet<>(srch.present);
            stray.removeAll(wanted);
            report.problem("srch files lack %s and have too much of %s", missing, stray);
        }
    }
}
