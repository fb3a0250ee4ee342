package org.scoutfs.fs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.scoutfs.fs.FsErrors.assertFails;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.InodeItem;
import org.scoutfs.vfs.Vfs;

/** Names as spec 4 sections 5 and 6 have them, by the rows of section 15. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class NamesTest {
    private static final Credentials WHO = Callers.KERNEL_ROOT;

    private final AtomicInteger directories = new AtomicInteger();
    private TestVolume volume;
    private TestClient a;
    private TestClient b;
    private Vfs vfs;
    private long dir;

    @BeforeAll
    void mount() throws Exception {
        volume = TestVolume.create();
        a = volume.mount();
        b = volume.mount();
        vfs = a.vfs;
    }

    @AfterAll
    void unmount() {
        b.close();
        a.close();
        volume.close();
    }

    @BeforeEach
    void directory() throws FsException {
        dir = vfs.mkdir(WHO, 1, name("dir" + directories.incrementAndGet()), 0755)
                .ino();
    }

    private static byte[] name(String name) {
        return name.getBytes(StandardCharsets.UTF_8);
    }

    private long file(long in, String name) throws FsException {
        return vfs.mknod(WHO, in, name(name), Modes.S_IFREG | 0644, 0).ino();
    }

    private long mkdir(long in, String name) throws FsException {
        return vfs.mkdir(WHO, in, name(name), 0755).ino();
    }

    private List<String> list(long from, int atMost) throws FsException {
        List<String> found = new ArrayList<>();
        OpenFile open = vfs.open(WHO, dir, 0);
        vfs.readdir(open, from, false, (entry, ino, mode, next, attributes) -> {
            if (found.size() == atMost) {
                return false;
            }
            found.add(new String(entry, StandardCharsets.UTF_8) + "@" + next);
            return true;
        });
        vfs.release(open);
        return found;
    }

    @Test
    void namesHaveUpTo255Bytes() throws FsException {
        String longest = "x".repeat(255);
        long ino = file(dir, longest);
        assertThat(vfs.lookup(WHO, dir, name(longest)).ino()).isEqualTo(ino);
        assertFails(Errno.ENAMETOOLONG, () -> file(dir, longest + "x"));
        assertFails(Errno.ENAMETOOLONG, () -> vfs.lookup(WHO, dir, name(longest + "x")));
        assertFails(Errno.ENAMETOOLONG, () -> vfs.unlink(WHO, dir, name(longest + "x")));
        assertFails(Errno.ENAMETOOLONG, () -> vfs.rename(WHO, dir, name(longest), dir, name(longest + "x"), 0));
        assertFails(Errno.ENAMETOOLONG, () -> vfs.link(WHO, ino, dir, name(longest + "x")));
    }

    @Test
    void namesOfEqualHashLiveTogether() throws FsException {
        String first = "collide-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxoycvpjs2f1wq";
        String second = "collide-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxkooul8ebd6sy";
        long one = file(dir, first);
        assertFails(Errno.ENOENT, () -> vfs.lookup(WHO, dir, name(second)));
        long two = file(dir, second);
        assertThat(vfs.lookup(WHO, dir, name(first)).ino()).isEqualTo(one);
        assertThat(vfs.lookup(WHO, dir, name(second)).ino()).isEqualTo(two);
        vfs.unlink(WHO, dir, name(first));
        assertThat(vfs.lookup(WHO, dir, name(second)).ino()).isEqualTo(two);
    }

    @Test
    void symlinkTargetsHaveUpTo4095Bytes() throws FsException {
        byte[] longest = name("t".repeat(4095));
        Attributes link = vfs.symlink(WHO, dir, name("long"), longest);
        assertThat(link.size()).isEqualTo(4096);
        assertThat(b.vfs.readlink(WHO, link.ino())).isEqualTo(longest);
        assertFails(Errno.ENAMETOOLONG, () -> vfs.symlink(WHO, dir, name("longer"), name("t".repeat(4096))));
        assertFails(Errno.ENOENT, () -> vfs.symlink(WHO, dir, name("empty"), new byte[0]));
        Attributes abc = vfs.symlink(WHO, dir, name("s"), name("abc"));
        assertThat(abc.size()).isEqualTo(4);
        assertThat(vfs.readlink(WHO, abc.ino())).isEqualTo(name("abc"));
        assertThat(abc.mode()).isEqualTo(Modes.S_IFLNK | 0777);
        assertFails(Errno.EINVAL, () -> vfs.readlink(WHO, dir));
    }

    @Test
    void sizesAndLinksOfDirectories() throws FsException {
        long sub = mkdir(dir, "sub");
        assertThat(vfs.getattr(dir).nlink()).isEqualTo(3);
        assertThat(vfs.getattr(dir).size()).isEqualTo(3);
        assertThat(vfs.getattr(sub).nlink()).isEqualTo(2);
        assertThat(vfs.getattr(sub).size()).isZero();
        file(sub, "abc");
        file(sub, "defgh");
        assertThat(vfs.getattr(sub).size()).isEqualTo(8);
        vfs.unlink(WHO, sub, name("abc"));
        assertThat(vfs.getattr(sub).size()).isEqualTo(5);
        assertFails(Errno.EEXIST, () -> mkdir(dir, "sub"));
        assertFails(Errno.EEXIST, () -> vfs.create(WHO, dir, name("sub"), 0644, 0));
        assertFails(Errno.ENOTEMPTY, () -> vfs.rmdir(WHO, dir, name("sub")));
        assertFails(Errno.EISDIR, () -> vfs.unlink(WHO, dir, name("sub")));
        assertFails(Errno.ENOTDIR, () -> vfs.rmdir(WHO, sub, name("defgh")));
    }

    @Test
    void listingGoesByPositionWhichIsNeverUsedAgain() throws FsException {
        for (int i = 0; i < 30; i++) {
            file(dir, "e" + i);
        }
        vfs.unlink(WHO, dir, name("e0"));
        file(dir, "e0");
        for (int i = 10; i < 20; i++) {
            vfs.unlink(WHO, dir, name("e" + i));
        }
        List<String> all = list(0, 1000);
        assertThat(all).hasSize(22).startsWith(".@1", "..@2", "e1@4").endsWith("e29@32", "e0@33");
        assertThat(list(20, 1000)).startsWith("e20@23");
        assertThat(list(33, 1000)).isEmpty();
        assertThat(list(2, 3)).containsExactly("e1@4", "e2@5", "e3@6");
    }

    @Test
    void renameReplaces() throws FsException {
        long one = file(dir, "one");
        file(dir, "second");
        vfs.rename(WHO, dir, name("one"), dir, name("second"), 0);
        assertThat(vfs.lookup(WHO, dir, name("second")).ino()).isEqualTo(one);
        assertThat(vfs.getattr(dir).size()).isEqualTo("second".length());
        assertFails(Errno.ENOENT, () -> vfs.lookup(WHO, dir, name("one")));

        vfs.link(WHO, one, dir, name("link"));
        vfs.rename(WHO, dir, name("link"), dir, name("second"), 0);
        assertThat(vfs.getattr(one).nlink()).isEqualTo(2);

        mkdir(dir, "d1");
        long d2 = mkdir(dir, "d2");
        file(mkdir(dir, "full"), "f");
        assertFails(Errno.ENOTEMPTY, () -> vfs.rename(WHO, dir, name("d1"), dir, name("full"), 0));
        assertFails(Errno.EISDIR, () -> vfs.rename(WHO, dir, name("link"), dir, name("d1"), 0));
        assertFails(Errno.ENOTDIR, () -> vfs.rename(WHO, dir, name("d1"), dir, name("link"), 0));
        vfs.rename(WHO, dir, name("d2"), dir, name("d1"), 0);
        assertThat(vfs.lookup(WHO, dir, name("d1")).ino()).isEqualTo(d2);
        assertThat(vfs.getattr(dir).nlink()).isEqualTo(4);
    }

    @Test
    void renameMakesNoLoopsAndKnowsOneFlag() throws FsException {
        long e = mkdir(dir, "e");
        long deep = mkdir(mkdir(e, "f"), "g");
        assertFails(Errno.EINVAL, () -> vfs.rename(WHO, dir, name("e"), e, name("x"), 0));
        assertFails(Errno.EINVAL, () -> vfs.rename(WHO, dir, name("e"), deep, name("x"), 0));
        assertFails(
                Errno.ENOTEMPTY,
                () -> vfs.rename(WHO, b.vfs.lookup(WHO, e, name("f")).ino(), name("g"), dir, name("e"), 0));
        file(dir, "file");
        assertFails(Errno.EEXIST, () -> vfs.rename(WHO, dir, name("file"), dir, name("e"), Vfs.RENAME_NOREPLACE));
        assertFails(Errno.EINVAL, () -> vfs.rename(WHO, dir, name("file"), dir, name("e"), 2));
        assertFails(Errno.EINVAL, () -> vfs.rename(WHO, dir, name("file"), dir, name("e"), 4));
        vfs.rename(WHO, e, name("f"), dir, name("moved"), 0);
        assertThat(vfs.getattr(e).nlink()).isEqualTo(2);
        assertThat(vfs.getattr(dir).nlink()).isEqualTo(4);
        assertThat(vfs.lookup(WHO, deep, name("..")).ino())
                .isEqualTo(vfs.lookup(WHO, dir, name("moved")).ino());
    }

    @Test
    void linkCountsAndStampsCtimeOnly() throws FsException {
        long ino = file(dir, "file");
        Attributes before = vfs.getattr(ino);
        Attributes after = vfs.link(WHO, ino, dir, name("other"));
        assertThat(after.nlink()).isEqualTo(2);
        assertThat(after.mtime()).isEqualTo(before.mtime());
        assertFails(Errno.EEXIST, () -> vfs.link(WHO, ino, dir, name("other")));
        assertFails(Errno.EPERM, () -> vfs.link(WHO, dir, dir, name("loop")));
    }

    @Test
    void umaskAndGroupOfTheDirectory() throws FsException {
        Credentials user = Callers.kernel(1000, 1000, 077);
        assertThat(vfs.tmpfile(user, dir, 0777, Modes.O_RDWR).attributes().mode())
                .isEqualTo(Modes.S_IFREG | 0700);
        vfs.setattr(WHO, dir, AttributeChanges.NONE.withMode(02777).withOwner(5, 6));
        vfs.setattr(WHO, dir, AttributeChanges.NONE.withMode(02777));
        Attributes made = vfs.mknod(user, dir, name("file"), Modes.S_IFREG | 0666, 0);
        assertThat(made.uid()).isEqualTo(1000);
        assertThat(made.gid()).isEqualTo(6);
        Attributes sub = vfs.mkdir(user, dir, name("sub"), 0777);
        assertThat(sub.mode()).isEqualTo(Modes.S_IFDIR | Modes.S_ISGID | 0700);
        assertThat(sub.gid()).isEqualTo(6);
        assertFails(Errno.EPERM, () -> vfs.mknod(WHO, dir, name("m"), Modes.S_IFDIR | 0755, 0));
        assertThat(vfs.mknod(WHO, dir, name("null"), Modes.S_IFCHR | 0600, 1 << 20 | 3)
                        .rdev())
                .isEqualTo(1 << 20 | 3);
    }

    @Test
    void directoryRemovedElsewhereIsEmptyAndTakesNothing() throws FsException {
        long gone = mkdir(dir, "gone");
        long file = file(dir, "file");
        OpenFile open = vfs.open(WHO, gone, 0);
        b.vfs.rmdir(WHO, dir, name("gone"));
        assertThat(vfs.getattr(gone).nlink()).isZero();
        assertFails(Errno.ENOENT, () -> file(gone, "x"));
        assertFails(Errno.ENOENT, () -> mkdir(gone, "x"));
        assertFails(Errno.ENOENT, () -> vfs.link(WHO, file, gone, name("x")));
        assertFails(Errno.ENOENT, () -> vfs.rename(WHO, dir, name("file"), gone, name("x"), 0));
        mkdir(dir, "moving");
        assertFails(Errno.ENOENT, () -> vfs.rename(WHO, dir, name("moving"), gone, name("x"), 0));
        AtomicInteger entries = new AtomicInteger();
        vfs.readdir(open, 2, false, (n, i, m, o, at) -> entries.incrementAndGet() > 0);
        assertThat(entries).hasValue(0);
        vfs.release(open);
    }

    @Test
    void namesAreCoherentBetweenMounts() throws FsException {
        assertFails(Errno.ENOENT, () -> b.vfs.lookup(WHO, dir, name("file")));
        long ino = file(dir, "file");
        assertThat(b.vfs.lookup(WHO, dir, name("file")).ino()).isEqualTo(ino);
        b.vfs.rename(WHO, dir, name("file"), dir, name("renamed"), 0);
        assertFails(Errno.ENOENT, () -> vfs.lookup(WHO, dir, name("file")));
        assertThat(vfs.lookup(WHO, dir, name("renamed")).ino()).isEqualTo(ino);
        b.vfs.setattr(WHO, ino, AttributeChanges.NONE.withMode(0600));
        assertThat(vfs.getattr(ino).mode()).isEqualTo(Modes.S_IFREG | 0600);
    }

    @Test
    void retainedFileKeepsItsNamesAndAttributes() throws FsException {
        long ino = file(dir, "kept");
        retain(ino);
        assertFails(Errno.EPERM, () -> vfs.unlink(WHO, dir, name("kept")));
        assertFails(Errno.EPERM, () -> vfs.rename(WHO, dir, name("kept"), dir, name("x"), 0));
        file(dir, "other");
        assertFails(Errno.EPERM, () -> vfs.rename(WHO, dir, name("other"), dir, name("kept"), 0));
        assertFails(Errno.EPERM, () -> vfs.setattr(WHO, ino, AttributeChanges.NONE.withMode(0600)));
        assertThat(vfs.link(WHO, ino, dir, name("link")).nlink()).isEqualTo(2);
    }

    private void retain(long ino) throws FsException {
        Inode inode = a.fs.get(ino, true);
        try (Modification m = new Modification(a.context)) {
            m.lock(inode);
            m.expect(inode, false);
            m.hold(false);
            InodeItem changed = inode.copyForChange();
            changed.setFlags(InodeItem.FLAG_RETENTION);
            m.update(inode, changed, false);
        } finally {
            a.context.inodes().unpin(inode);
        }
    }

    @Test
    void readOnlyMountReadsOnly() throws FsException {
        long ino = file(dir, "file");
        b.options.readOnly = true;
        try {
            assertThat(b.vfs.lookup(WHO, dir, name("file")).ino()).isEqualTo(ino);
            assertFails(Errno.EROFS, () -> b.vfs.mkdir(WHO, dir, name("x"), 0755));
            assertFails(Errno.EROFS, () -> b.vfs.unlink(WHO, dir, name("file")));
            assertFails(Errno.EROFS, () -> b.vfs.setattr(WHO, ino, AttributeChanges.NONE.withMode(0600)));
        } finally {
            b.options.readOnly = false;
        }
    }

    @Test
    void numbersUsePartOfEachGroupIfAsked() throws FsException {
        a.options.inoAllocPerLock = 1;
        try {
            file(dir, "0");
            long one = file(dir, "1");
            long two = mkdir(dir, "2");
            long three = file(dir, "3");
            assertThat(List.of(one & 1023, two & 1023, three & 1023)).containsOnly(0L);
            assertThat(two >> 10).isNotEqualTo(one >> 10);
            assertThat(three >> 10).isNotEqualTo(two >> 10);
        } finally {
            a.options.inoAllocPerLock = 1024;
        }
    }

    @Test
    void filesAndDirectoriesHaveGroupsOfTheirOwn() throws FsException {
        assertThat(mkdir(dir, "d") >> 10).isNotEqualTo(file(dir, "f") >> 10);
    }
}
