package org.scoutfs.check;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.UUID;
import org.scoutfs.device.Access;
import org.scoutfs.device.BlockDevice;
import org.scoutfs.device.MemoryDevice;
import org.scoutfs.error.FsException;
import org.scoutfs.format.InetAddr;
import org.scoutfs.format.MkfsImage;
import org.scoutfs.format.MkfsParameters;
import org.scoutfs.format.SuperBlock;
import org.scoutfs.format.Timespec;
import org.scoutfs.format.VolumeLayout;
import org.scoutfs.fs.Attributes;
import org.scoutfs.fs.Modes;
import org.scoutfs.fs.OpenFile;
import org.scoutfs.host.Host;
import org.scoutfs.mount.Mount;
import org.scoutfs.mount.MountOptions;
import org.scoutfs.vfs.SimpleCredentials;
import org.scoutfs.vfs.Vfs;

/** A volume on two devices in memory, and the little that a test does with its mounts. */
record SmallVolume(MemoryDevice meta, MemoryDevice data) {
    static final SimpleCredentials ROOT = SimpleCredentials.root();

    static SmallVolume create(long metaBytes, long dataBytes, long fsid, int port) throws Exception {
        MkfsImage image = MkfsImage.of(new MkfsParameters(
                metaBytes,
                dataBytes,
                fsid,
                new UUID(1, fsid),
                Timespec.ZERO,
                2,
                List.of(new MkfsParameters.QuorumSlot(0, InetAddr.parse("127.0.0.1", port))),
                0));
        MemoryDevice meta = MemoryDevice.create("meta", metaBytes);
        MemoryDevice data = MemoryDevice.create("data", dataBytes);
        for (MkfsImage.Write write : image.writes()) {
            MemoryDevice device = write.device() == MkfsImage.Device.META ? meta : data;
            device.write(write.offsetBytes(), write.bytes());
        }
        return new SmallVolume(meta, data);
    }

    SmallVolume copy() {
        return new SmallVolume(meta.copy("meta"), data.copy("data"));
    }

    Mount mount(Host host) throws FsException {
        return mount(host, meta, data);
    }

    static Mount mount(Host host, MemoryDevice meta, MemoryDevice data) throws FsException {
        return Mount.open(
                host,
                meta.open(Access.READ_WRITE),
                data.open(Access.READ_WRITE),
                MountOptions.parse("quorum_slot_nr=0"));
    }

    CheckReport check(Host host) throws IOException {
        return VolumeCheck.run(host, meta, data);
    }

    SuperBlock superBlock() throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            return SuperBlock.read(bytes(arena, meta, VolumeLayout.SUPER_OFFSET, VolumeLayout.SMALL_BLOCK_SIZE), 0);
        }
    }

    /** A large metadata block as it is on the device. */
    MemorySegment block(Arena arena, long blkno) throws IOException {
        return bytes(arena, meta, VolumeLayout.largeOffset(blkno), VolumeLayout.LARGE_BLOCK_SIZE);
    }

    private static MemorySegment bytes(Arena arena, BlockDevice device, long offset, int length) throws IOException {
        MemorySegment bytes = arena.allocate(length, VolumeLayout.SMALL_BLOCK_SIZE);
        device.read(offset, bytes);
        return bytes;
    }

    /** Turns some bits of the byte at an offset. */
    static void flip(BlockDevice device, long offset) throws IOException {
        long start = offset / VolumeLayout.SMALL_BLOCK_SIZE * VolumeLayout.SMALL_BLOCK_SIZE;
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment bytes = bytes(arena, device, start, VolumeLayout.SMALL_BLOCK_SIZE);
            int at = (int) (offset - start);
            bytes.set(java.lang.foreign.ValueLayout.JAVA_BYTE, at, (byte)
                    (bytes.get(java.lang.foreign.ValueLayout.JAVA_BYTE, at) ^ 0x5a));
            device.write(start, bytes);
        }
    }

    static byte[] name(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** A directory in the root. */
    static long mkdir(Vfs vfs, String name) throws FsException {
        return vfs.mkdir(ROOT, Vfs.ROOT_INO, name(name), 0755).ino();
    }

    /** A new file with contents; returns its inode number. */
    static long write(Vfs vfs, long dir, String name, byte[] contents) throws FsException {
        Vfs.Created created = vfs.create(ROOT, dir, name(name), 0644, Modes.O_WRONLY);
        try {
            int done = 0;
            while (done < contents.length) {
                done += vfs.write(
                        created.file(), done, MemorySegment.ofArray(contents).asSlice(done), false);
            }
        } finally {
            vfs.release(created.file());
        }
        return created.attributes().ino();
    }

    static byte[] read(Vfs vfs, long dir, String name) throws FsException {
        Attributes found = vfs.lookup(ROOT, dir, name(name));
        byte[] contents = new byte[(int) found.size()];
        OpenFile file = vfs.open(ROOT, found.ino(), 0);
        try {
            int done = 0;
            while (done < contents.length) {
                int got = vfs.read(file, done, MemorySegment.ofArray(contents).asSlice(done));
                if (got == 0) {
                    break;
                }
                done += got;
            }
        } finally {
            vfs.release(file);
        }
        return contents;
    }
}
