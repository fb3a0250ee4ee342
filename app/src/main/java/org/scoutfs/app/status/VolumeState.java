package org.scoutfs.app.status;

import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.scoutfs.block.BlockCache;
import org.scoutfs.block.CacheLimits;
import org.scoutfs.block.MetaDevice;
import org.scoutfs.block.QuorumBlockFile;
import org.scoutfs.block.SuperBlockFile;
import org.scoutfs.btree.BtreeReader;
import org.scoutfs.counter.Counters;
import org.scoutfs.counter.Triggers;
import org.scoutfs.device.Access;
import org.scoutfs.device.BlockDevice;
import org.scoutfs.device.DeviceException;
import org.scoutfs.device.FileDevice;
import org.scoutfs.device.Sharing;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.error.StaleException;
import org.scoutfs.format.Keys;
import org.scoutfs.format.MountedClient;
import org.scoutfs.format.QuorumBlock;
import org.scoutfs.format.QuorumBlockEvent;
import org.scoutfs.format.QuorumConfig;
import org.scoutfs.format.SuperBlock;
import org.scoutfs.host.Host;
import org.scoutfs.quorum.LeaderFinder;

/**
 * What a metadata device says of its mounts. Others may write while it is read, so parts may be a moment apart.
 *
 * @param slots quorum blocks of the slots that are configured, by number
 * @param clients all mounts that have not left, by rid
 * @param leader where a server may be running; null if nobody was elected since the last one stopped
 */
record VolumeState(
        long fsid,
        QuorumConfig config,
        Map<Integer, QuorumBlock> slots,
        Map<Long, MountedClient> clients,
        LeaderFinder.@Nullable Leader leader) {
    private static final long CACHE_BYTES = 16L << 20;

    /** Each attempt begins with a newer super block; servers write some per second. */
    private static final int ATTEMPTS = 10;

    static VolumeState read(Path meta) throws FsException {
        try (Host host = Host.system();
                BlockDevice device = FileDevice.open(meta, Access.READ_ONLY, Sharing.SHARED);
                MetaDevice metaDevice = new MetaDevice(device, host, 1)) {
            SuperBlockFile superBlocks = new SuperBlockFile(metaDevice);
            for (int attempt = 1; ; attempt++) {
                SuperBlock found = superBlocks.read();
                if (!found.isMetaDevice()) {
                    throw new FsException(Errno.EINVAL, "'" + meta + "' is a data device: give the metadata device");
                }
                try (BlockCache blocks = new BlockCache(
                        metaDevice,
                        found.fsid(),
                        found.totalMetaBlocks(),
                        CacheLimits.of(CACHE_BYTES),
                        new Counters(),
                        new Triggers())) {
                    return of(found, new QuorumBlockFile(metaDevice, found.fsid()), blocks);
                } catch (StaleException e) {
                    if (attempt == ATTEMPTS) {
                        throw e;
                    }
                }
            }
        } catch (DeviceException e) {
            throw new FsException(e.errno(), "cannot read '" + meta + "': " + e.getMessage(), e);
        } catch (java.io.IOException e) {
            throw new FsException(Errno.EIO, "cannot read '" + meta + "': " + e.getMessage(), e);
        }
    }

    private static VolumeState of(SuperBlock found, QuorumBlockFile quorum, BlockCache blocks) throws FsException {
        Map<Integer, QuorumBlock> slots = new TreeMap<>();
        for (int slot = 0; slot < QuorumConfig.SLOTS; slot++) {
            if (found.quorumConfig().isPresent(slot)) {
                slots.put(slot, quorum.read(slot));
            }
        }
        Map<Long, MountedClient> clients = new TreeMap<>(Long::compareUnsigned);
        new BtreeReader(blocks)
                .forEach(
                        found.mountedClients(),
                        Keys.mountedClient(0),
                        Keys.mountedClient(-1),
                        (key, seq, flags, block, offset, length) -> {
                            clients.put(key.first(), MountedClient.read(block, offset));
                            return true;
                        });
        return new VolumeState(
                found.fsid(),
                found.quorumConfig(),
                slots,
                clients,
                new LeaderFinder(quorum, found.quorumConfig()).find());
    }

    /** The slot that a mount uses; -1 if it has none. */
    int slotOf(long rid) {
        for (Map.Entry<Integer, QuorumBlock> entry : slots.entrySet()) {
            if (entry.getValue().isInUse()
                    && entry.getValue().event(QuorumBlockEvent.BEGIN).rid() == rid) {
                return entry.getKey();
            }
        }
        return -1;
    }

    boolean leads(long rid) {
        return leader != null && slotOf(rid) == leader.slot();
    }
}
