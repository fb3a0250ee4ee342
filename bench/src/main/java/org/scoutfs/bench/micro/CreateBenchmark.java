package org.scoutfs.bench.micro;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.scoutfs.device.MemoryDevice;
import org.scoutfs.format.InetAddr;
import org.scoutfs.format.MkfsImage;
import org.scoutfs.format.MkfsParameters;
import org.scoutfs.format.Timespec;
import org.scoutfs.host.Host;
import org.scoutfs.mount.Mount;
import org.scoutfs.mount.MountOptions;
import org.scoutfs.vfs.SimpleCredentials;
import org.scoutfs.vfs.Vfs;

/** Creating items through the item cache of a mounted volume in memory: an empty file is an inode, two entries and an index item. */
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@SuppressWarnings("NullAway.Init")
public class CreateBenchmark {
    private static final long DEVICE_BYTES = 64L << 30;
    private static final int PORT = 42_017;
    private static final int FILE_MODE = 0100644;

    private final SimpleCredentials who = SimpleCredentials.root();
    private Host host;
    private Mount mount;
    private long next;

    /** Makes and mounts the volume. */
    @Setup
    public void setUp() throws Exception {
        MemoryDevice meta = MemoryDevice.create("meta", DEVICE_BYTES);
        MemoryDevice data = MemoryDevice.create("data", DEVICE_BYTES);
        MkfsImage image = MkfsImage.of(new MkfsParameters(
                DEVICE_BYTES,
                DEVICE_BYTES,
                0x5c0f5,
                new UUID(1, 2),
                Timespec.ZERO,
                2,
                List.of(new MkfsParameters.QuorumSlot(0, InetAddr.parse("127.0.0.1", PORT))),
                0));
        for (MkfsImage.Write write : image.writes()) {
            (write.device() == MkfsImage.Device.META ? meta : data).write(write.offsetBytes(), write.bytes());
        }
        host = Host.system();
        mount = Mount.open(host, meta, data, MountOptions.parse("quorum_slot_nr=0"));
    }

    /** Commits and unmounts. */
    @TearDown
    public void tearDown() throws Exception {
        mount.close();
        host.close();
    }

    /** One empty file; all in one directory. Commits run beside, as they do in a mount. */
    @Benchmark
    public long createFile() throws Exception {
        byte[] name = Long.toString(next++).getBytes(StandardCharsets.US_ASCII);
        long ino = mount.vfs().mknod(who, Vfs.ROOT_INO, name, FILE_MODE, 0).ino();
        mount.vfs().forget(ino, 1);
        return ino;
    }
}
