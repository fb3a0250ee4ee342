package org.scoutfs.mount;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.scoutfs.fs.Attributes;
import org.scoutfs.fs.OpenFile;
import org.scoutfs.host.Host;
import org.scoutfs.vfs.SimpleCredentials;
import org.scoutfs.vfs.Vfs;

/** The volume that the reference made reads back as the reference said, read-only and read-write. */
class GoldenVolumeTest {
    private static final Map<String, Integer> TYPES = Map.of(
            "reg", 0100000, "dir", 0040000, "lnk", 0120000, "blk", 0060000, "chr", 0020000, "fifo", 0010000, "sock",
            0140000);

    private static final SimpleCredentials ROOT = SimpleCredentials.root();

    @TempDir
    private static Path dir;

    @BeforeAll
    static void unpack() throws Exception {
        GoldenVolume.unpack(dir);
    }

    @Test
    void readsBackReadWriteAndThenReadOnly() throws Exception {
        verifyAll("quorum_slot_nr=0");
        verifyAll("quorum_slot_nr=0,ro");
    }

    private static void verifyAll(String options) throws Exception {
        List<String> differences = new ArrayList<>();
        List<GoldenVolume.Row> rows = GoldenVolume.manifest();
        try (Host host = Host.system();
                Mount mount = Mount.open(
                        host, dir.resolve("meta.img"), dir.resolve("data.img"), MountOptions.parse(options))) {
            for (GoldenVolume.Row row : rows) {
                verify(mount.vfs(), row, differences);
            }
        }
        assertThat(differences).isEmpty();
        assertThat(rows).hasSizeGreaterThan(1000);
    }

    private static void verify(Vfs vfs, GoldenVolume.Row row, List<String> differences) throws Exception {
        long ino = Vfs.ROOT_INO;
        for (byte[] name : row.names()) {
            ino = vfs.lookup(ROOT, ino, name).ino();
        }
        Attributes found = vfs.getattr(ino);
        compare(row, "ino", row.ino(), found.ino(), differences);
        compare(row, "mode", TYPES.get(row.type()) | row.mode(), found.mode(), differences);
        compare(row, "uid", row.uid(), found.uid(), differences);
        compare(row, "gid", row.gid(), found.gid(), differences);
        compare(row, "nlink", row.nlink(), found.nlink(), differences);
        compare(row, "size", row.size(), found.size(), differences);
        String mtime = found.mtime().seconds() + "."
                + String.format("%09d", found.mtime().nanos());
        compare(row, "mtime", row.mtime(), mtime, differences);
        if (row.rdev() != null) {
            compare(row, "rdev", row.rdev(), (found.rdev() >>> 20) + ":" + (found.rdev() & 0xfffff), differences);
        }
        byte[] target = row.target();
        if (target != null) {
            compare(row, "target", text(target), text(vfs.readlink(ROOT, ino)), differences);
        }
        if (row.content() != null && !row.content().equals("offline")) {
            compare(row, "sha256", row.content(), sha256(vfs, ino), differences);
        }
        verifyXattrs(vfs, row, ino, differences);
    }

    private static void verifyXattrs(Vfs vfs, GoldenVolume.Row row, long ino, List<String> differences)
            throws Exception {
        TreeSet<String> listed = new TreeSet<>();
        for (byte[] name : vfs.listxattr(ROOT, ino)) {
            listed.add(text(name));
        }
        TreeSet<String> shown = new TreeSet<>(row.xattrs().keySet());
        shown.removeIf(name -> name.startsWith("scoutfs.") && name.contains("hide."));
        compare(row, "xattr names", shown, listed, differences);
        for (Map.Entry<String, byte[]> xattr : row.xattrs().entrySet()) {
            byte[] value = vfs.getxattr(ROOT, ino, xattr.getKey().getBytes(StandardCharsets.UTF_8));
            compare(row, xattr.getKey(), text(xattr.getValue()), text(value), differences);
        }
    }

    private static void compare(
            GoldenVolume.Row row, String what, Object expected, Object found, List<String> differences) {
        if (!expected.equals(found)) {
            differences.add(row.path() + " " + what + ": expected " + expected + ", found " + found);
        }
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    private static String sha256(Vfs vfs, long ino) throws Exception {
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        byte[] buffer = new byte[1 << 20];
        OpenFile file = vfs.open(ROOT, ino, 0);
        try {
            long offset = 0;
            int got = vfs.read(file, offset, MemorySegment.ofArray(buffer));
            while (got > 0) {
                digest.update(buffer, 0, got);
                offset += got;
                got = vfs.read(file, offset, MemorySegment.ofArray(buffer));
            }
        } finally {
            vfs.release(file);
        }
        return HexFormat.of().formatHex(digest.digest());
    }
}
