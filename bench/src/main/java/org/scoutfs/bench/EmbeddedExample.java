package org.scoutfs.bench;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.scoutfs.error.FsException;
import org.scoutfs.host.Host;
import org.scoutfs.mount.Mount;
import org.scoutfs.mount.MountOptions;
import org.scoutfs.vfs.PathFiles;
import org.scoutfs.vfs.SimpleCredentials;

/** A volume used inside a JVM, without FUSE and without root: writes a file and reads it back. */
public final class EmbeddedExample {
    private EmbeddedExample() {}

    /** Arguments: the metadata and the data device of a volume whose quorum slot 0 has an address of this machine. */
    public static void main(String[] args) throws FsException, IOException {
        try (Host host = Host.system();
                Mount mount =
                        Mount.open(host, Path.of(args[0]), Path.of(args[1]), MountOptions.parse("quorum_slot_nr=0"))) {
            PathFiles files = new PathFiles(mount.vfs(), SimpleCredentials.root());
            files.mkdirs("/a/b");
            files.copyIn(new ByteArrayInputStream("hello\n".getBytes(StandardCharsets.UTF_8)), "/a/b/c");
            mount.vfs().syncfs();
            files.copyOut("/a/b/c", System.out);
            System.out.println("free: " + mount.vfs().statfs());
        }
    }
}
