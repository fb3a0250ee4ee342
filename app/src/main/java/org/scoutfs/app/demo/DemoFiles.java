package org.scoutfs.app.demo;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.scoutfs.app.mkfs.NewVolume;
import org.scoutfs.device.Access;
import org.scoutfs.device.BlockDevice;
import org.scoutfs.device.FileDevice;
import org.scoutfs.device.Sharing;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.InetAddr;
import org.scoutfs.format.MkfsParameters;
import org.scoutfs.format.MkfsParameters.QuorumSlot;
import org.scoutfs.format.VolumeLayout;

/**
 * What the demonstration makes in its directory: two sparse files, and a mount point and a log for each mount.
 *
 * @param directory absolute
 */
record DemoFiles(Path directory) {
    private static final int FIRST_PORT = 42_000;
    private static final int PORTS = 100;
    private static final long DEVICE_BYTES = 64L << 30;

    Path meta() {
        return directory.resolve("meta.img");
    }

    Path data() {
        return directory.resolve("data.img");
    }

    Path mountPoint() {
        return directory.resolve("mnt");
    }

    /** Of one of several mounts. */
    Path mountPoint(int slot) {
        return directory.resolve("m" + slot);
    }

    Path log() {
        return directory.resolve("mount.log");
    }

    Path log(int slot) {
        return directory.resolve("m" + slot + ".log");
    }

    String mountOptions() {
        return mountOptions(0);
    }

    String mountOptions(int slot) {
        return "metadev_path=" + meta() + ",quorum_slot_nr=" + slot;
    }

    /**
     * Makes the directory, the two files, and a volume of one quorum member on them.
     *
     * @param neededBytes of contents that will be copied in
     * @return the member's port on the loopback address
     * @throws FsException EEXIST if there is a volume, ENOSPC if the contents will not fit
     */
    int make(long neededBytes) throws IOException, FsException {
        return make(neededBytes, 1).getFirst();
    }

    /** As {@link #make(long)} with more members; their ports in the order of their slots, from 0. */
    List<Integer> make(long neededBytes, int members) throws IOException, FsException {
        for (Path file : List.of(meta(), data())) {
            if (Files.exists(file)) {
                throw new FsException(
                        Errno.EEXIST,
                        directory + " has a volume already; mount it with 'scoutfs mount -o " + mountOptions() + " "
                                + data() + " " + mountPoint() + "', or remove it, or give another DIR");
            }
        }
        Files.createDirectories(directory);
        // metadata and log need some, too
        long wantedBytes = neededBytes + neededBytes / 10 + (256L << 20);
        long usable = Files.getFileStore(directory).getUsableSpace();
        if (usable < wantedBytes) {
            throw new FsException(
                    Errno.ENOSPC,
                    directory + " has room for " + usable / 1_000_000 + " MB, the copy needs " + wantedBytes / 1_000_000
                            + " MB; give another DIR or a smaller --source");
        }
        sparse(meta());
        sparse(data());
        List<Integer> ports = freePorts(members);
        List<QuorumSlot> slots = new ArrayList<>();
        for (int slot = 0; slot < members; slot++) {
            slots.add(new QuorumSlot(slot, InetAddr.parse("127.0.0.1", ports.get(slot))));
            Files.createDirectories(members == 1 ? mountPoint() : mountPoint(slot));
        }
        MkfsParameters parameters =
                NewVolume.parameters(DEVICE_BYTES, DEVICE_BYTES, slots, VolumeLayout.FORMAT_VERSION_MAX, 0);
        try (BlockDevice metaDevice = FileDevice.open(meta(), Access.READ_WRITE, Sharing.EXCLUSIVE);
                BlockDevice dataDevice = FileDevice.open(data(), Access.READ_WRITE, Sharing.EXCLUSIVE)) {
            NewVolume.write(metaDevice, dataDevice, parameters);
        }
        return ports;
    }

    private static void sparse(Path path) throws IOException {
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
            file.setLength(DEVICE_BYTES);
        }
    }

    /** Free for elections (UDP) and for the server (TCP). Demos that start at the same moment look at different ones first. */
    private static List<Integer> freePorts(int count) throws FsException {
        List<Integer> ports = new ArrayList<>();
        int start = (int) (ProcessHandle.current().pid() % PORTS);
        for (int i = 0; i < PORTS && ports.size() < count; i++) {
            int port = FIRST_PORT + (start + i) % PORTS;
            if (isFree(port)) {
                ports.add(port);
            }
        }
        if (ports.size() < count) {
            throw new FsException(
                    Errno.EADDRINUSE,
                    "only " + ports.size() + " of " + count + " ports from " + FIRST_PORT + " to "
                            + (FIRST_PORT + PORTS - 1) + " are free");
        }
        return ports;
    }

    private static boolean isFree(int port) {
        InetAddress loopback = InetAddress.getLoopbackAddress();
        try (ServerSocket tcp = new ServerSocket(port, 1, loopback);
                DatagramSocket udp = new DatagramSocket(new InetSocketAddress(loopback, port))) {
            return tcp.isBound() && udp.isBound();
        } catch (IOException e) {
            // taken
            return false;
        }
    }

    /** Removes what {@link #make} has made; the directory too if nothing else is in it. */
    void remove() throws IOException {
        Files.deleteIfExists(meta());
        Files.deleteIfExists(data());
        Files.deleteIfExists(log());
        List<Path> directories = new ArrayList<>(List.of(mountPoint()));
        for (int slot = 0; slot < VolumeLayout.QUORUM_SLOTS; slot++) {
            Files.deleteIfExists(log(slot));
            directories.add(mountPoint(slot));
        }
        directories.add(directory);
        for (Path dir : directories) {
            try {
                Files.deleteIfExists(dir);
            } catch (DirectoryNotEmptyException e) {
                // the user's own files
                return;
            }
        }
    }
}
