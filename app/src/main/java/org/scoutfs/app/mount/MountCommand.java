package org.scoutfs.app.mount;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.scoutfs.app.CommandWithHelp;
import org.scoutfs.app.Failures;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.mount.MountOptions;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code scoutfs mount}. */
@Command(
        name = "mount",
        description = "Mount a volume through FUSE. Returns when the mount answers; a daemon serves it from then on.",
        footer = {
            "",
            "Options after -o, besides those that mount(8) knows for every file system (ro, noatime, nosuid, ...):",
            "  metadev_path=PATH                 the metadata device (needed)",
            "  quorum_slot_nr=0..14              take part in elections as this slot; without it a client only",
            "  acl, noacl                        POSIX ACLs, default acl",
            "  data_prealloc_blocks=N            4 KiB blocks given ahead to a growing file, default 2048",
            "  data_prealloc_contig_only=0|1     only to files written without holes, default 1",
            "  ino_alloc_per_lock=1..1024        inode numbers used per lock group, default 1024",
            "  lock_idle_count=32..100000        unused cluster locks kept, default 10000",
            "  log_merge_wait_timeout_ms=100..60000     default 500",
            "  orphan_scan_delay_ms=100..60000          default 10000",
            "  quorum_heartbeat_timeout_ms=2000..60000  default 10000",
            "  tcp_keepalive_timeout_ms=N        above 3000, default 24000",
            "  meta_cache=, item_cache=, data_cache=    bytes of memory, suffix K, M, G; default 256M, 256M, 128M",
            "  cache=full|attributes|none        what the kernel may cache, default full",
            "  transport=auto|device|io_uring    how requests come from the kernel, default io_uring where it can be"
                    + " had",
            "",
            "With block devices umount(8) returns when the mount has left the cluster. With regular files it returns"
                    + " at",
            "once and the daemon goes on for a moment: 'scoutfs umount DIR' waits for its end in both cases.",
            "",
            "Examples:",
            "  scoutfs mount -o metadev_path=/dev/vg/meta,quorum_slot_nr=0 /dev/vg/data /mnt",
            "  scoutfs mount -f -o metadev_path=meta.img,quorum_slot_nr=0 data.img /mnt"
        })
public final class MountCommand extends CommandWithHelp implements Callable<Integer> {
    /** What mount(8) expects of a helper that could not mount. */
    private static final int MOUNT_FAILED = 32;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before call
    private CommandSpec spec;

    @Parameters(index = "0", paramLabel = "DATA-DEVICE", description = "Block device or regular file.")
    @SuppressWarnings("NullAway.Init")
    private Path dataPath;

    @Parameters(index = "1", paramLabel = "DIR", description = "Where to mount: an existing directory.")
    @SuppressWarnings("NullAway.Init")
    private Path directory;

    @Option(
            names = "-o",
            paramLabel = "OPTION[,OPTION...]",
            description = "Mount options, see below. May be given more than once.")
    private List<String> optionTexts = new ArrayList<>();

    @Option(
            names = {"-f", "--foreground"},
            description = "Stay in the foreground and log to standard error; SIGINT or SIGTERM unmounts.")
    private boolean foreground;

    @Option(
            names = "--log",
            paramLabel = "FILE",
            description =
                    "Where the daemon logs; default ${sys:java.io.tmpdir}/scoutfs-NAME.log, of the data device's name.")
    private @Nullable Path log;

    @Option(
            names = "--daemon",
            hidden = true,
            description = "Run as the daemon of a mount command that waits on the pipe.")
    private boolean daemon;

    @Override
    public Integer call() throws Exception {
        MountWords words = MountWords.split(optionTexts);
        if (daemon) {
            return new MountDaemon(parse(words), words, dataPath, directory).runBehindPipe();
        }
        try {
            MountOptions options = parse(words);
            check(options);
            if (foreground) {
                return new MountDaemon(options, words, dataPath, directory)
                        .run(line -> spec.commandLine().getOut().println(line));
            }
            String line = DaemonLauncher.launch(words, dataPath.toAbsolutePath(), directory.toAbsolutePath(), log);
            spec.commandLine().getOut().println(line);
            return 0;
        } catch (FsException e) {
            spec.commandLine().getErr().println("scoutfs mount: " + Failures.line(e));
            if (System.getenv("SCOUTFS_DEBUG") != null) {
                e.printStackTrace(spec.commandLine().getErr());
            }
            return MOUNT_FAILED;
        }
    }

    private static MountOptions parse(MountWords words) throws FsException {
        return MountOptions.parse(words.options());
    }

    /** What can be said before a daemon is started. */
    private void check(MountOptions options) throws FsException, IOException {
        if (options.metadevPath() == null) {
            throw new FsException(
                    Errno.EINVAL, "Required mount option \"metadev_path\" not found; give it as -o metadev_path=PATH");
        }
        if (isDeadMount()) {
            throw new FsException(
                    Errno.ENOTCONN,
                    "'" + directory + "' is a mount whose daemon is gone: 'umount " + directory + "' takes it away");
        }
        if (!Files.isDirectory(directory)) {
            throw new FsException(
                    Files.exists(directory) ? Errno.ENOTDIR : Errno.ENOENT,
                    "mount point '" + directory + "' is not a directory; make it first");
        }
        String obstacle = FuseAccess.obstacle();
        if (!obstacle.isEmpty()) {
            throw new FsException(FuseAccess.isRoot() ? Errno.ENODEV : Errno.EPERM, obstacle);
        }
    }

    /** Its attributes may still be in the kernel's cache; its names are not. */
    private boolean isDeadMount() throws IOException {
        Path parent = directory.toAbsolutePath().getParent();
        if (parent == null || !Files.exists(parent) || LocalMounts.at(LocalMounts.real(directory)) == null) {
            return false;
        }
        try (Stream<Path> _ = Files.list(directory)) {
            return false;
        } catch (FileSystemException e) {
            return true;
        }
    }
}
