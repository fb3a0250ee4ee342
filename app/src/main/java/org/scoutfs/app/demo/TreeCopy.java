package org.scoutfs.app.demo;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.zip.CRC32C;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;

/** Copies one tree into another, remembering a checksum of every file as it was read, and compares afterwards. */
final class TreeCopy {
    private static final int BUFFER_BYTES = 1 << 20;
    private static final int DIFFERENCES_SHOWN = 10;

    private final List<Node> nodes;
    private final long totalBytes;
    private final BooleanSupplier cancelled;
    private final Map<String, Long> checksums = new HashMap<>();
    private final byte[] buffer = new byte[BUFFER_BYTES];

    /**
     * @param nodes what to copy, directories before what is in them
     * @param cancelled asked often; when true the work ends with EINTR
     */
    TreeCopy(List<Node> nodes, BooleanSupplier cancelled) {
        this.nodes = nodes;
        this.totalBytes = nodes.stream().mapToLong(Node::size).sum();
        this.cancelled = cancelled;
    }

    int entries() {
        return nodes.size();
    }

    long totalBytes() {
        return totalBytes;
    }

    /** Copies everything and waits until it is durable. */
    void copy(Tree source, Tree.Writable target, Progress progress) throws IOException, FsException {
        for (Node node : nodes) {
            checkCancelled();
            if (node.isDirectory()) {
                target.mkdir(node.path());
            } else if (node.isSymlink()) {
                target.symlink(node.path(), node.target());
            } else {
                copyFile(source, target, node, progress);
            }
            progress.entry();
        }
        // contents first: a directory's mtime changes with each name, and its mode may forbid to add any
        for (Node node : nodes.reversed()) {
            target.setAttributes(node.path(), node.mode(), node.mtime());
        }
        target.sync();
    }

    private void copyFile(Tree source, Tree.Writable target, Node node, Progress progress)
            throws IOException, FsException {
        CRC32C checksum = new CRC32C();
        try (Tree.Reader from = source.read(node.path());
                Tree.Writer to = target.create(node.path())) {
            int count;
            while ((count = from.read(buffer)) > 0) {
                checkCancelled();
                checksum.update(buffer, 0, count);
                to.write(buffer, count);
                progress.bytes(count);
            }
        }
        checksums.put(node.path(), checksum.getValue());
    }

    /** @return what differs, in words; empty if the tree is what was copied */
    List<String> verify(Tree target, Progress progress) throws IOException, FsException {
        Map<String, Node> found = new HashMap<>();
        for (Node node : target.walk()) {
            found.put(node.path(), node);
        }
        List<String> differences = new ArrayList<>();
        for (Node node : nodes) {
            checkCancelled();
            Node other = found.remove(node.path());
            String difference = other == null ? "missing" : node.difference(other);
            if (difference.isEmpty()
                    && node.isRegular()
                    && checksum(target, node, progress) != checksums.getOrDefault(node.path(), -1L)) {
                difference = "other contents: checksums differ";
            }
            if (!difference.isEmpty()) {
                differences.add(node.path() + ": " + difference);
            }
            progress.entry();
        }
        found.keySet().forEach(path -> differences.add(path + ": was never copied"));
        return shortened(differences);
    }

    private static List<String> shortened(List<String> differences) {
        if (differences.size() <= DIFFERENCES_SHOWN) {
            return differences;
        }
        List<String> some = new ArrayList<>(differences.subList(0, DIFFERENCES_SHOWN));
        some.add("... and " + (differences.size() - DIFFERENCES_SHOWN) + " more");
        return some;
    }

    private long checksum(Tree target, Node node, Progress progress) throws IOException, FsException {
        CRC32C checksum = new CRC32C();
        try (Tree.Reader from = target.read(node.path())) {
            int count;
            while ((count = from.read(buffer)) > 0) {
                checkCancelled();
                checksum.update(buffer, 0, count);
                progress.bytes(count);
            }
        }
        return checksum.getValue();
    }

    private void checkCancelled() throws FsException {
        if (cancelled.getAsBoolean()) {
            throw new FsException(Errno.EINTR, "interrupted");
        }
    }
}
