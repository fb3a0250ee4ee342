package org.scoutfs.fuse;

import org.jspecify.annotations.Nullable;
import org.scoutfs.counter.Counter;
import org.scoutfs.counter.Counters;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.fuse.protocol.MalformedRequestException;
import org.scoutfs.fuse.protocol.Opcode;
import org.scoutfs.fuse.protocol.Request;
import org.scoutfs.fuse.protocol.Wire.BatchForgetIn;
import org.scoutfs.host.ParkedWork;

/** Takes one request from the kernel, has it executed, and answers it: whatever happens inside, the caller gets a reply. */
final class Dispatcher {
    private static final System.Logger LOG = System.getLogger(Dispatcher.class.getName());
    private static final int EINTR = -Errno.EINTR.number();
    private static final int EAGAIN = -Errno.EAGAIN.number();
    private static final int ENOENT = -Errno.ENOENT.number();
    private static final int EINVAL = -Errno.EINVAL.number();
    private static final int EIO = -Errno.EIO.number();
    private static final int ENOSYS = -Errno.ENOSYS.number();
    private static final int ENODEV = -Errno.ENODEV.number();
    private static final int ENOTCONN = -Errno.ENOTCONN.number();
    private static final int ECANCELED = -Errno.ECANCELED.number();
    private static final int ECONNABORTED = -Errno.ECONNABORTED.number();

    private final Session session;
    private final ParkedRequests parked;
    private final Lifecycle lifecycle;
    private final NameOperations names;
    private final AttributeOperations attributes;
    private final DirectoryOperations directories;
    private final FileOperations files;
    private final IoctlOperations ioctls;
    private final Counter[] counters = new Counter[Opcode.LIMIT + 1];

    /** @param device MAJ:MIN of this mount, empty if it is not known */
    Dispatcher(
            Session session,
            KernelCache cache,
            ParkedRequests parked,
            Lifecycle lifecycle,
            String device,
            Counters allCounters) {
        this.session = session;
        this.parked = parked;
        this.lifecycle = lifecycle;
        this.names = new NameOperations(session);
        this.attributes = new AttributeOperations(session);
        this.directories = new DirectoryOperations(session);
        this.files = new FileOperations(session, cache);
        this.ioctls = new IoctlOperations(session, device);
        for (int opcode = 0; opcode < Opcode.LIMIT; opcode++) {
            counters[opcode] = allCounters.get("fuse_op_" + Opcode.name(opcode));
        }
        counters[Opcode.LIMIT] = allCounters.get("fuse_op_unknown");
    }

    /** Waits for a request and serves it. @return false: there will be no more */
    boolean next(Source source) {
        long n = source.receive();
        if (n < 0) {
            return readFailed(source, (int) n);
        }
        Exchange x = source.exchange();
        int result;
        try {
            if (!x.request().received((int) n)) {
                session.malformed.increment();
                return true;
            }
        } catch (MalformedRequestException e) {
            session.malformed.increment();
            LOG.log(System.Logger.Level.ERROR, "{0}", e.getMessage());
            x.port().send(EIO, 0);
            return true;
        }
        x.begin(session.revocations.now());
        result = again(x);
        if (result == Exchange.PARKED) {
            putAside(source, x);
        } else if (result != Exchange.NO_REPLY) {
            answer(x, result);
        } else if (x.port().answersAlways()) {
            answer(x, 0);
        } else {
            x.end();
        }
        return true;
    }

    /** As {@link #execute}, unless the request was put aside and its wait has ended with an error. */
    private int again(Exchange x) {
        Parked before = x.takeResumed();
        if (before != null) {
            parked.begun(before);
            if (before.errno != 0) {
                return Failures.toKernel(before.errno);
            }
        }
        return execute(x);
    }

    /** A place for the request in hand to wait at; null: it has to be waited for on its reader. */
    @Nullable
    Parked park(Exchange x, Runnable cancel) throws FsException {
        boolean restartable = switch (x.request().opcode()) {
            case Opcode.READ, Opcode.SETATTR -> true;
            // A buffered one has its data in the kernel's pages already; others have to see that it is under way.
            case Opcode.WRITE -> !x.inFlight().is(InFlight.Kind.BUFFERED_WRITE);
            default -> false;
        };
        if (!restartable) {
            return null;
        }
        Parked place = parked.begin(x, cancel);
        x.parks(place);
        return place;
    }

    private void putAside(Source source, Exchange x) {
        Parked place = x.takeParking();
        place.leaveReader();
        source.leave();
        parked.putAside(place);
    }

    /** The request in hand is about to wait. Runs on its reader. */
    void waits(Exchange x) {
        files.waits(x);
    }

    /** @return body length, negated errno or {@link Exchange#NO_REPLY} */
    private int execute(Exchange x) {
        int opcode = x.request().opcode();
        counters[opcode >= 0 && opcode < Opcode.LIMIT ? opcode : Opcode.LIMIT].increment();
        try {
            return run(x, opcode);
        } catch (ParkedWork e) {
            return Exchange.PARKED;
        } catch (MalformedRequestException e) {
            session.malformed.increment();
            LOG.log(System.Logger.Level.ERROR, "{0}", e.getMessage());
            return EIO;
        } catch (FsException e) {
            // At ESTALE the kernel would ask again, and over io_uring say nothing of the signal that is pending.
            return e.errno() == Errno.ESTALE && x.isKilled() ? EINTR : Failures.toKernel(e.errno());
        } catch (RuntimeException | Error e) {
            session.unexpected.increment();
            LOG.log(
                    System.Logger.Level.ERROR,
                    Opcode.name(opcode) + " of inode " + x.ino() + " failed unexpectedly; the caller gets EIO",
                    e);
            if (e instanceof Error || !x.inFlight().view().changesNothing()) {
                lifecycle.failed(e);
            }
            return EIO;
        }
    }

    private int run(Exchange x, int opcode) throws FsException {
        return switch (opcode) {
            case Opcode.LOOKUP -> names.lookup(x);
            case Opcode.FORGET -> forget(x);
            case Opcode.BATCH_FORGET -> batchForget(x);
            case Opcode.GETATTR -> attributes.getattr(x);
            case Opcode.STATX -> attributes.statx(x);
            case Opcode.SETATTR -> attributes.setattr(x);
            case Opcode.READLINK -> names.readlink(x);
            case Opcode.SYMLINK -> names.symlink(x);
            case Opcode.MKNOD -> names.mknod(x);
            case Opcode.MKDIR -> names.mkdir(x);
            case Opcode.UNLINK -> names.unlink(x);
            case Opcode.RMDIR -> names.rmdir(x);
            case Opcode.RENAME -> names.rename(x);
            case Opcode.RENAME2 -> names.rename2(x);
            case Opcode.LINK -> names.link(x);
            case Opcode.OPEN -> files.open(x);
            case Opcode.CREATE -> files.create(x);
            case Opcode.TMPFILE -> files.tmpfile(x);
            case Opcode.READ -> files.read(x);
            case Opcode.WRITE -> files.write(x);
            case Opcode.RELEASE -> files.release(x);
            case Opcode.FALLOCATE -> files.fallocate(x);
            case Opcode.LSEEK -> files.lseek(x);
            case Opcode.OPENDIR -> directories.opendir(x);
            case Opcode.READDIR -> directories.readdir(x);
            case Opcode.READDIRPLUS -> directories.readdirplus(x);
            case Opcode.RELEASEDIR -> directories.releasedir(x);
            case Opcode.STATFS -> attributes.statfs(x);
            case Opcode.FSYNC, Opcode.FSYNCDIR -> attributes.fsync(x);
            case Opcode.SYNCFS -> attributes.syncfs();
            case Opcode.SETXATTR -> attributes.setxattr(x);
            case Opcode.GETXATTR -> attributes.getxattr(x);
            case Opcode.LISTXATTR -> attributes.listxattr(x);
            case Opcode.REMOVEXATTR -> attributes.removexattr(x);
            case Opcode.ACCESS -> attributes.access(x);
            case Opcode.INTERRUPT -> lifecycle.interrupt(x.request().int64(0)) ? Exchange.NO_REPLY : EAGAIN;
            case Opcode.DESTROY -> destroy(x);
            // Opened with NOFLUSH; comes only if the kernel does not know that flag. Locks are the kernel's own.
            case Opcode.FLUSH -> 0;
            case Opcode.NOTIFY_REPLY -> Exchange.NO_REPLY;
            case Opcode.IOCTL -> ioctls.ioctl(x);
            // On purpose: the kernel does without from here on, by means of its own.
            case Opcode.BMAP,
                    Opcode.POLL,
                    Opcode.COPY_FILE_RANGE,
                    Opcode.COPY_FILE_RANGE_64,
                    Opcode.GETLK,
                    Opcode.SETLK,
                    Opcode.SETLKW -> ENOSYS;
            case Opcode.INIT -> EIO;
            default -> ENOSYS;
        };
    }

    private int forget(Exchange x) throws FsException {
        session.forget(x.ino(), x.request().int64(0));
        return Exchange.NO_REPLY;
    }

    private int batchForget(Exchange x) throws FsException {
        Request r = x.request();
        int count = r.int32(BatchForgetIn.COUNT);
        for (int i = 0; i < count; i++) {
            int at = BatchForgetIn.SIZE + i * BatchForgetIn.ONE_SIZE;
            session.forget(NodeId.ino(r.int64(at + BatchForgetIn.ONE_NODEID)), r.int64(at + BatchForgetIn.ONE_NLOOKUP));
        }
        return Exchange.NO_REPLY;
    }

    private int destroy(Exchange x) {
        lifecycle.destroyed(x);
        return 0;
    }

    private void answer(Exchange x, int result) {
        if (x.inFlight().unique() != x.request().unique()) {
            // Revocations have not waited for it.
            LOG.log(
                    System.Logger.Level.ERROR,
                    "a request was taken for answered before it was: {0} of inode {1}",
                    Opcode.name(x.request().opcode()),
                    x.ino());
            session.unexpected.increment();
        }
        int error = Math.min(result, 0);
        if (error != 0) {
            takeBack(x);
        }
        if (x.window() == 0) {
            session.openWindow(x);
        }
        int sent = x.port().send(error, Math.max(result, 0));
        if (sent == 0) {
            return;
        }
        if (sent == EINVAL) {
            // Without any answer the caller would wait for ever.
            LOG.log(
                    System.Logger.Level.ERROR,
                    "the kernel refuses our reply to {0}: error {1}, {2} bytes",
                    Opcode.name(x.request().opcode()),
                    error,
                    Math.max(result, 0));
            session.unexpected.increment();
            x.port().send(EIO, 0);
        }
        if (error == 0) {
            takeBack(x);
        }
    }

    /** The reply did not arrive, since the connection is gone or the kernel did not like it, or is an error: what it gave is not given. */
    private void takeBack(Exchange x) {
        x.closeWindow();
        if (x.givenListing() > 0) {
            directories.takeBack(x.reply().body(), x.givenListing());
        }
        if (x.givenHandle() >= 0) {
            try {
                session.release(session.handles.remove(x.givenHandle()));
            } catch (FsException e) {
                throw new IllegalStateException("handle " + x.givenHandle() + " vanished", e);
            }
        }
        if (x.givenIno() != 0) {
            session.forget(x.givenIno(), 1);
        }
    }

    private boolean readFailed(Source source, int error) {
        if (!source.reportsEnd()) {
            if (error != ENOTCONN && error != ECONNABORTED && error != ENODEV && error != ECANCELED) {
                LOG.log(
                        System.Logger.Level.ERROR,
                        "FUSE over io_uring failed: {0}",
                        Errno.of(-error).text());
                lifecycle.broken();
            }
            return false;
        }
        if (error == EINTR || error == EAGAIN || error == ENOENT) {
            return true;
        }
        lifecycle.disconnected(error == ECONNABORTED);
        return false;
    }
}
