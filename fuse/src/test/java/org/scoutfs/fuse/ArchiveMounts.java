package org.scoutfs.fuse;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.Assumptions;
import org.scoutfs.device.Access;
import org.scoutfs.device.MemoryDevice;
import org.scoutfs.error.FsException;
import org.scoutfs.format.InetAddr;
import org.scoutfs.format.MkfsImage;
import org.scoutfs.format.MkfsParameters;
import org.scoutfs.format.Timespec;
import org.scoutfs.fs.OpenFile;
import org.scoutfs.host.Host;
import org.scoutfs.mount.Mount;
import org.scoutfs.mount.MountOptions;
import org.scoutfs.vfs.ArchiveFiles;
import org.scoutfs.vfs.ArchiveFiles.StageSource;
import org.scoutfs.vfs.SimpleCredentials;

/** A volume in memory with two mounts, both on a directory through FUSE, with clients; everything is gone after close. */
final class ArchiveMounts implements AutoCloseable {
    static final int BLOCK = 4096;
    private static final SimpleCredentials ROOT = SimpleCredentials.root();

    private final Host host = Host.system();
    private final Path base;
    private final List<Client> clients = new ArrayList<>();
    private final List<OpenFile> files = new ArrayList<>();
    final Node a;
    final Node b;

    /** One of the mounts. */
    final class Node {
        final Mount mount;
        final FuseMount fuse;
        final Path directory;

        Node(MemoryDevice meta, MemoryDevice data, String options, String name, FuseOptions fuseOptions)
                throws Exception {
            mount = Mount.open(host, meta, data, MountOptions.parse(options));
            directory = Files.createDirectory(base.resolve(name));
            fuse = FuseMount.mount(mount.vfs(), directory, fuseOptions, host, mount.counters());
        }

        String path(String name) {
            return directory + "/" + name;
        }

        ArchiveFiles archive() {
            return mount.vfs().archiveFiles();
        }

        long count(String counter) {
            return mount.counters().get(counter).get();
        }

        /** A file with the clients' pattern, by the embedded door. */
        OpenFile file(String name, int bytes, int seed) throws FsException {
            OpenFile file = opened(
                    mount.vfs().create(ROOT, 1, name.getBytes(UTF_8), 0644, 2).file());
            mount.vfs().write(file, 0, MemorySegment.ofArray(pattern(bytes, seed)), false);
            return file;
        }

        OpenFile open(long ino) throws FsException {
            return opened(mount.vfs().open(ROOT, ino, 2));
        }

        private OpenFile opened(OpenFile file) {
            files.add(file);
            return file;
        }

        long version(OpenFile file) throws FsException {
            return mount.vfs().getattr(file.ino()).dataVersion();
        }

        void release(OpenFile file, long offset, long length) throws FsException {
            archive().release(file, offset, length, version(file));
        }

        void stage(OpenFile file, int offset, int length, int seed) throws FsException {
            byte[] bytes = pattern(offset + length, seed);
            MemorySegment part = MemorySegment.ofArray(bytes).asSlice(offset, length);
            archive().stage(file, version(file), offset, length, StageSource.of(part));
        }

        List<ArchiveFiles.Waiting> waiting() throws FsException {
            return archive().dataWaiting(0, 0, 0, 1000);
        }
    }

    ArchiveMounts(Transport transport) throws Exception {
        Assumptions.assumeTrue(Mounted.canMount(), "needs root and /dev/fuse");
        if (transport == Transport.IO_URING) {
            RingSupport.switchOn();
            Assumptions.assumeTrue(
                    RingSupport.isOffered() && RingSupport.obstacle().isEmpty(), "no FUSE over io_uring");
        }
        base = Files.createTempDirectory(Path.of("/tmp"), "fuse-data-");
        long metaBytes = 64L << 30;
        MemoryDevice meta = MemoryDevice.create("meta", metaBytes);
        MemoryDevice data = MemoryDevice.create("data", metaBytes);
        MkfsImage image = MkfsImage.of(new MkfsParameters(
                metaBytes,
                metaBytes,
                0x5b0591faeec8e477L,
                new UUID(1, 2),
                Timespec.ZERO,
                2,
                List.of(new MkfsParameters.QuorumSlot(0, InetAddr.parse(ownAddress(), 24_561))),
                0));
        for (MkfsImage.Write write : image.writes()) {
            (write.device() == MkfsImage.Device.META ? meta : data).write(write.offsetBytes(), write.bytes());
        }
        FuseOptions options = FuseOptions.of("data-test").withTransport(transport);
        a = new Node(meta.open(Access.READ_WRITE), data.open(Access.READ_WRITE), "quorum_slot_nr=0", "a", options);
        b = new Node(meta.open(Access.READ_WRITE), data.open(Access.READ_WRITE), "", "b", options);
    }

    /** An address of this machine on which nobody else listens. */
    private static String ownAddress() {
        ThreadLocalRandom random = ThreadLocalRandom.current();
        return "127.%d.%d.%d".formatted(random.nextInt(1, 250), random.nextInt(250), random.nextInt(1, 250));
    }

    /** What the client's command {@code check} expects. */
    static byte[] pattern(int bytes, int seed) {
        byte[] pattern = new byte[bytes];
        for (int i = 0; i < bytes; i++) {
            pattern[i] = (byte) (i * 31 + i / 4096 + seed);
        }
        return pattern;
    }

    Client client() throws IOException, InterruptedException {
        Client client = new Client();
        clients.add(client);
        return client;
    }

    @Override
    public void close() throws IOException, FsException {
        clients.forEach(Client::close);
        b.fuse.close();
        a.fuse.close();
        b.mount.close();
        a.mount.close();
        host.close();
        Files.delete(a.directory);
        Files.delete(b.directory);
        Files.delete(base);
    }
}
