package org.scoutfs.fuse;

import java.lang.foreign.MemorySegment;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.fuse.ioctl.IoctlCall;
import org.scoutfs.fuse.ioctl.IoctlCommand;
import org.scoutfs.fuse.protocol.Request;
import org.scoutfs.fuse.protocol.Wire.IoctlIn;
import org.scoutfs.fuse.protocol.Wire.IoctlOut;

/** The private ioctls as FUSE carries them (spec 5 section 2.2). Any other command is ENOTTY. */
final class IoctlOperations {
    private final Session session;
    private final String device;

    /** @param device MAJ:MIN of this mount */
    IoctlOperations(Session session, String device) {
        this.session = session;
        this.device = device;
    }

    int ioctl(Exchange x) throws FsException {
        Request r = x.request();
        IoctlCommand command = IoctlCommand.of(r.int32(IoctlIn.CMD));
        if (command == null) {
            throw new FsException(Errno.ENOTTY);
        }
        if (command.changesNothing()) {
            x.inFlight().asks();
        }
        // A copy: the reply may share the request's memory.
        byte[] argument = r.bytes(IoctlIn.SIZE, command.argumentBytes());
        IoctlCall call = new IoctlCall(
                session.vfs,
                x.caller(),
                session.handles.get(r.int64(IoctlIn.FH)).file,
                MemorySegment.ofArray(argument),
                r.int64(IoctlIn.ARG),
                new ProcessMemory(session, r.pid()),
                new ProcessDescriptors(r.pid(), device));
        int result = command.run(call);
        MemorySegment reply = call.reply();
        x.reply().put32(IoctlOut.RESULT, result);
        x.reply().put32(IoctlOut.FLAGS, 0);
        x.reply().put64(IoctlOut.IOVECS, 0);
        MemorySegment.copy(reply, 0, x.reply().body(), IoctlOut.SIZE, reply.byteSize());
        return IoctlOut.SIZE + (int) reply.byteSize();
    }
}
