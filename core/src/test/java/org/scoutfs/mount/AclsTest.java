package org.scoutfs.mount;

import static org.assertj.core.api.Assertions.assertThat;
import static org.scoutfs.fs.FsErrors.assertFails;

import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.scoutfs.device.Seeds;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.fs.AttributeChanges;
import org.scoutfs.fs.xattr.PosixAcl;
import org.scoutfs.fs.xattr.PosixAcl.Entry;
import org.scoutfs.fs.xattr.PosixAcl.Tag;
import org.scoutfs.vfs.SimpleCredentials;
import org.scoutfs.vfs.Vfs;

/** POSIX ACLs through the door: rows 119 to 124 of the edge cases in spec 4 section 15. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class AclsTest {
    private static final SimpleCredentials ROOT = Cluster.ROOT;
    private static final SimpleCredentials USER = SimpleCredentials.user(1000, 1000, Set.of(), 022);
    private static final byte[] ACCESS = Cluster.name("system.posix_acl_access");
    private static final byte[] DEFAULT = Cluster.name("system.posix_acl_default");
    private static final int NAMED = 22222;

    private final long seed = Seeds.next("AclsTest");
    private Cluster cluster;
    private Cluster.Node node;
    private Cluster.Node without;
    private Vfs vfs;
    private int names;

    @BeforeAll
    void mount() throws Exception {
        cluster = new Cluster(seed, 1);
        node = cluster.member(0);
        without = cluster.client(",noacl");
        cluster.mountAll(List.of(node, without));
        vfs = node.vfs();
    }

    @AfterAll
    void checkAndClose() throws Exception {
        cluster.run(() -> {
            without.unmount();
            node.unmount();
        });
        assertThat(cluster.check().problems()).isEmpty();
        cluster.close();
    }

    private String newName() {
        return "f" + names++;
    }

    private long file(int mode) throws FsException {
        long file = Cluster.write(vfs, 1, newName(), new byte[1]);
        vfs.setattr(ROOT, file, AttributeChanges.NONE.withMode(mode));
        return file;
    }

    private static Entry entry(Tag tag, int permissions) {
        return new Entry(tag, permissions, PosixAcl.NO_ID);
    }

    private static byte[] acl(Entry... entries) {
        return new PosixAcl(List.of(entries)).encode();
    }

    private static byte[] namedUser(int permissions, int mask) {
        return acl(
                entry(Tag.USER_OBJ, 6),
                new Entry(Tag.USER, permissions, NAMED),
                entry(Tag.GROUP_OBJ, 4),
                entry(Tag.MASK, mask),
                entry(Tag.OTHER, 4));
    }

    private List<Entry> aclOf(long ino, byte[] name) throws FsException {
        return PosixAcl.decode(vfs.getxattr(ROOT, ino, name)).entries();
    }

    private int mode(long ino) throws FsException {
        return vfs.getattr(ino).mode() & 07777;
    }

    @Test
    void defaultAclIsInheritedWithoutUmask119() throws Exception {
        cluster.run(() -> {
            long dir = vfs.mkdir(ROOT, 1, Cluster.name(newName()), 0755).ino();
            byte[] defaults = acl(
                    entry(Tag.USER_OBJ, 7),
                    new Entry(Tag.USER, 7, NAMED),
                    entry(Tag.GROUP_OBJ, 5),
                    entry(Tag.MASK, 7),
                    entry(Tag.OTHER, 5));
            vfs.setxattr(ROOT, dir, DEFAULT, defaults, 0, false);
            SimpleCredentials strict = ROOT.withUmask(077);
            long file = vfs.mknod(strict, dir, Cluster.name("file"), 0666, 0).ino();
            long sub = vfs.mkdir(strict, dir, Cluster.name("dir"), 0777).ino();
            long link = vfs.symlink(strict, dir, Cluster.name("link"), Cluster.name("x"))
                    .ino();
            Vfs.Created unnamed = vfs.tmpfile(strict, dir, 0666, 2);
            assertThat(mode(file)).isEqualTo(0664);
            assertThat(mode(unnamed.attributes().ino())).isEqualTo(0664);
            vfs.release(unnamed.file());
            assertThat(aclOf(file, ACCESS))
                    .contains(entry(Tag.MASK, 6), new Entry(Tag.USER, 7, NAMED), entry(Tag.OTHER, 4));
            assertFails(Errno.ENODATA, () -> vfs.getxattr(ROOT, file, DEFAULT));
            assertThat(mode(sub)).isEqualTo(0775);
            assertThat(vfs.getxattr(ROOT, sub, DEFAULT)).isEqualTo(defaults);
            assertFails(Errno.ENODATA, () -> vfs.getxattr(ROOT, link, ACCESS));
            // without a default ACL the umask counts, also for files without a name
            Vfs.Created plain = vfs.tmpfile(strict, 1, 0777, 2);
            assertThat(mode(plain.attributes().ino())).isEqualTo(0700);
            vfs.release(plain.file());
        });
    }

    @Test
    void aclThatIsAModeIsNotStored120() throws Exception {
        cluster.run(() -> {
            long file = file(0644);
            byte[] asMode = acl(entry(Tag.USER_OBJ, 6), entry(Tag.GROUP_OBJ, 6), entry(Tag.OTHER, 0));
            vfs.setxattr(ROOT, file, ACCESS, namedUser(7, 7), 0, false);
            assertThat(vfs.listxattr(ROOT, file)).hasSize(1);
            assertThat(mode(file)).isEqualTo(0674);
            vfs.setxattr(ROOT, file, ACCESS, asMode, 0, false);
            assertThat(mode(file)).isEqualTo(0660);
            assertThat(vfs.listxattr(ROOT, file)).isEmpty();
            vfs.removexattr(ROOT, file, ACCESS);
        });
    }

    @Test
    void chmodChangesTheMask121() throws Exception {
        cluster.run(() -> {
            long file = file(0644);
            vfs.setxattr(ROOT, file, ACCESS, namedUser(6, 6), 0, false);
            vfs.setattr(ROOT, file, AttributeChanges.NONE.withMode(0640));
            assertThat(aclOf(file, ACCESS))
                    .contains(
                            entry(Tag.MASK, 4),
                            new Entry(Tag.USER, 6, NAMED),
                            entry(Tag.GROUP_OBJ, 4),
                            entry(Tag.OTHER, 0));
        });
    }

    @Test
    void invalidLists122() throws Exception {
        cluster.run(() -> {
            long file = file(0644);
            byte[] noMask = acl(
                    entry(Tag.USER_OBJ, 6),
                    new Entry(Tag.USER, 6, NAMED),
                    entry(Tag.GROUP_OBJ, 4),
                    entry(Tag.OTHER, 4));
            assertFails(Errno.EINVAL, () -> vfs.setxattr(ROOT, file, ACCESS, noMask, 0, false));
            assertFails(Errno.EINVAL, () -> vfs.setxattr(ROOT, file, ACCESS, new byte[7], 0, false));
            assertFails(Errno.EINVAL, () -> vfs.setxattr(ROOT, file, DEFAULT, namedUser(6, 6), 0, false));
            assertFails(Errno.EPERM, () -> vfs.setxattr(USER, file, ACCESS, namedUser(6, 6), 0, false));
            assertFails(Errno.EPERM, () -> vfs.removexattr(USER, file, ACCESS));
            long link = vfs.symlink(ROOT, 1, Cluster.name(newName()), Cluster.name("x"))
                    .ino();
            assertFails(Errno.EOPNOTSUPP, () -> vfs.setxattr(ROOT, link, ACCESS, namedUser(6, 6), 0, false));
            assertFails(Errno.ENODATA, () -> vfs.getxattr(ROOT, link, ACCESS));
        });
    }

    @Test
    void listsGiveAndTakeAccess() throws Exception {
        SimpleCredentials named = SimpleCredentials.user(NAMED, 1, Set.of(), 022);
        cluster.run(() -> {
            long file = file(0600);
            assertFails(Errno.EACCES, () -> vfs.access(named, file, 4));
            vfs.setxattr(ROOT, file, ACCESS, namedUser(6, 4), 0, false);
            vfs.access(named, file, 4);
            assertFails(Errno.EACCES, () -> vfs.access(named, file, 2));
            vfs.setxattr(ROOT, file, ACCESS, namedUser(0, 7), 0, false);
            // others may read, but not who is named
            vfs.access(USER, file, 4);
            assertFails(Errno.EACCES, () -> vfs.access(named, file, 4));
        });
    }

    @Test
    void mountWithoutAcls123() throws Exception {
        cluster.run(() -> {
            long dir = vfs.mkdir(ROOT, 1, Cluster.name(newName()), 0755).ino();
            vfs.setxattr(ROOT, dir, DEFAULT, namedUser(6, 6), 0, false);
            Vfs plain = without.vfs();
            assertFails(Errno.EOPNOTSUPP, () -> plain.getxattr(ROOT, dir, DEFAULT));
            assertFails(Errno.EOPNOTSUPP, () -> plain.setxattr(ROOT, dir, DEFAULT, namedUser(6, 6), 0, false));
            assertFails(Errno.EOPNOTSUPP, () -> plain.removexattr(ROOT, dir, DEFAULT));
            assertThat(plain.listxattr(ROOT, dir)).containsExactly(DEFAULT);
            long file = plain.mknod(ROOT.withUmask(077), dir, Cluster.name("f"), 0666, 0)
                    .ino();
            assertThat(mode(file)).isEqualTo(0600);
            assertThat(vfs.listxattr(ROOT, file)).isEmpty();
        });
    }

    @Test
    void groupOfTheDirectory124() throws Exception {
        cluster.run(() -> {
            long dir = vfs.mkdir(ROOT, 1, Cluster.name(newName()), 0755).ino();
            vfs.setattr(ROOT, dir, AttributeChanges.NONE.withOwner(0, 4242));
            vfs.setattr(ROOT, dir, AttributeChanges.NONE.withMode(02777));
            long file = vfs.mknod(USER, dir, Cluster.name("f"), 0644, 0).ino();
            long sub = vfs.mkdir(USER, dir, Cluster.name("d"), 0755).ino();
            assertThat(vfs.getattr(file).gid()).isEqualTo(4242);
            assertThat(vfs.getattr(sub).gid()).isEqualTo(4242);
            assertThat(mode(sub) & 02000).isEqualTo(02000);
        });
    }
}
