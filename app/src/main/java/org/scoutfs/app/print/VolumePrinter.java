package org.scoutfs.app.print;

import static org.scoutfs.app.print.PrintOutput.u;

import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.scoutfs.device.BlockDevice;
import org.scoutfs.format.AllocExtentRoot;
import org.scoutfs.format.AllocListBlock;
import org.scoutfs.format.AllocListHead;
import org.scoutfs.format.BlockHeader;
import org.scoutfs.format.BlockReference;
import org.scoutfs.format.BtreeRoot;
import org.scoutfs.format.LogTrees;
import org.scoutfs.format.Magic;
import org.scoutfs.format.QuorumBlock;
import org.scoutfs.format.QuorumBlockEvent;
import org.scoutfs.format.SrchBlock;
import org.scoutfs.format.SrchEntry;
import org.scoutfs.format.SrchEntryCodec;
import org.scoutfs.format.SrchFile;
import org.scoutfs.format.SrchParent;
import org.scoutfs.format.SuperBlock;
import org.scoutfs.format.Types;
import org.scoutfs.format.VolumeLayout;

/** Prints a whole metadata device in the reference's order. Belongs to one thread. */
public final class VolumePrinter {
    private final PrintOutput out;
    private final BlockReader blocks;
    private final BtreePrinter trees;
    private final ServerItemPrinter serverItems;
    private final FsItemPrinter fsItems;
    private final boolean skipLikelyHuge;

    private VolumePrinter(PrintOutput out, BlockReader blocks, boolean skipLikelyHuge) {
        this.out = out;
        this.blocks = blocks;
        this.trees = new BtreePrinter(out, blocks);
        this.serverItems = new ServerItemPrinter(out);
        this.fsItems = new FsItemPrinter(out);
        this.skipLikelyHuge = skipLikelyHuge;
    }

    /**
     * Prints the metadata device.
     *
     * @param skipLikelyHuge leave out the structures that may be very large: free extents, srch blocks and the fs tree
     * @return false if the device is a data device: only its super block was printed
     */
    public static boolean print(BlockDevice device, OutputStream stream, boolean skipLikelyHuge) throws IOException {
        PrintOutput out = new PrintOutput(stream);
        try (Arena arena = Arena.ofConfined()) {
            return new VolumePrinter(out, new BlockReader(device, arena), skipLikelyHuge).printAll();
        } finally {
            out.flush();
        }
    }

    private boolean printAll() throws IOException {
        MemorySegment block = blocks.small(VolumeLayout.SUPER_BLKNO);
        SuperBlock superBlock = SuperBlock.read(block, 0);
        printSuper(block, superBlock);
        if (!superBlock.isMetaDevice()) {
            return false;
        }
        for (int slot = 0; slot < VolumeLayout.QUORUM_SLOTS; slot++) {
            printQuorumBlock(slot);
        }
        trees.print("mounted_clients", superBlock.mountedClients(), serverItems::mountedClient);
        trees.print("log_merge", superBlock.logMerge(), serverItems::logMerge);
        for (int i = 0; i < 2; i++) {
            printList("server_meta_avail[" + i + "]", superBlock.serverMetaAvail(i));
        }
        for (int i = 0; i < 2; i++) {
            printList("server_meta_freed[" + i + "]", superBlock.serverMetaFreed(i));
        }
        if (!skipLikelyHuge) {
            for (int i = 0; i < 2; i++) {
                printExtents("meta_alloc[" + i + "]", superBlock.metaAlloc(i));
            }
            printExtents("data_alloc", superBlock.dataAlloc());
        }
        List<SrchFile> files = new ArrayList<>();
        trees.print("srch_root", superBlock.srchRoot(), (item, value, isParent) -> {
            serverItems.srch(item, value, isParent);
            int type = item.key().type();
            if (!isParent && (type == Types.SRCH_LOG || type == Types.SRCH_SORTED)) {
                files.add(SrchFile.read(value, 0));
            }
        });
        List<LogTrees> logs = new ArrayList<>();
        trees.print("logs_root", superBlock.logsRoot(), (item, value, isParent) -> {
            serverItems.logTrees(item, value, isParent);
            if (!isParent) {
                logs.add(LogTrees.read(value, 0));
            }
        });
        if (!skipLikelyHuge) {
            for (SrchFile file : files) {
                printSrchFile(file);
            }
        }
        for (LogTrees log : logs) {
            printLogTrees(log);
        }
        if (!skipLikelyHuge) {
            trees.print("fs_root", superBlock.fsRoot(), fsItems::print);
        }
        return true;
    }

    private void printLogTrees(LogTrees log) throws IOException {
        printList("lt_meta_avail", log.metaAvail());
        printList("lt_meta_freed", log.metaFreed());
        printExtents("data_avail", log.dataAvail());
        printExtents("data_freed", log.dataFreed());
        if (!log.srchFile().isEmpty()) {
            printSrchFile(log.srchFile());
        }
        trees.print("", log.itemRoot(), fsItems::print);
    }

    private void printHeader(MemorySegment block) throws IOException {
        BlockHeader header = BlockHeader.read(block, 0);
        out.format(
                "  hdr: crc %08x %smagic %08x fsid %x blkno %s seq %s%n",
                header.crc(),
                BtreePrinter.wrongCrc(block, header),
                header.magic(),
                header.fsid(),
                u(header.blkno()),
                u(header.seq()));
    }

    private void printSuper(MemorySegment block, SuperBlock superBlock) throws IOException {
        out.format("super blkno %d%n", VolumeLayout.SUPER_BLKNO);
        printHeader(block);
        out.format("  fmt_vers %s uuid %s%n", u(superBlock.formatVersion()), superBlock.uuid());
        out.format("  flags: 0x%016x%n", superBlock.flags());
        out.format(
                "  next_ino %s inode_count %s seq %s%n",
                u(superBlock.nextIno()), u(superBlock.inodeCount()), u(superBlock.seq()));
        out.format(
                "  total_meta_blocks %s total_data_blocks %s%n",
                u(superBlock.totalMetaBlocks()), u(superBlock.totalDataBlocks()));
        for (int i = 0; i < 2; i++) {
            printExtentRoot("meta_alloc[" + i + "]", superBlock.metaAlloc(i));
        }
        printExtentRoot("data_alloc", superBlock.dataAlloc());
        for (int i = 0; i < 2; i++) {
            out.format("  server_meta_avail[%d]: %s%n", i, ServerItemPrinter.list(superBlock.serverMetaAvail(i)));
        }
        for (int i = 0; i < 2; i++) {
            out.format("  server_meta_freed[%d]: %s%n", i, ServerItemPrinter.list(superBlock.serverMetaFreed(i)));
        }
        printRoot("fs_root", superBlock.fsRoot());
        printRoot("logs_root", superBlock.logsRoot());
        printRoot("log_merge", superBlock.logMerge());
        printRoot("mounted_clients", superBlock.mountedClients());
        printRoot("srch_root", superBlock.srchRoot());
        out.format(
                "  volume options:%n    set_bits: %016x%n",
                superBlock.volumeOptions().setBits());
        if (superBlock.volumeOptions().isSet(0)) {
            out.format(
                    "    data_alloc_zone_blocks: %s%n",
                    u(superBlock.volumeOptions().dataAllocZoneBlocks()));
        }
        out.format("  quorum config version %s%n", u(superBlock.quorumConfig().version()));
        for (int slot = 0; slot < VolumeLayout.QUORUM_SLOTS; slot++) {
            if (superBlock.quorumConfig().isPresent(slot)) {
                out.format(
                        "    quorum slot %2d: %s:%d%n",
                        slot,
                        superBlock.quorumConfig().slot(slot).dotted(),
                        superBlock.quorumConfig().slot(slot).port());
            }
        }
    }

    private void printExtentRoot(String name, AllocExtentRoot extents) throws IOException {
        BtreeRoot root = extents.root();
        out.format(
                "  %s: blkno %s seq %s height %d total_len %s flags 0x%x%n",
                name,
                u(root.ref().blkno()),
                u(root.ref().seq()),
                root.height(),
                u(extents.totalLen()),
                extents.flags());
    }

    private void printRoot(String name, BtreeRoot root) throws IOException {
        out.format(
                "  %s: blkno %s seq %016x height %d%n",
                name, u(root.ref().blkno()), root.ref().seq(), root.height());
    }

    private void printQuorumBlock(int slot) throws IOException {
        long blkno = VolumeLayout.quorumBlkno(slot);
        MemorySegment block = blocks.small(blkno);
        QuorumBlock quorum = QuorumBlock.read(block, 0);
        out.format("quorum blkno %d (slot %d)%n", blkno, slot);
        printHeader(block);
        out.format("  write_nr %s%n", u(quorum.writeNr()));
        for (QuorumBlockEvent kind : QuorumBlockEvent.values()) {
            QuorumBlock.Event event = quorum.event(kind);
            out.format(
                    "%14s: rid %016x term %s write_nr %s ts %s.%08d%n",
                    kind.name().toLowerCase(Locale.ROOT),
                    event.rid(),
                    u(event.term()),
                    u(event.writeNr()),
                    u(event.ts().seconds()),
                    Integer.toUnsignedLong(event.ts().nanos()));
        }
    }

    private void printExtents(String name, AllocExtentRoot extents) throws IOException {
        trees.print(name, extents.root(), serverItems::freeExtent);
    }

    private void printList(String name, AllocListHead head) throws IOException {
        BlockReference ref = head.ref();
        Set<Long> seen = new HashSet<>();
        while (!ref.isZero()) {
            if (!blocks.holds(ref.blkno()) || !seen.add(ref.blkno())) {
                out.format("%s alloc_list_block blkno %s is not on the device or loops%n", name, u(ref.blkno()));
                return;
            }
            MemorySegment block = blocks.large(ref.blkno());
            out.format("%s alloc_list_block blkno %s%n", name, u(ref.blkno()));
            printHeader(block);
            BlockReference next = AllocListBlock.next(block, 0);
            int start = AllocListBlock.start(block, 0);
            int nr = AllocListBlock.nr(block, 0);
            out.format(
                    "  next blkno %s seq %s start %s nr %s%n",
                    u(next.blkno()), u(next.seq()), Integer.toUnsignedString(start), Integer.toUnsignedString(nr));
            if (AllocListBlock.isBounded(block, 0)) {
                printRuns(block, start, nr);
            }
            ref = next;
        }
    }

    /** Entries that follow each other both in the array and in number are shown as one run. */
    private void printRuns(MemorySegment block, int start, int nr) throws IOException {
        PrintOutput.WrappedList list = out.new WrappedList("  exts: ", "        ");
        int i = 0;
        while (i < nr) {
            long first = AllocListBlock.blkno(block, 0, start + i);
            int len = 1;
            while (i + len < nr && AllocListBlock.blkno(block, 0, start + i + len) == first + len) {
                len++;
            }
            list.add(u(first) + "," + len + " ");
            i += len;
        }
        list.end();
    }

    private void printSrchFile(SrchFile file) throws IOException {
        if (!file.ref().isZero()) {
            printSrchBlock(file.ref().blkno(), file.height() - 1, new HashSet<>());
        }
    }

    private void printSrchBlock(long blkno, int level, Set<Long> seen) throws IOException {
        if (!blocks.holds(blkno) || !seen.add(blkno)) {
            out.format("srch block blkno %s is not on the device or loops%n", u(blkno));
            return;
        }
        MemorySegment block = blocks.large(blkno);
        if (level > 0) {
            out.format("srch parent blkno %s%n", u(blkno));
            printHeader(block);
            for (int i = 0; i < SrchParent.CAPACITY; i++) {
                BlockReference ref = SrchParent.ref(block, 0, i);
                if (!ref.isZero()) {
                    out.format("  [%d]: blkno %s seq %s%n", i, u(ref.blkno()), u(ref.seq()));
                }
            }
            for (int i = 0; i < SrchParent.CAPACITY; i++) {
                BlockReference ref = SrchParent.ref(block, 0, i);
                if (!ref.isZero()) {
                    printSrchBlock(ref.blkno(), level - 1, seen);
                }
            }
            return;
        }
        out.format("srch block blkno %s%n", u(blkno));
        printHeader(block);
        out.format(
                "  first %s last %s tail %s%n",
                ServerItemPrinter.entry(SrchBlock.first(block, 0)),
                ServerItemPrinter.entry(SrchBlock.last(block, 0)),
                ServerItemPrinter.entry(SrchBlock.tail(block, 0)));
        int nr = SrchBlock.entryNr(block, 0);
        out.format("  entry_nr %d entry_bytes %d%n", nr, SrchBlock.entryBytes(block, 0));
        if (BlockHeader.magic(block, 0) == Magic.SRCH_BLOCK) {
            printSrchEntries(block, nr);
        }
    }

    private void printSrchEntries(MemorySegment block, int nr) throws IOException {
        SrchEntry previous = SrchEntry.ZERO;
        int pos = 0;
        for (int i = 0; i < nr && pos <= SrchBlock.SAFE_POS; i++) {
            long at = SrchBlock.ENTRIES + (long) pos;
            int length = SrchEntryCodec.encodedLength(block, at);
            previous = SrchEntryCodec.decode(block, at, previous);
            out.format("  [%d]: (%d) %s%n", i, length, ServerItemPrinter.entry(previous));
            pos += length;
        }
    }
}
