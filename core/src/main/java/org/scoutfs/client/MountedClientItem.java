package org.scoutfs.client;

import org.scoutfs.block.BlockCache;
import org.scoutfs.block.SuperBlockFile;
import org.scoutfs.btree.BtreeReader;
import org.scoutfs.error.FsException;
import org.scoutfs.format.Keys;
import org.scoutfs.net.MountedClientLookup;

/**
 * Looks the mount's own item up in the committed tree of mounted clients (spec 3 section 7). While a farewell is under way its
 * absence proves that the farewell was processed, whether or not the answer has arrived.
 */
public final class MountedClientItem implements MountedClientLookup {
    private final SuperBlockFile superBlock;
    private final BtreeReader reader;
    private final long rid;

    public MountedClientItem(SuperBlockFile superBlock, BlockCache blocks, long rid) {
        this.superBlock = superBlock;
        this.reader = new BtreeReader(blocks);
        this.rid = rid;
    }

    @Override
    public boolean isMounted() throws FsException {
        return reader.lookup(superBlock.read().mountedClients(), Keys.mountedClient(rid)) != null;
    }
}
