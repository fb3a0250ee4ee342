package org.scoutfs.app.control;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;

/** A file or directory of the control tree. Compared by identity; methods may be called by any thread. */
abstract sealed class ControlNode {
    private static final int READ_ONLY = 0444;
    private static final int WRITABLE = 0644;
    private static final int ROOT_ONLY = 0400;

    /** Makes a file's contents. */
    @FunctionalInterface
    interface Source {
        String text() throws FsException;
    }

    /** Takes what one write call wrote. */
    @FunctionalInterface
    interface Sink {
        /** @throws FsException what the writer gets: EINVAL, ERANGE, ... */
        void accept(String text) throws FsException;
    }

    /** Names and what they name; those of now. */
    @FunctionalInterface
    interface Children {
        Map<String, ControlNode> now();
    }

    static final class Directory extends ControlNode {
        private final Children children;

        Directory(Children children) {
            this.children = children;
        }

        Map<String, ControlNode> children() {
            return children.now();
        }
    }

    static final class File extends ControlNode {
        private final int permissions;
        private final Source source;
        private final @Nullable Sink sink;

        private File(int permissions, Source source, @Nullable Sink sink) {
            this.permissions = permissions;
            this.source = source;
            this.sink = sink;
        }

        int permissions() {
            return permissions;
        }

        String text() throws FsException {
            return source.text();
        }

        boolean isWritable() {
            return sink != null;
        }

        /** EACCES if nothing may be written. */
        void write(String text) throws FsException {
            if (sink == null) {
                throw new FsException(Errno.EACCES);
            }
            sink.accept(text);
        }
    }

    /** A file to read only. */
    static File file(Source source) {
        return new File(READ_ONLY, source, null);
    }

    /** For root alone. */
    static File secret(Source source) {
        return new File(ROOT_ONLY, source, null);
    }

    static File writable(Source source, Sink sink) {
        return new File(WRITABLE, source, sink);
    }

    /** Shown as writable, as the reference does, but opening it for writing fails with EACCES. */
    static File shownWritable(Source source) {
        return new File(WRITABLE, source, null);
    }

    static Directory directory(Map<String, ControlNode> children) {
        // in the order given
        Map<String, ControlNode> fixed = new LinkedHashMap<>(children);
        return new Directory(() -> fixed);
    }
}
