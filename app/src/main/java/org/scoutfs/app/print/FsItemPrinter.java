package org.scoutfs.app.print;

import static org.scoutfs.app.print.PrintOutput.u;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import org.scoutfs.app.print.BtreePrinter.Item;
import org.scoutfs.format.DataExtentValue;
import org.scoutfs.format.Dirent;
import org.scoutfs.format.InodeItem;
import org.scoutfs.format.Key;
import org.scoutfs.format.Keys;
import org.scoutfs.format.Le;
import org.scoutfs.format.QuotaRule;
import org.scoutfs.format.Timespec;
import org.scoutfs.format.TotlValue;
import org.scoutfs.format.Types;
import org.scoutfs.format.XattrHeader;
import org.scoutfs.format.Zones;

/** Prints the items of the fs tree and of log trees. */
final class FsItemPrinter {
    /** The reference cuts what it shows of names and targets. */
    private static final int SHOWN_BYTES_MAX = 255;

    private final PrintOutput out;

    FsItemPrinter(PrintOutput out) {
        this.out = out;
    }

    void print(Item item, MemorySegment value, boolean isParent) throws IOException {
        out.format("    %s %s %s%n", item.key(), u(item.seq()), item.isDeletion() ? "d" : "-");
        if (!isParent && !item.isDeletion()) {
            printValue(item.key(), value);
        }
    }

    private void printValue(Key key, MemorySegment value) throws IOException {
        switch (key.zone()) {
            case Zones.INODE_INDEX -> out.format("      index: major %s ino %s%n", u(key.second()), u(key.third()));
            case Zones.ORPHAN -> out.format("    orphan: ino %s%n", u(key.second()));
            case Zones.XATTR_INDX -> printIndx(key);
            case Zones.QUOTA -> printQuotaRule(key, QuotaRule.read(value, 0));
            case Zones.XATTR_TOTL -> {
                TotlValue totl = TotlValue.read(value, 0);
                out.format(
                        "    xattr totl: %s.%s.%s = %d, %d%n",
                        u(key.first()), u(key.second()), u(key.third()), totl.total(), totl.count());
            }
            case Zones.FS -> printFsItem(key, value);
            default -> out.format("      (unknown zone %d type %d)%n", key.zone(), key.type());
        }
    }

    /** The reference ends this line without a newline. */
    private void printIndx(Key key) throws IOException {
        out.format(
                "    xattr indx: major %d minor %s ino %s xid %s",
                Keys.indxMajor(key), u(Keys.indxMinor(key)), u(Keys.indxIno(key)), u(Keys.indxXid(key)));
    }

    private void printQuotaRule(Key key, QuotaRule rule) throws IOException {
        out.format("    quota rule: hash 0x%016x coll_nr %s%n", key.second(), u(key.third()));
        StringBuilder text = new StringBuilder("      [").append(rule.prio());
        for (QuotaRule.Name name : rule.names()) {
            text.append(' ')
                    .append(u(name.value()))
                    .append(',')
                    .append(name.source())
                    .append(',')
                    .append(name.flags());
        }
        out.format("%s %d %s %d]%n", text, rule.op(), u(rule.limit()), rule.flags());
    }

    private void printFsItem(Key key, MemorySegment value) throws IOException {
        switch (key.type()) {
            case Types.INODE -> printInode(key, InodeItem.read(value, 0, (int) value.byteSize()));
            case Types.XATTR -> printXattr(key, value);
            case Types.DIRENT, Types.READDIR, Types.LINK_BACKREF -> {
                Dirent entry = Dirent.read(value, 0, (int) value.byteSize());
                out.format(
                        "    dirent: dir %s hash %016x pos %s type %d ino %s%n      name ",
                        u(key.first()), entry.hash(), u(entry.pos()), entry.type(), u(entry.ino()));
                out.name(entry.name(), entry.name().length);
                out.text("\n");
            }
            case Types.SYMLINK -> {
                out.format("    symlink: ino %s nr %s%n      target ", u(key.first()), u(key.second()));
                printString(value, 0, (int) value.byteSize());
            }
            case Types.DATA_EXTENT -> {
                DataExtentValue extent = DataExtentValue.read(value, 0);
                out.format(
                        "    extent: ino %s iblock %s len %s blkno %s flags %x%n",
                        u(key.first()),
                        u(key.second() - key.third() + 1),
                        u(key.third()),
                        u(extent.blkno()),
                        extent.flags());
            }
            default -> out.format("      (unknown zone %d type %d)%n", key.zone(), key.type());
        }
    }

    private void printInode(Key key, InodeItem inode) throws IOException {
        out.format(
                "    inode: ino %s size %s version %s proj %s nlink %s%n",
                u(key.first()),
                u(inode.size()),
                u(inode.version()),
                u(inode.proj()),
                Integer.toUnsignedString(inode.nlink()));
        out.format(
                "      uid %s gid %s mode 0%o rdev 0x%x flags 0x%x%n",
                Integer.toUnsignedString(inode.uid()),
                Integer.toUnsignedString(inode.gid()),
                inode.mode(),
                inode.rdev(),
                inode.flags());
        out.format(
                "      next_readdir_pos %s meta_seq %s data_seq %s data_version %s%n",
                u(inode.nextReaddirPos()), u(inode.metaSeq()), u(inode.dataSeq()), u(inode.dataVersion()));
        out.format("      atime %s ctime %s%n", time(inode.atime()), time(inode.ctime()));
        out.format("      mtime %s%n", time(inode.mtime()));
    }

    private static String time(Timespec time) {
        return u(time.seconds()) + "." + String.format("%08d", Integer.toUnsignedLong(time.nanos()));
    }

    private void printXattr(Key key, MemorySegment value) throws IOException {
        out.format(
                "    xattr: ino %s name_hash %08x id %s part %d%n",
                u(key.first()), key.second(), u(key.third()), key.fourth());
        if (key.fourth() == 0) {
            XattrHeader header = XattrHeader.read(value, 0);
            out.format("      name_len %d val_len %d name ", header.nameLen(), header.valLen());
            byte[] name = Le.bytes(value, XattrHeader.SIZE, header.nameLen());
            out.name(name, name.length);
            out.text("\n");
        }
    }

    private void printString(MemorySegment value, int from, int length) throws IOException {
        byte[] bytes = Le.bytes(value, from, length);
        int end = 0;
        while (end < bytes.length && end < SHOWN_BYTES_MAX && bytes[end] != 0) {
            end++;
        }
        out.name(bytes, end);
        out.text("\n");
    }
}
