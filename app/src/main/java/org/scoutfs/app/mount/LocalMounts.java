package org.scoutfs.app.mount;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.scoutfs.app.control.ControlDirectory;

/** The scoutfs mounts that this process sees in its mount table. Reads {@code /proc} only, never the mounts themselves. */
public final class LocalMounts {
    private static final Path TABLE = Path.of("/proc/self/mountinfo");

    /**
     * One line of the table.
     *
     * @param type {@code fuse.scoutfs} or {@code fuseblk.scoutfs}
     * @param source the data device as the mount was given it
     */
    public record Entry(Path directory, String type, String source) {}

    private LocalMounts() {}

    /** In the order in which they were mounted; the last one on a directory is the one that is seen. */
    public static List<Entry> all() throws IOException {
        List<Entry> entries = new ArrayList<>();
        for (String line : Files.readAllLines(TABLE, StandardCharsets.UTF_8)) {
            Entry entry = parse(line);
            if (entry != null) {
                entries.add(entry);
            }
        }
        return entries;
    }

    /** The scoutfs mount that is seen on a directory, given as an absolute path without symbolic links. */
    public static @Nullable Entry at(Path directory) throws IOException {
        return all().stream()
                .filter(entry -> entry.directory().equals(directory))
                .reduce((first, last) -> last)
                .orElse(null);
    }

    /** {@code ID PARENT MAJ:MIN ROOT DIR OPTIONS [TAGS...] - TYPE SOURCE OPTIONS}; null for other file systems. */
    static @Nullable Entry parse(String line) {
        String[] words = line.split(" ", -1);
        int dash = List.of(words).indexOf("-");
        if (dash < 6 || dash + 2 >= words.length) {
            return null;
        }
        String type = words[dash + 1];
        if (words[dash + 2].startsWith(ControlDirectory.SOURCE_PREFIX)) {
            return null;
        }
        boolean ours = type.equals("fuse.scoutfs") || type.equals("fuseblk.scoutfs");
        return ours ? new Entry(Path.of(unescape(words[4])), type, unescape(words[dash + 2])) : null;
    }

    /** Blanks, tabs, newlines and backslashes are written as three octal digits. */
    static String unescape(String text) {
        byte[] in = text.getBytes(StandardCharsets.UTF_8);
        byte[] out = new byte[in.length];
        int length = 0;
        for (int i = 0; i < in.length; i++) {
            if (in[i] == '\\' && i + 3 < in.length) {
                String digits = new String(in, i + 1, 3, StandardCharsets.US_ASCII);
                if (digits.matches("[0-3][0-7]{2}")) {
                    out[length++] = (byte) Integer.parseInt(digits, 8);
                    i += 3;
                    continue;
                }
            }
            out[length++] = in[i];
        }
        return new String(out, 0, length, StandardCharsets.UTF_8);
    }

    /**
     * The daemon that serves a directory, found by its command line: the last two words of it are the data device and the directory.
     * Null if there is none that this user may see.
     */
    public static @Nullable ProcessHandle daemonOf(Path directory) {
        return ProcessHandle.allProcesses()
                .filter(process -> isDaemonOf(process, directory))
                .findFirst()
                .orElse(null);
    }

    private static boolean isDaemonOf(ProcessHandle process, Path directory) {
        byte[] bytes;
        try {
            bytes = Files.readAllBytes(Path.of("/proc", Long.toString(process.pid()), "cmdline"));
        } catch (IOException e) {
            // ended meanwhile, or another user's
            return false;
        }
        List<String> words = List.of(new String(bytes, StandardCharsets.UTF_8).split("\0"));
        int main = words.indexOf("org.scoutfs.app.Main");
        if (main < 0 || main + 1 >= words.size() || !words.get(main + 1).equals("mount")) {
            return false;
        }
        if (!words.contains("--daemon") && !words.contains("-f") && !words.contains("--foreground")) {
            return false;
        }
        return Objects.equals(realPath(process, words.getLast()), directory);
    }

    /** Of a word on a command line, relative to where that process works; touches only the directory above the mount. */
    private static @Nullable Path realPath(ProcessHandle process, String word) {
        try {
            Path path = Path.of(word);
            if (!path.isAbsolute()) {
                path = Files.readSymbolicLink(Path.of("/proc", Long.toString(process.pid()), "cwd"))
                        .resolve(path);
            }
            return real(path);
        } catch (IOException | java.nio.file.InvalidPathException e) {
            return null;
        }
    }

    /** A path without symbolic links; the last name is not looked into, as it may be a mount whose daemon is dead. */
    public static Path real(Path path) throws IOException {
        Path whole = path.toAbsolutePath().normalize();
        Path parent = whole.getParent();
        if (parent == null) {
            return whole;
        }
        Path found = parent.toRealPath().resolve(whole.getFileName());
        return Files.isSymbolicLink(found) ? found.toRealPath() : found;
    }
}
