package org.scoutfs.fs;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.scoutfs.device.Seeds;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.vfs.LocalVfs;
import org.scoutfs.vfs.Vfs;

/** Random changes of names on two mounts in turn against a tree in memory, error numbers included. */
class NamesModelTest {
    private static final Credentials WHO = Callers.KERNEL_ROOT;
    private static final int STEPS = 3000;

    private static final class Node {
        final long ino;
        final int type;
        final Map<String, Entry> entries = new LinkedHashMap<>();

        @Nullable
        Node parent;

        int links;
        long nextPosition = 2;

        Node(long ino, int type) {
            this.ino = ino;
            this.type = type;
        }

        boolean isDirectory() {
            return type == Modes.S_IFDIR;
        }

        int nlink() {
            return isDirectory()
                    ? 2
                            + (int) entries.values().stream()
                                    .filter(e -> e.node.isDirectory())
                                    .count()
                    : links;
        }

        long size() {
            return entries.keySet().stream()
                    .mapToLong(n -> n.getBytes(StandardCharsets.UTF_8).length)
                    .sum();
        }

        void put(String name, Node node) {
            entries.put(name, new Entry(node, nextPosition++));
            if (node.isDirectory()) {
                node.parent = this;
            } else {
                node.links++;
            }
        }

        void remove(String name) {
            Entry gone = entries.remove(name);
            if (gone != null && !gone.node.isDirectory()) {
                gone.node.links--;
            }
        }

        boolean isBelow(Node other) {
            for (Node at = this; at != null; at = at.parent) {
                if (at == other) {
                    return true;
                }
            }
            return false;
        }
    }

    private record Entry(Node node, long position) {}

    private final Node root = new Node(1, Modes.S_IFDIR);
    private final List<Node> directories = new ArrayList<>(List.of(root));
    private final List<Node> files = new ArrayList<>();

    @Test
    void behavesLikeATreeInMemory() throws Exception {
        Random random = new Random(Seeds.next("NamesModelTest"));
        try (TestVolume volume = TestVolume.create();
                TestClient a = volume.mount();
                TestClient b = volume.mount()) {
            TestClient mount = a;
            for (int step = 0; step < STEPS; step++) {
                if (random.nextInt(60) == 0) {
                    mount = mount == a ? b : a;
                }
                String what = step(mount.vfs, random);
                if (step % 500 == 499) {
                    compare(mount.vfs, what);
                }
            }
            a.vfs.syncfs();
            compare(b.vfs, "at the end");
            compare(a.vfs, "at the end");
        }
    }

    private String step(LocalVfs vfs, Random random) throws FsException {
        Node dir = any(directories, random);
        Node other = any(directories, random);
        String name = name(random);
        String second = name(random);
        return switch (random.nextInt(20)) {
            case 0, 1, 2, 3, 4 -> create(vfs, dir, name, random);
            case 5, 6, 7 -> mkdir(vfs, dir, name);
            case 8, 9 -> link(vfs, dir, name, random);
            case 10, 11, 12 -> remove(vfs, dir, name, false);
            case 13, 14 -> remove(vfs, dir, name, true);
            default -> rename(vfs, dir, name, random.nextInt(3) == 0 ? dir : other, second, random.nextInt(4) / 3);
        };
    }

    private static Node any(List<Node> nodes, Random random) {
        return nodes.get(random.nextInt(nodes.size()));
    }

    private static String name(Random random) {
        String base = "n" + random.nextInt(12);
        return random.nextInt(30) == 0 ? base + "x".repeat(253) : base;
    }

    private static byte[] bytes(String name) {
        return name.getBytes(StandardCharsets.UTF_8);
    }

    private interface Operation {
        void run() throws FsException;
    }

    private static void expect(@Nullable Errno expected, String what, Operation operation) {
        Errno found = null;
        String message = "";
        try {
            operation.run();
        } catch (FsException e) {
            found = e.errno();
            message = " " + e.getMessage();
        }
        assertThat(found).as(what + message).isEqualTo(expected);
    }

    private static @Nullable Errno addError(Node dir, String name) {
        if (name.length() > 255) {
            return Errno.ENAMETOOLONG;
        }
        return dir.entries.containsKey(name) ? Errno.EEXIST : null;
    }

    private String create(LocalVfs vfs, Node dir, String name, Random random) {
        String what = "create " + dir.ino + "/" + name;
        boolean symlink = random.nextInt(5) == 0;
        expect(addError(dir, name), what, () -> {
            Attributes made = symlink
                    ? vfs.symlink(WHO, dir.ino, bytes(name), bytes("to/" + name))
                    : vfs.mknod(WHO, dir.ino, bytes(name), Modes.S_IFREG | 0644, 0);
            Node node = new Node(made.ino(), made.mode() & Modes.S_IFMT);
            dir.put(name, node);
            files.add(node);
            vfs.forget(made.ino(), 1);
        });
        return what;
    }

    private String mkdir(LocalVfs vfs, Node dir, String name) {
        String what = "mkdir " + dir.ino + "/" + name;
        expect(addError(dir, name), what, () -> {
            Attributes made = vfs.mkdir(WHO, dir.ino, bytes(name), 0755);
            Node node = new Node(made.ino(), Modes.S_IFDIR);
            dir.put(name, node);
            directories.add(node);
            vfs.forget(made.ino(), 1);
        });
        return what;
    }

    private String link(LocalVfs vfs, Node dir, String name, Random random) {
        if (files.isEmpty()) {
            return "nothing to link";
        }
        Node file = any(files, random);
        String what = "link " + file.ino + " " + dir.ino + "/" + name;
        expect(addError(dir, name), what, () -> {
            vfs.forget(vfs.link(WHO, file.ino, dir.ino, bytes(name)).ino(), 1);
            dir.put(name, file);
        });
        return what;
    }

    private String remove(LocalVfs vfs, Node dir, String name, boolean directory) {
        String what = "remove " + dir.ino + "/" + name;
        Entry entry = dir.entries.get(name);
        Errno expected = null;
        if (name.length() > 255) {
            expected = Errno.ENAMETOOLONG;
        } else if (entry == null) {
            expected = Errno.ENOENT;
        } else if (directory != entry.node.isDirectory()) {
            expected = directory ? Errno.ENOTDIR : Errno.EISDIR;
        } else if (!entry.node.entries.isEmpty()) {
            expected = Errno.ENOTEMPTY;
        }
        expect(expected, what, () -> {
            if (directory) {
                vfs.rmdir(WHO, dir.ino, bytes(name));
            } else {
                vfs.unlink(WHO, dir.ino, bytes(name));
            }
            removed(dir, name);
        });
        return what;
    }

    private void removed(Node dir, String name) {
        Entry entry = dir.entries.get(name);
        dir.remove(name);
        if (entry != null && entry.node.isDirectory()) {
            directories.remove(entry.node);
        } else if (entry != null && entry.node.links == 0) {
            files.remove(entry.node);
        }
    }

    private String rename(LocalVfs vfs, Node dir, String name, Node newDir, String newName, int flags) {
        String what = "rename " + dir.ino + "/" + name + " " + newDir.ino + "/" + newName + " " + flags;
        Entry source = dir.entries.get(name);
        Entry target = newDir.entries.get(newName);
        expect(renameError(dir, name, newDir, newName, flags), what, () -> {
            vfs.rename(WHO, dir.ino, bytes(name), newDir.ino, bytes(newName), flags);
            if (source == null || (target != null && target.node == source.node)) {
                return;
            }
            if (target != null) {
                removed(newDir, newName);
            }
            dir.remove(name);
            newDir.put(newName, source.node);
        });
        return what;
    }

    private static @Nullable Errno renameError(Node dir, String name, Node newDir, String newName, int flags) {
        if (name.length() > 255 || newName.length() > 255) {
            return Errno.ENAMETOOLONG;
        }
        Entry source = dir.entries.get(name);
        Entry target = newDir.entries.get(newName);
        if (source == null) {
            return Errno.ENOENT;
        }
        if (target != null && flags == Vfs.RENAME_NOREPLACE) {
            return Errno.EEXIST;
        }
        if (target != null && target.node == source.node) {
            return null;
        }
        boolean directory = source.node.isDirectory();
        if (directory && newDir.isBelow(source.node)) {
            return Errno.EINVAL;
        }
        if (directory && target != null && dir != newDir && dir.isBelow(target.node)) {
            return Errno.ENOTEMPTY;
        }
        if (target == null) {
            return null;
        }
        if (directory != target.node.isDirectory()) {
            return directory ? Errno.ENOTDIR : Errno.EISDIR;
        }
        return target.node.entries.isEmpty() ? null : Errno.ENOTEMPTY;
    }

    private void compare(LocalVfs vfs, String after) throws FsException {
        AtomicInteger seen = new AtomicInteger();
        compare(vfs, root, after, seen);
        assertThat(seen.get()).isEqualTo(directories.size());
    }

    private void compare(LocalVfs vfs, Node dir, String after, AtomicInteger seen) throws FsException {
        seen.incrementAndGet();
        List<String> found = new ArrayList<>();
        List<String> expected = new ArrayList<>();
        OpenFile open = vfs.open(WHO, dir.ino, 0);
        vfs.readdir(open, 0, true, (name, ino, mode, next, attributes) -> {
            found.add(new String(name, StandardCharsets.UTF_8) + " " + ino + " " + (mode >> 12) + " " + next);
            if (attributes != null) {
                assertThat(attributes.ino()).isEqualTo(ino);
                vfs.forget(ino, 1);
            }
            return true;
        });
        vfs.release(open);
        expected.add(". " + dir.ino + " 4 1");
        Node parent = dir.parent;
        expected.add(".. " + (parent == null ? dir.ino : parent.ino) + " 4 2");
        dir.entries.forEach((name, entry) ->
                expected.add(name + " " + entry.node.ino + " " + (entry.node.type >> 12) + " " + (entry.position + 1)));
        assertThat(found).as("listing of " + dir.ino + " after " + after).isEqualTo(expected);
        Attributes attributes = vfs.getattr(dir.ino);
        assertThat(attributes.nlink()).as("links of " + dir.ino).isEqualTo(dir.nlink());
        assertThat(attributes.size()).as("size of " + dir.ino).isEqualTo(dir.size());
        for (Map.Entry<String, Entry> entry : dir.entries.entrySet()) {
            Node node = entry.getValue().node;
            if (node.isDirectory()) {
                compare(vfs, node, after, seen);
            } else {
                assertThat(vfs.getattr(node.ino).nlink()).isEqualTo(node.links);
            }
        }
    }
}
