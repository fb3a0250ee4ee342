package org.scoutfs.mount;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assumptions;

/**
 * The volume that the reference made, in {@code shared/fixtures} beside the project: its images, unpacked sparse into a fresh directory,
 * and what the reference said is in it. Tests that use it are skipped where it is absent.
 */
public final class GoldenVolume {
    /** One line of the manifest; a dash there is null here. */
    public record Row(
            List<byte[]> names,
            String type,
            int mode,
            int uid,
            int gid,
            int nlink,
            long size,
            String mtime,
            long ino,
            @Nullable String rdev,
            @Nullable String content,
            byte @Nullable [] target,
            Map<String, byte[]> xattrs) {
        public String path() {
            StringBuilder path = new StringBuilder();
            names.forEach(name -> path.append('/').append(new String(name, java.nio.charset.StandardCharsets.UTF_8)));
            return path.isEmpty() ? "/" : path.toString();
        }
    }

    private GoldenVolume() {}

    /** The directory of the fixtures; skips the test if it is absent. */
    public static Path fixtures() {
        for (Path dir = Path.of("").toAbsolutePath(); dir != null; dir = dir.getParent()) {
            Path fixtures = dir.resolve("shared/fixtures");
            if (Files.isRegularFile(fixtures.resolve("golden-v2.tar.xz"))) {
                return fixtures;
            }
        }
        Assumptions.abort(
                "no shared/fixtures/golden-v2.tar.xz beside the project: the reference's volume is not tested");
        throw new IllegalStateException();
    }

    /** Unpacks {@code meta.img} and {@code data.img} into a directory. */
    public static void unpack(Path into) throws IOException, InterruptedException {
        Path archive = fixtures().resolve("golden-v2.tar.xz");
        Process tar = new ProcessBuilder("tar", "xSJf", archive.toString(), "-C", into.toString())
                .inheritIO()
                .start();
        if (tar.waitFor() != 0) {
            throw new IOException("cannot unpack " + archive + " (tar and xz are needed)");
        }
    }

    public static List<Row> manifest() throws IOException {
        List<Row> rows = new ArrayList<>();
        for (String line : Files.readAllLines(fixtures().resolve("golden-v2.manifest.txt"))) {
            if (!line.startsWith("#")) {
                rows.add(parse(line.split("\t", -1)));
            }
        }
        return rows;
    }

    private static Row parse(String[] words) {
        return new Row(
                names(words[0]),
                words[1],
                Integer.parseInt(words[2], 8),
                Integer.parseInt(words[3]),
                Integer.parseInt(words[4]),
                Integer.parseInt(words[5]),
                Long.parseLong(words[6]),
                words[7],
                Long.parseLong(words[8]),
                orNull(words[9]),
                orNull(words[10]),
                words[11].equals("-") ? null : unescape(words[11]),
                xattrs(words[12]));
    }

    private static @Nullable String orNull(String word) {
        return word.equals("-") ? null : word;
    }

    private static List<byte[]> names(String path) {
        List<byte[]> names = new ArrayList<>();
        for (String name : path.split("/")) {
            if (!name.isEmpty()) {
                names.add(unescape(name));
            }
        }
        return names;
    }

    private static byte[] unescape(String text) {
        java.io.ByteArrayOutputStream bytes = new java.io.ByteArrayOutputStream();
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) == '%') {
                bytes.write(HexFormat.fromHexDigits(text, i + 1, i + 3));
                i += 2;
            } else {
                bytes.write(text.charAt(i));
            }
        }
        return bytes.toByteArray();
    }

    private static Map<String, byte[]> xattrs(String word) {
        Map<String, byte[]> xattrs = new TreeMap<>();
        if (!word.equals("-")) {
            for (String one : word.split(";")) {
                int equals = one.indexOf('=');
                xattrs.put(one.substring(0, equals), HexFormat.of().parseHex(one.substring(equals + 1)));
            }
        }
        return xattrs;
    }
}
