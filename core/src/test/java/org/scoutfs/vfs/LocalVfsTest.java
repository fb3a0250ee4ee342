package org.scoutfs.vfs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.scoutfs.fs.FsErrors.assertFails;

import java.io.ByteArrayInputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.Timespec;
import org.scoutfs.fs.AttributeChanges;
import org.scoutfs.fs.Attributes;
import org.scoutfs.fs.Modes;
import org.scoutfs.fs.OpenFile;
import org.scoutfs.fs.TestClient;
import org.scoutfs.fs.TestVolume;

/** What a kernel's VFS does, done for callers whom no kernel has checked. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class LocalVfsTest {
    private static final SimpleCredentials ROOT = SimpleCredentials.root();
    private static final SimpleCredentials USER = SimpleCredentials.user(1000, 1000, Set.of(50), 022);
    private static final SimpleCredentials OTHER = SimpleCredentials.user(2000, 2000, Set.of(), 022);

    private TestVolume volume;
    private TestClient mount;
    private LocalVfs vfs;
    private PathFiles files;

    @BeforeAll
    void mount() throws Exception {
        volume = TestVolume.create();
        mount = volume.mount();
        vfs = mount.vfs;
        files = new PathFiles(vfs, ROOT);
    }

    @AfterAll
    void unmount() {
        mount.close();
        volume.close();
    }

    private static byte[] name(String name) {
        return Paths.bytes(name);
    }

    private long directory(String name, int mode, int uid, int gid) throws FsException {
        long ino = vfs.mkdir(ROOT, 1, name(name), 0755).ino();
        vfs.setattr(ROOT, ino, AttributeChanges.NONE.withOwner(uid, gid));
        vfs.setattr(ROOT, ino, AttributeChanges.NONE.withMode(mode));
        return ino;
    }

    @Test
    void directoriesNeedWriteAndSearch() throws FsException {
        long dir = directory("own", 0755, 1000, 1000);
        long ino = vfs.mknod(USER, dir, name("f"), 0600, 0).ino();
        assertFails(Errno.EACCES, () -> vfs.mknod(OTHER, dir, name("g"), 0600, 0));
        assertFails(Errno.EEXIST, () -> vfs.mknod(OTHER, dir, name("f"), 0600, 0));
        assertFails(Errno.EACCES, () -> vfs.unlink(OTHER, dir, name("f")));
        assertFails(Errno.EACCES, () -> vfs.open(OTHER, ino, 0));
        assertFails(Errno.EACCES, () -> vfs.access(OTHER, ino, 4));
        vfs.access(ROOT, ino, 6);
        assertFails(Errno.EACCES, () -> vfs.access(ROOT, ino, 1));
        vfs.setattr(USER, dir, AttributeChanges.NONE.withMode(0700));
        assertFails(Errno.EACCES, () -> vfs.lookup(OTHER, dir, name("f")));
        assertFails(Errno.ENOTDIR, () -> vfs.lookup(USER, ino, name("x")));
        assertFails(Errno.ENOTDIR, () -> vfs.mkdir(USER, ino, name("x"), 0755));
    }

    @Test
    void stickyDirectoryProtectsNames() throws FsException {
        long dir = directory("sticky", 01777, 0, 0);
        vfs.mknod(USER, dir, name("mine"), 0666, 0);
        assertFails(Errno.EPERM, () -> vfs.unlink(OTHER, dir, name("mine")));
        assertFails(Errno.EPERM, () -> vfs.rename(OTHER, dir, name("mine"), dir, name("theirs"), 0));
        vfs.mknod(OTHER, dir, name("theirs"), 0666, 0);
        assertFails(Errno.EPERM, () -> vfs.rename(OTHER, dir, name("theirs"), dir, name("mine"), 0));
        vfs.unlink(USER, dir, name("mine"));
        vfs.unlink(ROOT, dir, name("theirs"));
    }

    @Test
    void ownersChangeWhatTheyMay() throws FsException {
        long dir = directory("attributes", 0777, 0, 0);
        long ino = vfs.mknod(USER, dir, name("f"), 0644, 0).ino();
        assertFails(Errno.EPERM, () -> vfs.setattr(OTHER, ino, AttributeChanges.NONE.withMode(0666)));
        assertFails(Errno.EPERM, () -> vfs.setattr(USER, ino, AttributeChanges.NONE.withOwner(2000, null)));
        assertFails(Errno.EPERM, () -> vfs.setattr(USER, ino, AttributeChanges.NONE.withOwner(null, 60)));
        assertThat(vfs.setattr(USER, ino, AttributeChanges.NONE.withOwner(null, 50))
                        .gid())
                .isEqualTo(50);
        vfs.setattr(ROOT, ino, AttributeChanges.NONE.withMode(06755));
        assertThat(vfs.setattr(ROOT, ino, AttributeChanges.NONE.withOwner(2000, 60))
                                .mode()
                        & 07777)
                .isEqualTo(0755);
        assertThat(vfs.setattr(OTHER, ino, AttributeChanges.NONE.withMode(02755))
                                .mode()
                        & 07777)
                .isEqualTo(0755);
        Timespec time = new Timespec(5, 6);
        assertFails(Errno.EPERM, () -> vfs.setattr(USER, ino, AttributeChanges.NONE.withTimes(time, time)));
        assertFails(
                Errno.EACCES,
                () -> vfs.setattr(USER, ino, AttributeChanges.NONE.withTimes(AttributeChanges.NOW, null)));
        Attributes set = vfs.setattr(OTHER, ino, AttributeChanges.NONE.withTimes(time, AttributeChanges.NOW));
        assertThat(set.atime()).isEqualTo(time);
        assertThat(set.mtime()).isEqualTo(set.ctime());
        assertFails(Errno.EACCES, () -> vfs.setattr(USER, ino, AttributeChanges.NONE.withSize(1)));
        assertFails(Errno.EISDIR, () -> vfs.setattr(ROOT, dir, AttributeChanges.NONE.withSize(1)));
    }

    @Test
    void opensByType() throws FsException {
        long dir = directory("types", 0755, 0, 0);
        long link = vfs.symlink(ROOT, dir, name("l"), name("f")).ino();
        long fifo = vfs.mknod(ROOT, dir, name("p"), Modes.S_IFIFO | 0600, 0).ino();
        long file = vfs.mknod(ROOT, dir, name("f"), 0600, 0).ino();
        assertFails(Errno.ELOOP, () -> vfs.open(ROOT, link, 0));
        assertFails(Errno.ENXIO, () -> vfs.open(ROOT, fifo, 0));
        assertFails(Errno.EISDIR, () -> vfs.open(ROOT, dir, Modes.O_RDWR));
        vfs.setattr(ROOT, file, AttributeChanges.NONE.withSize(100));
        OpenFile open = vfs.open(ROOT, file, Modes.O_WRONLY | Modes.O_TRUNC);
        assertThat(vfs.getattr(file).size()).isZero();
        assertFails(Errno.EBADF, () -> vfs.read(open, 0, java.lang.foreign.MemorySegment.ofArray(new byte[1])));
        assertFails(Errno.EINVAL, () -> vfs.fallocate(open, 0, 0, 0));
        assertFails(Errno.EOPNOTSUPP, () -> vfs.fallocate(open, 2, 0, 1));
        vfs.release(open);
    }

    @Test
    void dotsAreNoNames() throws FsException {
        long dir = directory("dots", 0755, 0, 0);
        assertFails(Errno.EEXIST, () -> vfs.mkdir(ROOT, dir, name("."), 0755));
        assertFails(Errno.EINVAL, () -> vfs.rmdir(ROOT, dir, name(".")));
        assertFails(Errno.ENOTEMPTY, () -> vfs.rmdir(ROOT, dir, name("..")));
        assertFails(Errno.EISDIR, () -> vfs.unlink(ROOT, dir, name("..")));
        assertFails(Errno.EBUSY, () -> vfs.rename(ROOT, dir, name("."), dir, name("x"), 0));
        assertFails(Errno.EINVAL, () -> vfs.mkdir(ROOT, dir, name("a/b"), 0755));
        assertFails(Errno.ENOENT, () -> vfs.mkdir(ROOT, dir, new byte[0], 0755));
        assertThat(vfs.lookup(ROOT, dir, name("..")).ino()).isEqualTo(1);
        assertThat(vfs.lookup(ROOT, dir, name(".")).ino()).isEqualTo(dir);
    }

    @Test
    void unnamedFileMadeExclusiveStaysUnnamed() throws FsException {
        long dir = directory("tmp", 0777, 0, 0);
        Vfs.Created exclusive = vfs.tmpfile(USER, dir, 0600, Modes.O_RDWR | Modes.O_EXCL);
        Vfs.Created linkable = vfs.tmpfile(USER, dir, 0600, Modes.O_RDWR);
        assertFails(Errno.ENOENT, () -> vfs.link(USER, exclusive.attributes().ino(), dir, name("x")));
        assertThat(vfs.link(USER, linkable.attributes().ino(), dir, name("y")).nlink())
                .isEqualTo(1);
        vfs.release(exclusive.file());
        vfs.release(linkable.file());
    }

    @Test
    void pathsFollowSymlinks() throws Exception {
        files.mkdirs("/paths/a/b");
        files.copyIn(new ByteArrayInputStream(new byte[10]), "/paths/a/b/file");
        long root = files.stat("/paths").ino();
        vfs.symlink(ROOT, root, name("rel"), name("a/b/../b"));
        vfs.symlink(ROOT, root, name("abs"), name("/paths/rel/"));
        vfs.symlink(ROOT, root, name("loop"), name("loop"));
        vfs.symlink(ROOT, root, name("dangling"), name("missing"));
        assertThat(files.stat("/paths/abs/file").size()).isEqualTo(10);
        assertThat(files.stat("/paths/./rel//file").size()).isEqualTo(10);
        assertThat(files.stat("/../paths/abs/..").ino())
                .isEqualTo(files.stat("/paths/a").ino());
        assertFails(Errno.ELOOP, () -> files.stat("/paths/loop"));
        assertFails(Errno.ENOTDIR, () -> files.stat("/paths/abs/file/"));
        assertFails(Errno.ENOTDIR, () -> files.stat("/paths/abs/file/x"));
        assertFails(Errno.ENOENT, () -> files.stat("/paths/none/x"));
        assertFails(Errno.ENOENT, () -> files.stat(""));
        files.copyIn(new ByteArrayInputStream(new byte[3]), "/paths/dangling");
        assertThat(files.stat("/paths/missing").size()).isEqualTo(3);
        List<String> found = new ArrayList<>();
        files.walk("/paths", (path, attributes) -> found.add(path));
        assertThat(found)
                .containsExactly(
                        "/paths/a",
                        "/paths/a/b",
                        "/paths/a/b/file",
                        "/paths/rel",
                        "/paths/abs",
                        "/paths/loop",
                        "/paths/dangling",
                        "/paths/missing");
    }

    @Test
    void readingMovesAtimeInMemoryOnly() throws Exception {
        files.mkdirs("/atime");
        files.copyIn(new ByteArrayInputStream(new byte[10]), "/atime/f");
        Attributes before = files.stat("/atime/f");
        Timespec past = new Timespec(1, 0);
        vfs.setattr(ROOT, before.ino(), AttributeChanges.NONE.withTimes(past, null));
        Attributes old = files.stat("/atime/f");
        assertThat(old.atime()).isEqualTo(past);
        files.copyOut("/atime/f", java.io.OutputStream.nullOutputStream());
        Attributes read = files.stat("/atime/f");
        assertThat(read.atime()).isGreaterThan(past);
        assertThat(read.metaSeq()).isEqualTo(old.metaSeq());
        // an explicit time wins over what is remembered
        vfs.setattr(ROOT, before.ino(), AttributeChanges.NONE.withTimes(past, null));
        assertThat(files.stat("/atime/f").atime()).isEqualTo(past);
    }
}
