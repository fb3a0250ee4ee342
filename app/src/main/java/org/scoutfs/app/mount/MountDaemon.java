package org.scoutfs.app.mount;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.scoutfs.app.control.ControlDirectory;
import org.scoutfs.app.control.FenceDirectory;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.InetAddr;
import org.scoutfs.fuse.CacheMode;
import org.scoutfs.fuse.FuseMount;
import org.scoutfs.fuse.FuseOptions;
import org.scoutfs.fuse.SessionEnd;
import org.scoutfs.fuse.Transport;
import org.scoutfs.host.Host;
import org.scoutfs.host.MountIdent;
import org.scoutfs.mount.Mount;
import org.scoutfs.mount.MountOptions;

/**
 * One mount from start to end: volume, FUSE, control directory. The process that runs it never touches the mount.
 *
 * <p>The order at the end is that of an unmount by umount(8): the kernel's last request arrives, the mount leaves the cluster, the
 * request is answered. A signal does the same by unmounting first.
 */
final class MountDaemon {
    private static final System.Logger LOG = System.getLogger(MountDaemon.class.getName());

    /** What log lines have before the volume is known. */
    private static final String NO_VOLUME_YET = "f.000000.r.000000";

    private final MountOptions options;
    private final MountWords words;
    private final Path dataPath;
    private final Path directory;
    private final CountDownLatch ended = new CountDownLatch(1);
    private final FenceDirectory fences = new FenceDirectory();
    private volatile @Nullable FuseMount fuse;
    private volatile @Nullable ControlDirectory control;

    MountDaemon(MountOptions options, MountWords words, Path dataPath, Path directory) {
        this.options = options;
        this.words = words;
        this.dataPath = dataPath;
        this.directory = directory;
    }

    /** As {@link #run}, telling the command that started this process how it went; its end of the pipe is standard output. */
    int runBehindPipe() {
        PrintStream pipe = new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);
        try {
            return run(line -> {
                pipe.println(DaemonLauncher.READY + line);
                pipe.close();
            });
        } catch (FsException e) {
            pipe.println(DaemonLauncher.FAILED + e.errno().number() + " " + e.getMessage());
            MountIdent.run(NO_VOLUME_YET, () -> LOG.log(System.Logger.Level.ERROR, e.getMessage(), e));
            return 1;
        }
    }

    /**
     * Mounts, serves until the unmount, and leaves the cluster.
     *
     * @param ready is given one line when the mount answers
     */
    int run(Consumer<String> ready) throws FsException {
        Path meta = Path.of(Objects.requireNonNull(options.metadevPath()));
        try (Host host = Host.system()) {
            Mount mount = MountIdent.call(
                    NO_VOLUME_YET, () -> Mount.open(host, meta, dataPath, options, fences, MountDaemon::isLocal));
            MountIdent.call(mount.ident(), () -> {
                try {
                    serve(host.watchedBy(MountDaemon::ignore, mount.ident()), mount, ready);
                } finally {
                    mount.close();
                }
                return mount;
            });
        } finally {
            ended.countDown();
        }
        return 0;
    }

    /** The handler of the host below has logged it. */
    private static void ignore(Thread thread, Throwable failure) {}

    private void serve(Host host, Mount mount, Consumer<String> ready) throws FsException {
        Thread onSignal = new Thread(() -> MountIdent.run(mount.ident(), this::unmountOnSignal), "scoutfs-signal");
        try (Guardian guardian = Guardian.start();
                FuseMount mounted = FuseMount.mount(
                        mount.vfs(),
                        directory,
                        fuseOptions(mount),
                        new SessionEnd() {
                            @Override
                            public void ended(boolean orderly) {
                                end(mount, orderly);
                            }

                            @Override
                            public void failed(Throwable failure) {
                                mount.failAfter(failure);
                            }
                        },
                        host,
                        mount.counters());
                ControlDirectory published = ControlDirectory.publish(
                        mount, mounted.mountPoint(), Objects.requireNonNull(options.metadevPath()), fences, host)) {
            guardian.watch(mounted.connection());
            for (long connection : published.connections()) {
                guardian.watch(connection);
            }
            fuse = mounted;
            control = published;
            Runtime.getRuntime().addShutdownHook(onSignal);
            published.setState(ControlDirectory.State.READY);
            LOG.log(System.Logger.Level.INFO, "mounted on {0}", directory);
            ready.accept("mounted " + dataPath + " on " + directory + " (" + mount.ident() + ")");
            mounted.awaitUnmounted();
        } catch (IOException e) {
            throw new FsException(Errno.EIO, "cannot mount on '" + directory + "': " + e.getMessage(), e);
        } catch (InterruptedException e) {
            throw new FsException(Errno.EINTR, "interrupted while mounted", e);
        }
    }

    /** The kernel has let go of the mount; with a block device umount(8) waits until this returns. */
    private void end(Mount mount, boolean orderly) {
        ControlDirectory published = control;
        if (published != null) {
            published.setState(ControlDirectory.State.UNMOUNTING);
        }
        try {
            if (!orderly && !mount.isForced()) {
                LOG.log(System.Logger.Level.INFO, "the FUSE connection ended");
            }
            mount.close();
        } catch (FsException e) {
            LOG.log(System.Logger.Level.ERROR, "unmount failed", e);
        }
    }

    /** A shutdown hook: the process ends when it returns. */
    private void unmountOnSignal() {
        FuseMount mounted = fuse;
        if (mounted == null || mounted.isOver()) {
            return;
        }
        LOG.log(System.Logger.Level.INFO, "unmounting {0} on a signal", directory);
        mounted.close();
        try {
            ended.await();
        } catch (InterruptedException e) {
            LOG.log(System.Logger.Level.WARNING, "interrupted before the mount had left the cluster");
        }
    }

    private FuseOptions fuseOptions(Mount mount) {
        return FuseOptions.of(dataPath.toString())
                .withBlockDevice(mount.dataDevice().isBlockSpecial())
                .withCacheMode(CacheMode.valueOf(options.kernelCache().toUpperCase(Locale.ROOT)))
                .withTransport(Transport.valueOf(options.transport().toUpperCase(Locale.ROOT)))
                .withAcl(options.acl())
                .withAllowOther(FuseAccess.othersMayLook())
                .withMountFlags(words.flags());
    }

    private static boolean isLocal(InetAddr addr) {
        try {
            return NetworkInterface.getByInetAddress(InetAddress.getByAddress(addr.addressBytes())) != null;
        } catch (SocketException | UnknownHostException e) {
            return false;
        }
    }
}
