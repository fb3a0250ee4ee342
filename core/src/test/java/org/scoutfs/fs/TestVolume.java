package org.scoutfs.fs;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import org.scoutfs.block.BlockCache;
import org.scoutfs.block.CacheLimits;
import org.scoutfs.block.MetaDevice;
import org.scoutfs.block.QuorumBlockFile;
import org.scoutfs.block.SuperBlockFile;
import org.scoutfs.check.CheckReport;
import org.scoutfs.check.VolumeCheck;
import org.scoutfs.counter.Counters;
import org.scoutfs.counter.Triggers;
import org.scoutfs.device.Access;
import org.scoutfs.device.MemoryDevice;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.InetAddr;
import org.scoutfs.format.MkfsImage;
import org.scoutfs.format.MkfsParameters;
import org.scoutfs.format.SuperBlock;
import org.scoutfs.format.Timespec;
import org.scoutfs.host.Host;
import org.scoutfs.net.VolumeIdentity;
import org.scoutfs.quorum.EarlierLeaders;
import org.scoutfs.quorum.ServerControl;
import org.scoutfs.server.FenceRequests;
import org.scoutfs.server.Server;
import org.scoutfs.server.ServerConfig;
import org.scoutfs.server.ServerOptions;

/** A new volume on devices in memory, and its server on a loopback port, without mounts. */
public final class TestVolume implements AutoCloseable {
    private static final long FSID = 0x5b0591faeec8e477L;
    private static final long META_BYTES = 64L << 30;
    private static final long DATA_BYTES = 64L << 30;
    private static final long SERVER_RID = 77;
    static final CacheLimits LIMITS = new CacheLimits(256L << 20, 1L << 30, 1, false);

    final Host host;
    final MemoryDevice meta;
    final MemoryDevice data;
    final VolumeIdentity identity;
    final SuperBlock superBlock;
    private final MetaDevice metaDevice;
    private final BlockCache blocks;
    private final Server server;

    private TestVolume(Host host, MemoryDevice meta, MemoryDevice data) throws FsException {
        this.host = host;
        this.meta = meta;
        this.data = data;
        Counters counters = new Counters();
        Triggers triggers = new Triggers();
        this.metaDevice = new MetaDevice(meta.open(Access.READ_WRITE), host, 1);
        SuperBlockFile superFile = new SuperBlockFile(metaDevice);
        this.superBlock = superFile.read();
        this.identity = new VolumeIdentity(superBlock.fsid(), superBlock.formatVersion());
        this.blocks = new BlockCache(metaDevice, FSID, superBlock.totalMetaBlocks(), LIMITS, counters, triggers);
        this.server = new Server(new ServerConfig(
                host,
                counters,
                triggers,
                blocks,
                superFile,
                identity,
                new EarlierLeaders(
                        new QuorumBlockFile(metaDevice, FSID), superBlock.quorumConfig(), FSID, SERVER_RID, counters),
                new FenceRequests(host.clock(), FenceRequests.View.NONE),
                meta::sizeBytes,
                data::sizeBytes,
                InetAddr.parse("127.0.0.1", 0),
                SERVER_RID,
                ServerOptions.DEFAULTS));
        server.start(1);
        if (server.awaitStarted() != ServerControl.State.UP) {
            throw new FsException(Errno.EIO, "the server did not start");
        }
    }

    public static TestVolume create() throws Exception {
        MkfsImage image = MkfsImage.of(new MkfsParameters(
                META_BYTES,
                DATA_BYTES,
                FSID,
                new UUID(1, 2),
                Timespec.ZERO,
                2,
                List.of(new MkfsParameters.QuorumSlot(0, InetAddr.parse("127.0.0.1", 42000))),
                0));
        MemoryDevice meta = MemoryDevice.create("meta", META_BYTES);
        MemoryDevice data = MemoryDevice.create("data", DATA_BYTES);
        for (MkfsImage.Write write : image.writes()) {
            MemoryDevice device = write.device() == MkfsImage.Device.META ? meta : data;
            device.write(write.offsetBytes(), write.bytes());
        }
        return new TestVolume(Host.system(), meta, data);
    }

    /** Fills the front of the data device, behind its super block, with bytes that nobody wrote into a file: -1. */
    public void scribbleOnData(long bytes) throws IOException {
        byte[] scribble = new byte[1 << 16];
        Arrays.fill(scribble, (byte) -1);
        for (long at = 2L * scribble.length; at < bytes; at += scribble.length) {
            data.write(at, MemorySegment.ofArray(scribble));
        }
    }

    InetAddr serverAddress() {
        InetAddr address = server.address();
        if (address == null) {
            throw new IllegalStateException("the server is down");
        }
        return address;
    }

    /** Another mount. The caller closes it before the volume. */
    public TestClient mount() throws FsException {
        return new TestClient(this, false);
    }

    /** As {@link #mount}, with the contents of files. */
    public TestClient mountWithData() throws FsException {
        return new TestClient(this, true);
    }

    /** Every invariant of the volume, after {@link #close}. */
    public CheckReport check() throws IOException {
        try (Host checker = Host.system()) {
            return VolumeCheck.run(checker, meta.open(Access.READ_ONLY), data.open(Access.READ_ONLY));
        }
    }

    @Override
    public void close() {
        server.stop();
        server.awaitDown();
        blocks.close();
        metaDevice.close();
        host.close();
    }
}
