package org.scoutfs.app.demo;

import java.io.Console;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.scoutfs.app.CommandWithHelp;
import org.scoutfs.app.mount.FuseAccess;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.VolumeLayout;
import org.scoutfs.host.Host;
import org.scoutfs.host.HostClock;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code scoutfs demo}. */
@Command(
        name = "demo",
        description = {
            "Make a volume from two sparse files, mount it, copy a real tree into it, and verify the copy after an"
                    + " unmount",
            "and a second mount. Leaves the mount for you to play with.",
            "With --mounts: mount one volume several times, create on one mount and read on the others, kill the"
                    + " leader, and show how",
            "long each mount was without service."
        },
        footer = {
            "",
            "Without root and without FUSE the engine does the same in this process.",
            "",
            "Examples:",
            "  scoutfs demo",
            "  scoutfs demo /var/tmp/scoutfs --source /usr/share/doc",
            "  scoutfs demo --mounts 5 --cleanup"
        })
public final class DemoCommand extends CommandWithHelp implements Callable<Integer> {
    private static final long STOP_SECONDS = 30;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before call
    private CommandSpec spec;

    @Parameters(
            index = "0",
            arity = "0..1",
            paramLabel = "DIR",
            description = "Where the volume's files and the mount point are made; default: a new temporary directory.")
    private @Nullable Path directory;

    @Option(
            names = "--source",
            paramLabel = "PATH",
            description = "The tree to copy; default: the Java this runs on, some hundreds of MB.")
    private @Nullable Path source;

    @Option(
            names = "--mounts",
            arity = "0..1",
            paramLabel = "N",
            fallbackValue = "3",
            description = "So many mounts of one volume, 2 to 15, default ${FALLBACK-VALUE}; needs FUSE.")
    private @Nullable Integer mounts;

    @Option(names = "--cleanup", description = "Unmount and remove everything at the end.")
    private boolean cleanup;

    @Option(names = "--embedded", description = "Use the engine in this process even if FUSE can be used.")
    private boolean embedded;

    private final CountDownLatch stopped = new CountDownLatch(1);
    private volatile boolean cancelled;

    @Override
    public Integer call() throws IOException, FsException {
        // the engine tells its state changes to daemons' logs, not to whoever watches this
        if (System.getProperty("scoutfs.log.level") == null) {
            System.setProperty("scoutfs.log.level", "WARN");
        }
        PrintWriter out = spec.commandLine().getOut();
        if (mounts != null) {
            return playCluster(out, mounts);
        }
        Path from = (source == null ? Path.of(System.getProperty("java.home")) : source)
                .toAbsolutePath()
                .normalize();
        if (!Files.isDirectory(from)) {
            throw new FsException(Errno.ENOTDIR, "--source " + from + " is not a directory");
        }
        DemoFiles files = files();
        if (files.directory().startsWith(from)) {
            throw new FsException(Errno.EINVAL, "DIR " + files.directory() + " lies within the source " + from);
        }
        String why = embedded ? "--embedded was given" : FuseAccess.obstacle();
        try (Host host = Host.system();
                Stage stage = why.isEmpty() ? new MountedStage(files) : new EmbeddedStage(files)) {
            return play(out, host.clock(), stage, files, from, why);
        } finally {
            stopped.countDown();
        }
    }

    private DemoFiles files() throws IOException {
        return new DemoFiles(
                directory == null
                        ? Files.createTempDirectory("scoutfs-demo-")
                        : directory.toAbsolutePath().normalize());
    }

    private int playCluster(PrintWriter out, int count) throws IOException, FsException {
        if (count < 2 || count > VolumeLayout.QUORUM_SLOTS) {
            throw new FsException(Errno.EINVAL, "--mounts " + count + " is not in 2.." + VolumeLayout.QUORUM_SLOTS);
        }
        String obstacle = embedded ? "--embedded was given" : FuseAccess.obstacle();
        if (!obstacle.isEmpty()) {
            throw new FsException(Errno.EPERM, "--mounts needs FUSE: " + obstacle);
        }
        DemoFiles files = files();
        try (Host host = Host.system();
                ClusterDemo demo = new ClusterDemo(out, onTerminal(), host.clock(), files, count)) {
            Thread player = Thread.currentThread();
            Thread onInterrupt = new Thread(
                    () -> {
                        cancelled = true;
                        player.interrupt();
                        cleanUpOnInterrupt(demo::close, files);
                    },
                    "scoutfs-demo-interrupt");
            Runtime.getRuntime().addShutdownHook(onInterrupt);
            try {
                demo.play();
            } catch (InterruptedException e) {
                throw new FsException(Errno.EINTR, "interrupted", e);
            } finally {
                // it has done its work: what follows unmounts
                boolean interrupted = Thread.interrupted();
                stopped.countDown();
                if (!cancelled && !interrupted) {
                    Runtime.getRuntime().removeShutdownHook(onInterrupt);
                }
            }
            if (!cleanup) {
                demo.leave();
            }
        }
        if (cleanup) {
            files.remove();
            out.println("Unmounted and removed.");
        }
        return 0;
    }

    private int play(PrintWriter out, HostClock clock, Stage stage, DemoFiles files, Path from, String why)
            throws IOException, FsException {
        Tree tree = new DirectoryTree(from);
        TreeCopy copy = new TreeCopy(tree.walk(), () -> cancelled);
        out.printf(
                Locale.ROOT, "source   %s: %,d entries, %,d MB%n", from, copy.entries(), copy.totalBytes() / 1_000_000);
        out.flush();
        int port = files.make(copy.totalBytes());
        Thread onInterrupt = new Thread(() -> cleanUpOnInterrupt(stage::close, files), "scoutfs-demo-interrupt");
        Runtime.getRuntime().addShutdownHook(onInterrupt);
        boolean done = false;
        try {
            out.println("volume   " + files.meta() + " and data.img, sparse, quorum slot 0 at 127.0.0.1:" + port);
            out.println("mount    " + stage.describe() + (why.isEmpty() ? "" : " (" + why + ")"));
            out.flush();
            DemoReport report = new DemoReport(out, onTerminal(), clock, copy);
            Tree.Writable target = report.timed("mount", stage::mount);
            report.copy("copy", progress -> copy.copy(tree, target, progress));
            report.timed("unmount", () -> {
                stage.unmount();
                return true;
            });
            Tree again = report.timed("mount", stage::mount);
            List<String> differences = report.verify("verify", progress -> copy.verify(again, progress));
            if (!differences.isEmpty()) {
                out.flush();
                differences.forEach(line -> spec.commandLine().getErr().println("  " + line));
                throw new FsException(
                        Errno.EIO, "the copy differs from " + from + "; the volume is left in " + files.directory());
            }
            out.println("         every name, type, mode, mtime, symlink and checksum is as copied");
            out.println();
            out.print(stage.usage().table(true));
            done = true;
        } finally {
            if (!cancelled) {
                Runtime.getRuntime().removeShutdownHook(onInterrupt);
            }
            out.flush();
            stopped.countDown();
            if (!done && !cancelled) {
                stage.close();
            }
        }
        finish(out, stage, files, why.isEmpty());
        return 0;
    }

    /** What is unmounted on an interrupt. */
    @FunctionalInterface
    private interface Mounted {
        void close() throws IOException, FsException;
    }

    /** JDK 22 to 24 have a console without a terminal; JDK 25 has none again. */
    @SuppressWarnings("SystemConsoleNull")
    private static boolean onTerminal() {
        Console console = System.console();
        return console != null && console.isTerminal();
    }

    private void finish(PrintWriter out, Stage stage, DemoFiles files, boolean mounted)
            throws IOException, FsException {
        out.println();
        if (cleanup) {
            stage.close();
            files.remove();
            out.println("Unmounted and removed.");
            return;
        }
        if (mounted) {
            out.println("The volume is mounted on " + files.mountPoint() + ". Try:");
            out.println("  ls " + files.mountPoint());
            out.println("  scoutfs df -h -p " + files.mountPoint());
            out.println("  scoutfs stat " + files.mountPoint());
            out.println("When you have seen enough:");
            out.println("  scoutfs umount " + files.mountPoint() + " && rm -r " + files.directory());
            ((MountedStage) stage).leaveMounted();
        } else {
            stage.close();
            out.println("The volume is unmounted. Try:");
            out.println("  scoutfs print " + files.meta() + " | head -20");
            out.println("  scoutfs mount -o " + files.mountOptions() + " " + files.data() + " " + files.mountPoint()
                    + "    (as root, with FUSE)");
            out.println("When you have seen enough:");
            out.println("  rm -r " + files.directory());
        }
        out.flush();
    }

    /** A shutdown hook: waits until the work has noticed, so that nothing uses the mount any more. */
    private void cleanUpOnInterrupt(Mounted stage, DemoFiles files) {
        cancelled = true;
        PrintWriter err = spec.commandLine().getErr();
        try {
            err.println();
            err.println("interrupted: unmounting and removing " + files.directory());
            if (!stopped.await(STOP_SECONDS, TimeUnit.SECONDS)) {
                err.println("the copy does not stop; unmounting all the same");
            }
            stage.close();
            files.remove();
        } catch (IOException | FsException e) {
            err.println("scoutfs demo: " + files.directory() + " is left behind: " + e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
