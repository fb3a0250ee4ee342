package org.scoutfs.mount;

import java.util.ArrayList;
import java.util.List;
import org.scoutfs.alloc.AllocDetail;
import org.scoutfs.block.StaleCheck;
import org.scoutfs.block.SuperBlockFile;
import org.scoutfs.btree.BtreeReader;
import org.scoutfs.client.ServerClient;
import org.scoutfs.error.FsException;
import org.scoutfs.error.StaleException;
import org.scoutfs.format.SuperBlock;
import org.scoutfs.format.wire.StatfsReply;
import org.scoutfs.vfs.VolumeDetails;

/** {@link VolumeDetails} of a mount: totals from the leader, free space from the committed super block. */
final class VolumeQuestions implements VolumeDetails {
    /** What the server and one mount keep for themselves (spec 5 section 2.5, number 10). */
    private static final long SERVER_META_BLOCKS = 16_370;

    private static final long MOUNT_META_BLOCKS = 18_311;

    private final long fsid;
    private final long rid;
    private final ServerClient client;
    private final SuperBlockFile superBlocks;
    private final AllocDetail detail;

    VolumeQuestions(long fsid, long rid, ServerClient client, SuperBlockFile superBlocks, BtreeReader trees) {
        this.fsid = fsid;
        this.rid = rid;
        this.client = client;
        this.superBlocks = superBlocks;
        this.detail = new AllocDetail(trees);
    }

    /** Reserved for one mount: only the leader knows how many there are, and the others must say one. */
    @Override
    public StatfsMore statfsMore() throws FsException {
        StatfsReply totals = client.statfs();
        return new StatfsMore(
                fsid,
                rid,
                client.getLastSeq(),
                totals.totalMetaBlocks(),
                totals.totalDataBlocks(),
                SERVER_META_BLOCKS + MOUNT_META_BLOCKS);
    }

    @Override
    public List<AllocEntry> allocDetail() throws FsException {
        StaleCheck check = new StaleCheck();
        while (true) {
            SuperBlock superBlock = superBlocks.read();
            List<AllocEntry> entries = new ArrayList<>();
            try {
                detail.forEach(
                        superBlock, (id, meta, avail, blocks) -> entries.add(new AllocEntry(id, blocks, meta, avail)));
                return entries;
            } catch (StaleException e) {
                check.check(
                        e, superBlock.logsRoot().ref(), superBlock.srchRoot().ref());
            }
        }
    }
}
