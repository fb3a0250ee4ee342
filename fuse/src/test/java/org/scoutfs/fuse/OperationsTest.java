package org.scoutfs.fuse;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Every operation through the kernel, with each way of caching. */
@Timeout(value = 30, unit = TimeUnit.SECONDS)
@ParameterizedClass
@EnumSource(
        value = Transport.class,
        names = {"DEVICE", "IO_URING"})
class OperationsTest {
    @Parameter
    Transport transport;

    private static final int O_RDWR_CREAT = 0x42;
    private static final int ENOENT = -2;
    private static final int EEXIST = -17;
    private static final int ENOTDIR = -20;
    private static final int EISDIR = -21;
    private static final int EINVAL = -22;
    private static final int ENOTTY = -25;
    private static final int ENOTEMPTY = -39;
    private static final int ENAMETOOLONG = -36;
    private static final int ENODATA = -61;
    private static final int EOPNOTSUPP = -95;

    @ParameterizedTest
    @EnumSource
    void namesAndAttributes(CacheMode mode) throws Exception {
        try (Mounted m = new Mounted(options().withCacheMode(mode))) {
            Client c = m.client();
            assertThat(c.number("umask", "022")).isGreaterThanOrEqualTo(0);
            assertThat(c.number("mkdir", m.path("d"), "0777")).isZero();
            assertThat(c.number("mkdir", m.path("d"), "0777")).isEqualTo(EEXIST);
            assertThat(c.call("stat", m.path("d"))).contains(" 40755 2 0 ");
            assertThat(c.number("put", m.path("d/f"), "hello")).isEqualTo(5);
            assertThat(c.call("get", m.path("d/f"))).isEqualTo("'hello'");
            assertThat(c.call("stat", m.path("d/f"))).contains(" 100644 1 5 ");
            assertThat(c.number("stat", m.path("d/none"))).isEqualTo(ENOENT);
            assertThat(c.number("stat", m.path("d/" + "n".repeat(256)))).isEqualTo(ENAMETOOLONG);
            assertThat(c.number("put", m.path("d/" + "n".repeat(255)), "x")).isEqualTo(1);
            assertThat(c.number("unlink", m.path("d/" + "n".repeat(255)))).isZero();
            assertThat(c.number("rmdir", m.path("d"))).isEqualTo(ENOTEMPTY);
            assertThat(c.number("unlink", m.path("d"))).isEqualTo(EISDIR);
            assertThat(c.number("rmdir", m.path("d/f"))).isEqualTo(ENOTDIR);
            assertThat(c.number("link", m.path("d/f"), m.path("g"))).isZero();
            assertThat(c.call("stat", m.path("g"))).contains(" 100644 2 5 ");
            assertThat(c.number("symlink", "d/f", m.path("s"))).isZero();
            assertThat(c.call("readlink", m.path("s"))).isEqualTo("'d/f'");
            assertThat(c.call("get", m.path("s"))).isEqualTo("'hello'");
            assertThat(c.number("mknod", m.path("p"), "010640", 0, 0)).isZero();
            assertThat(c.call("stat", m.path("p"))).contains(" 10640 1 ");
            assertThat(c.number("mknod", m.path("c"), "020600", 259, 70000)).isZero();
            assertThat(c.call("stat", m.path("c"))).contains(" 259:70000 ");
            assertThat(c.number("rename", m.path("g"), m.path("d/h"), 0)).isZero();
            assertThat(c.number("rename", m.path("d/h"), m.path("p"), 1)).isEqualTo(EEXIST);
            assertThat(c.number("rename", m.path("d/h"), m.path("p"), 2)).isEqualTo(EINVAL);
            assertThat(c.number("rename", m.path("d"), m.path("d/x"), 0)).isEqualTo(EINVAL);
            assertThat(c.number("rename", m.path("d/h"), m.path("p"), 0)).isZero();
            assertThat(c.call("list", m.path(""))).isEqualTo("6 . .. c d p s");
            assertThat(c.call("list", m.path("d"))).isEqualTo("3 . .. f");
            assertThat(c.number("unlink", m.path("p"))).isZero();
            assertThat(c.number("stat", m.path("p"))).isEqualTo(ENOENT);
            assertThat(c.call("stat", m.path("d/f"))).contains(" 100644 1 5 ");
            assertThat(c.number("chmod", m.path("d/f"), "06751")).isZero();
            assertThat(c.call("stat", m.path("d/f"))).contains(" 106751 ");
            assertThat(c.number("chown", m.path("d/f"), 12, 34)).isZero();
            assertThat(c.call("stat", m.path("d/f"))).contains(" 100751 1 5 12 34 ");
            assertThat(c.number("utime", m.path("d/f"), 1234567890, 123456789)).isZero();
            assertThat(c.call("stat", m.path("d/f"))).endsWith(" 1234567890.123456789");
            assertThat(c.call("btime", m.path("d/f"))).startsWith("1 1").endsWith(" 5");
            assertThat(c.call("statfs", m.path(""))).isEqualTo("4096 1048576 524288 255");
            assertThat(c.number("setx", m.path("d/f"), "user.a", "value", 0)).isZero();
            assertThat(c.number("setx", m.path("d/f"), "user.a", "value", 1)).isEqualTo(EEXIST);
            assertThat(c.number("setx", m.path("d/f"), "user.b", "value", 2)).isEqualTo(ENODATA);
            assertThat(c.number("setx", m.path("d/f"), "trusted.b", "w", 0)).isZero();
            assertThat(c.call("getx", m.path("d/f"), "user.a")).isEqualTo("'value'");
            assertThat(c.number("getx", m.path("d/f"), "user.a", 0)).isEqualTo(5);
            assertThat(c.number("getx", m.path("d/f"), "user.a", 2)).isEqualTo(-34);
            assertThat(c.call("listx", m.path("d/f"))).isEqualTo("'user.a,trusted.b,'");
            assertThat(c.number("remx", m.path("d/f"), "user.a")).isZero();
            assertThat(c.number("remx", m.path("d/f"), "user.a")).isEqualTo(ENODATA);
            long ino = Long.parseLong(c.call("stat", m.path("d/f")).split(" ")[0]);
            assertThat(c.call("handle", m.path("d/f"), m.path(""))).startsWith(ino + " ");
            assertThat(c.number("access", m.path("d/f"), 4)).isZero();
            assertThat(m.count("fuse_unexpected_failures")).isZero();
            assertThat(m.count("fuse_malformed_requests")).isZero();
        }
    }

    @ParameterizedTest
    @EnumSource
    void openFiles(CacheMode mode) throws Exception {
        try (Mounted m = new Mounted(options().withCacheMode(mode))) {
            Client c = m.client();
            long fd = c.number("open", m.path("f"), O_RDWR_CREAT, "0644");
            assertThat(fd).isPositive();
            assertThat(c.number("fill", fd, 0, 3 << 20, 1)).isEqualTo(3 << 20);
            assertThat(c.number("check", fd, 0, 3 << 20, 1)).isEqualTo(3 << 20);
            assertThat(c.number("fill", fd, 5_000_001, 70_001, 1)).isEqualTo(70_001);
            assertThat(c.number("check", fd, 5_000_001, 80_000, 1)).isEqualTo(70_001);
            assertThat(c.number("ftruncate", fd, 10)).isZero();
            assertThat(c.number("ftruncate", fd, 20)).isZero();
            assertThat(c.number("fill", fd, 0, 10, 1)).isEqualTo(10);
            assertThat(c.number("check", fd, 0, 10, 1)).isEqualTo(10);
            assertThat(c.call("fstat", fd)).contains(" 100644 1 20 ");
            assertThat(c.number("fallocate", fd, 0, 0, 200_000)).isZero();
            assertThat(c.call("fstat", fd)).contains(" 100644 1 200000 ");
            assertThat(c.number("fallocate", fd, 3, 0, 10)).isEqualTo(EOPNOTSUPP);
            assertThat(c.number("lseek", fd, 0, 4)).isEqualTo(65536);
            assertThat(c.number("lseek", fd, 0, 3)).isZero();
            assertThat(c.number("lseek", fd, 300_000, 3)).isEqualTo(-6);
            assertThat(c.number("fsync", fd)).isZero();
            assertThat(m.vfs.syncs.get()).isPositive();
            assertThat(c.number("ioctl", fd, 0x8020e801L)).isEqualTo(ENOTTY);
            assertThat(c.number("flock", fd, 2)).isZero();
            long other = c.number("open", m.path("copy"), O_RDWR_CREAT, "0644");
            assertThat(c.number("copy", fd, other, 100)).isEqualTo(100);
            assertThat(c.number("unlink", m.path("f"))).isZero();
            assertThat(c.number("check", fd, 0, 10, 1)).isEqualTo(10);
            assertThat(c.number("close", fd)).isZero();
            long tmp = c.number("tmpfile", m.path(""));
            assertThat(tmp).isPositive();
            assertThat(c.number("pwrite", tmp, 0, "unnamed")).isEqualTo(7);
            assertThat(c.number("linkfd", tmp, m.path("named"))).isZero();
            assertThat(c.call("get", m.path("named"))).isEqualTo("'unnamed'");
            assertThat(c.number("put", m.path("named"), "shorter")).isEqualTo(7);
            assertThat(c.number("truncate", m.path("named"), 3)).isZero();
            assertThat(c.call("get", m.path("named"))).isEqualTo("'sho'");
            assertThat(m.count("fuse_unexpected_failures")).isZero();
        }
    }

    @ParameterizedTest
    @EnumSource
    void largeDirectories(CacheMode mode) throws Exception {
        try (Mounted m = new Mounted(options().withCacheMode(mode))) {
            Client c = m.client();
            assertThat(c.number("mkdir", m.path("d"), "0755")).isZero();
            assertThat(c.number("make", m.path("d/file"), 3000)).isEqualTo(3000);
            assertThat(c.call("list", m.path("d"))).startsWith("3002 . .. file0 file1 file10 ");
            assertThat(c.call("stat", m.path("d/file2999"))).contains(" 100644 1 1 ");
            assertThat(c.call("list", m.path("d"))).startsWith("3002 ");
        }
    }

    @ParameterizedTest
    @EnumSource
    void nothingIsLeftAfterUnmount(CacheMode mode) throws Exception {
        Mounted m = new Mounted(options().withCacheMode(mode));
        try (m) {
            Client c = m.client();
            for (int i = 0; i < 100; i++) {
                c.call("put", m.path("f" + i), "x");
                c.call("stat", m.path("f" + i));
            }
            c.call("list", m.path(""));
            for (int i = 0; i < 100; i++) {
                c.call("unlink", m.path("f" + i));
            }
            c.call("exit");
            assertThat(c.ended(5)).isTrue();
        }
        assertThat(m.ended.get()).isTrue();
        assertThat(m.vfs.nodes).hasSize(1);
    }

    private FuseOptions options() {
        return FuseOptions.of("memory").withTransport(transport);
    }
}
