package org.scoutfs.server;

import java.util.function.LongSupplier;
import org.scoutfs.block.BlockCache;
import org.scoutfs.block.SuperBlockFile;
import org.scoutfs.counter.Counters;
import org.scoutfs.counter.Triggers;
import org.scoutfs.format.InetAddr;
import org.scoutfs.host.Host;
import org.scoutfs.net.VolumeIdentity;
import org.scoutfs.quorum.EarlierLeaders;

/**
 * What a mount gives its server. All of it belongs to the mount and outlives the server.
 *
 * @param cache of the mount, shared with its client side
 * @param volume fsid and format version that the mount found
 * @param earlierLeaders finds who has to be fenced before a start
 * @param fences where fence requests are made; nobody else makes any
 * @param metaBytes size of the metadata device now
 * @param dataBytes size of the data device now
 * @param address of the mount's quorum slot; port 0 lets the system choose one
 * @param rid of the mount
 */
public record ServerConfig(
        Host host,
        Counters counters,
        Triggers triggers,
        BlockCache cache,
        SuperBlockFile superBlock,
        VolumeIdentity volume,
        EarlierLeaders earlierLeaders,
        FenceRequests fences,
        LongSupplier metaBytes,
        LongSupplier dataBytes,
        InetAddr address,
        long rid,
        ServerOptions options) {}
