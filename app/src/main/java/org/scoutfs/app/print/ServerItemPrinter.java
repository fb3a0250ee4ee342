package org.scoutfs.app.print;

import static org.scoutfs.app.print.PrintOutput.u;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.BitSet;
import java.util.List;
import org.scoutfs.app.print.BtreePrinter.Item;
import org.scoutfs.format.AllocExtentRoot;
import org.scoutfs.format.AllocListHead;
import org.scoutfs.format.BlockReference;
import org.scoutfs.format.BtreeRoot;
import org.scoutfs.format.Key;
import org.scoutfs.format.LogMergeComplete;
import org.scoutfs.format.LogMergeFreeing;
import org.scoutfs.format.LogMergeRange;
import org.scoutfs.format.LogMergeRequest;
import org.scoutfs.format.LogMergeStatus;
import org.scoutfs.format.LogTrees;
import org.scoutfs.format.MountedClient;
import org.scoutfs.format.SrchCompact;
import org.scoutfs.format.SrchCompactInput;
import org.scoutfs.format.SrchEntry;
import org.scoutfs.format.SrchFile;
import org.scoutfs.format.Types;
import org.scoutfs.format.Zones;

/** Prints the items of the server's own trees. */
final class ServerItemPrinter {
    private final PrintOutput out;

    ServerItemPrinter(PrintOutput out) {
        this.out = out;
    }

    void mountedClient(Item item, MemorySegment value, boolean isParent) throws IOException {
        if (isParent) {
            out.format("    rid %016x%n", item.key().first());
            return;
        }
        MountedClient client = MountedClient.read(value, 0);
        out.format(
                "    rid %016x ipv4_addr %s flags 0x%x%n",
                item.key().first(), client.addr().dotted(), client.flags());
    }

    void freeExtent(Item item, MemorySegment value, boolean isParent) throws IOException {
        Key key = item.key();
        if (key.zone() == Zones.FREE_EXTENT_BLKNO) {
            long last = key.first();
            long len = key.second();
            out.format("    free extent: blkno %s len %s end %s%n", u(last - len + 1), u(len), u(last));
        } else {
            long len = key.third();
            out.format(
                    "    free extent: blkno %s len %s order %s%n", u(key.second() - len + 1), u(len), u(~key.first()));
        }
    }

    void logMerge(Item item, MemorySegment value, boolean isParent) throws IOException {
        if (isParent) {
            out.format("    %s%n", item.key());
            return;
        }
        switch (item.key().zone()) {
            case Zones.LOG_MERGE_STATUS -> {
                LogMergeStatus status = LogMergeStatus.read(value, 0);
                out.format(
                        "    status: next_range_key %s nr_req %s nr_comp %s seq %s%n",
                        status.nextRangeKey(), u(status.nrRequests()), u(status.nrComplete()), u(status.seq()));
            }
            case Zones.LOG_MERGE_RANGE -> {
                LogMergeRange range = LogMergeRange.read(value, 0);
                out.format("    range: start %s end %s%n", range.start(), range.end());
            }
            case Zones.LOG_MERGE_REQUEST -> {
                LogMergeRequest request = LogMergeRequest.read(value, 0);
                out.format(
                        "    request: logs_root %s root %s start %s end %s input_seq %s rid %016x seq %s flags 0x%x%n",
                        root(request.logsRoot()),
                        root(request.root()),
                        request.start(),
                        request.end(),
                        u(request.inputSeq()),
                        request.rid(),
                        u(request.seq()),
                        request.flags());
                lists(request.metaAvail(), request.metaFreed());
            }
            case Zones.LOG_MERGE_COMPLETE -> {
                LogMergeComplete complete = LogMergeComplete.read(value, 0);
                out.format(
                        "    complete: root %s start %s end %s remain %s rid %016x seq %s flags 0x%x%n",
                        root(complete.root()),
                        complete.start(),
                        complete.end(),
                        complete.remain(),
                        complete.rid(),
                        u(complete.seq()),
                        complete.flags());
                lists(complete.metaAvail(), complete.metaFreed());
            }
            case Zones.LOG_MERGE_FREEING -> {
                LogMergeFreeing freeing = LogMergeFreeing.read(value, 0);
                out.format(
                        "    freeing: root %s key %s seq %s%n", root(freeing.root()), freeing.key(), u(freeing.seq()));
            }
            default -> out.format("    (unknown zone %d)%n", item.key().zone());
        }
    }

    private static String root(BtreeRoot root) {
        return "height " + root.height() + " blkno " + u(root.ref().blkno()) + " seq "
                + u(root.ref().seq());
    }

    private void lists(AllocListHead avail, AllocListHead freed) throws IOException {
        out.format("      meta_avail: %s%n      meta_freed: %s%n", list(avail), list(freed));
    }

    static String list(AllocListHead head) {
        return String.format(
                "blkno %s seq %s total_nr %s first_nr %s flags 0x%x",
                u(head.ref().blkno()),
                u(head.ref().seq()),
                u(head.totalNr()),
                Integer.toUnsignedString(head.firstNr()),
                head.flags());
    }

    void srch(Item item, MemorySegment value, boolean isParent) throws IOException {
        Key key = item.key();
        out.format("    %s%n", key);
        if (isParent) {
            return;
        }
        switch (key.type()) {
            case Types.SRCH_LOG, Types.SRCH_SORTED -> out.format("      %s%n", file(SrchFile.read(value, 0)));
            case Types.SRCH_PENDING, Types.SRCH_BUSY -> printCompact(SrchCompact.read(value, 0));
            default -> out.format("      (unknown zone %d type %d)%n", key.zone(), key.type());
        }
    }

    private void printCompact(SrchCompact compact) throws IOException {
        out.format(
                "      compact: id %s nr %d flags 0x%x%n",
                u(compact.id()), compact.in().size(), compact.flags());
        lists(compact.metaAvail(), compact.metaFreed());
        out.format("      out: %s%n", file(compact.out()));
        List<SrchCompactInput> inputs = compact.in();
        for (int i = 0; i < inputs.size(); i++) {
            SrchCompactInput input = inputs.get(i);
            out.format("      in[%d]: blk %s pos %s %s%n", i, u(input.blk()), u(input.pos()), file(input.file()));
        }
    }

    static String entry(SrchEntry entry) {
        return String.format("%016x.%s.%s", entry.hash(), u(entry.ino()), u(entry.id()));
    }

    static String file(SrchFile file) {
        return String.format(
                "f %s l %s blks %s ents %s hei %d blkno %s seq %016x",
                entry(file.first()),
                entry(file.last()),
                u(file.blocks()),
                u(file.entries()),
                file.height(),
                u(file.ref().blkno()),
                file.ref().seq());
    }

    void logTrees(Item item, MemorySegment value, boolean isParent) throws IOException {
        out.format("    rid %s nr %s%n", u(item.key().first()), u(item.key().second()));
        if (isParent) {
            return;
        }
        LogTrees trees = LogTrees.read(value, 0);
        lists(trees.metaAvail(), trees.metaFreed());
        out.format("      item_root: %s%n", root(trees.itemRoot()));
        BlockReference bloom = trees.bloomRef();
        out.format("      bloom_ref: blkno %s seq %s%n", u(bloom.blkno()), u(bloom.seq()));
        out.format(
                "      data_avail: %s%n      data_freed: %s%n", extents(trees.dataAvail()), extents(trees.dataFreed()));
        out.format("      srch_file: %s%n", file(trees.srchFile()));
        out.format("      inode_count_delta: %d%n", trees.inodeCountDelta());
        out.format("      get_trans_seq: %s%n", u(trees.getTransSeq()));
        out.format("      commit_trans_seq: %s%n", u(trees.commitTransSeq()));
        out.format("      max_item_seq: %s%n", u(trees.maxItemSeq()));
        out.format("      finalize_seq: %s%n", u(trees.finalizeSeq()));
        out.format("      rid: %016x%n      nr: %s%n      flags: %x%n", trees.rid(), u(trees.nr()), trees.flags());
        out.format("      data_alloc_zone_blocks: %s%n", u(trees.dataAllocZoneBlocks()));
        StringBuilder zones = new StringBuilder("      data_alloc_zones: ");
        BitSet set = trees.dataAllocZones().toBitSet();
        for (int zone = set.nextSetBit(0); zone >= 0; zone = set.nextSetBit(zone + 1)) {
            zones.append(zone).append(' ');
        }
        out.format("%s%n", zones);
    }

    private static String extents(AllocExtentRoot extents) {
        BtreeRoot root = extents.root();
        return String.format(
                "blkno %s seq %s height %d total_len %s flags 0x%x",
                u(root.ref().blkno()), u(root.ref().seq()), root.height(), u(extents.totalLen()), extents.flags());
    }
}
