package org.scoutfs.bench;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.scoutfs.error.FsException;
import org.scoutfs.fs.Modes;
import org.scoutfs.fs.OpenFile;
import org.scoutfs.host.Host;
import org.scoutfs.mount.Mount;
import org.scoutfs.mount.MountOptions;
import org.scoutfs.vfs.SimpleCredentials;
import org.scoutfs.vfs.Vfs;

/** A directory of a volume that is mounted in this process: the engine without kernel and FUSE. */
final class EmbeddedTarget implements Target {
    private static final int DIRECTORY_MODE = 0755;
    private static final int FILE_MODE = 0644;

    private final Host host = Host.system();
    private final Mount mount;
    private final byte[] directoryName;
    private long directory;

    /** Mounts the volume as its only member, in quorum slot 0. */
    EmbeddedTarget(Path meta, Path data, String directoryName) throws IOException {
        this.directoryName = directoryName.getBytes(StandardCharsets.UTF_8);
        try {
            this.mount = Mount.open(host, meta, data, MountOptions.parse("quorum_slot_nr=0"));
        } catch (FsException e) {
            host.close();
            throw new IOException(e);
        }
    }

    @Override
    public void makeDirectory() throws IOException {
        try {
            directory = mount.vfs()
                    .mkdir(SimpleCredentials.root(), Vfs.ROOT_INO, directoryName, DIRECTORY_MODE)
                    .ino();
        } catch (FsException e) {
            throw new IOException(e);
        }
    }

    @Override
    public void removeDirectory() throws IOException {
        mount.vfs().forget(directory, 1);
        try {
            mount.vfs().rmdir(SimpleCredentials.root(), Vfs.ROOT_INO, directoryName);
        } catch (FsException e) {
            throw new IOException(e);
        }
    }

    @Override
    public Session session() {
        return new VfsSession(mount.vfs(), directory);
    }

    @Override
    public void settle() throws IOException {
        try {
            mount.vfs().syncfs();
        } catch (FsException e) {
            throw new IOException(e);
        }
    }

    @Override
    public void close() throws IOException {
        try {
            mount.close();
        } catch (FsException e) {
            throw new IOException(e);
        } finally {
            host.close();
        }
    }

    private static final class VfsSession implements Session {
        private final Vfs vfs;
        private final long directory;
        private final SimpleCredentials who = SimpleCredentials.root();
        private final Arena arena = Arena.ofShared();
        private final MemorySegment content = arena.allocate(LARGE_BYTES, SMALL_BYTES);
        private final MemorySegment small = content.asSlice(0, SMALL_BYTES);
        private @Nullable OpenFile large;

        VfsSession(Vfs vfs, long directory) {
            this.vfs = vfs;
            this.directory = directory;
            content.fill((byte) 0x5a);
        }

        private OpenFile openNew(byte[] name) throws FsException {
            Vfs.Created created =
                    vfs.create(who, directory, name, FILE_MODE, Modes.O_CREAT | Modes.O_EXCL | Modes.O_WRONLY);
            vfs.forget(created.attributes().ino(), 1);
            return created.file();
        }

        @Override
        public void create(byte[] name) throws IOException {
            try {
                vfs.release(openNew(name));
            } catch (FsException e) {
                throw new IOException(e);
            }
        }

        @Override
        public void stat(byte[] name) throws IOException {
            try {
                vfs.forget(vfs.lookup(who, directory, name).ino(), 1);
            } catch (FsException e) {
                throw new IOException(e);
            }
        }

        @Override
        public void rename(byte[] from, byte[] to) throws IOException {
            try {
                vfs.rename(who, directory, from, directory, to, 0);
            } catch (FsException e) {
                throw new IOException(e);
            }
        }

        @Override
        public void unlink(byte[] name) throws IOException {
            try {
                vfs.unlink(who, directory, name);
            } catch (FsException e) {
                throw new IOException(e);
            }
        }

        @Override
        public void writeSmall(byte[] name) throws IOException {
            try {
                OpenFile file = openNew(name);
                vfs.write(file, 0, small, false);
                vfs.release(file);
            } catch (FsException e) {
                throw new IOException(e);
            }
        }

        @Override
        public void readSmall(byte[] name) throws IOException {
            try {
                long ino = vfs.lookup(who, directory, name).ino();
                OpenFile file = vfs.open(who, ino, 0);
                int count = vfs.read(file, 0, small);
                vfs.release(file);
                vfs.forget(ino, 1);
                whole(SMALL_BYTES, count);
            } catch (FsException e) {
                throw new IOException(e);
            }
        }

        @Override
        public long list() throws IOException {
            try {
                OpenFile file = vfs.open(who, directory, 0);
                long[] entries = new long[1];
                vfs.readdir(file, 0, false, (name, ino, mode, nextOffset, attributes) -> {
                    entries[0]++;
                    return true;
                });
                vfs.release(file);
                return entries[0] - 2;
            } catch (FsException e) {
                throw new IOException(e);
            }
        }

        @Override
        public void openLarge(byte[] name, boolean truncate) throws IOException {
            try {
                int flags = Modes.O_RDWR | Modes.O_DIRECT;
                if (truncate) {
                    Vfs.Created created =
                            vfs.create(who, directory, name, FILE_MODE, flags | Modes.O_CREAT | Modes.O_EXCL);
                    vfs.forget(created.attributes().ino(), 1);
                    large = created.file();
                } else {
                    long ino = vfs.lookup(who, directory, name).ino();
                    large = vfs.open(who, ino, flags);
                    vfs.forget(ino, 1);
                }
            } catch (FsException e) {
                throw new IOException(e);
            }
        }

        @Override
        public void readLarge(long offset, int lengthBytes) throws IOException {
            try {
                whole(lengthBytes, vfs.read(Objects.requireNonNull(large), offset, content.asSlice(0, lengthBytes)));
            } catch (FsException e) {
                throw new IOException(e);
            }
        }

        @Override
        public void writeLarge(long offset, int lengthBytes) throws IOException {
            try {
                whole(
                        lengthBytes,
                        vfs.write(Objects.requireNonNull(large), offset, content.asSlice(0, lengthBytes), false));
            } catch (FsException e) {
                throw new IOException(e);
            }
        }

        private static void whole(int wanted, int done) throws IOException {
            if (done != wanted) {
                throw new IOException(done + " of " + wanted + " bytes");
            }
        }

        @Override
        public void closeLarge() {
            vfs.release(Objects.requireNonNull(large));
            large = null;
        }

        @Override
        public void close() {
            arena.close();
        }
    }
}
