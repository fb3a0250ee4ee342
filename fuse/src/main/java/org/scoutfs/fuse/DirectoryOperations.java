package org.scoutfs.fuse;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import org.scoutfs.error.FsException;
import org.scoutfs.fs.Attributes;
import org.scoutfs.fs.DirectoryVisitor;
import org.scoutfs.fs.OpenFile;
import org.scoutfs.fuse.protocol.ReplyBuffer;
import org.scoutfs.fuse.protocol.Request;
import org.scoutfs.fuse.protocol.Wire.Dirent;
import org.scoutfs.fuse.protocol.Wire.EntryOut;
import org.scoutfs.fuse.protocol.Wire.OpenIn;
import org.scoutfs.fuse.protocol.Wire.ReadIn;
import org.scoutfs.fuse.protocol.Wire.ReleaseIn;

/** Requests on open directories. */
final class DirectoryOperations {
    private final Session session;

    DirectoryOperations(Session session) {
        this.session = session;
    }

    int opendir(Exchange x) throws FsException {
        OpenFile file = session.vfs.open(x.caller(), x.ino(), x.request().int32(OpenIn.FLAGS));
        long fh = session.handles.add(new Handle(file, true, true, null), x.index());
        x.givesHandle(fh);
        return x.reply().open(0, fh, 0);
    }

    int releasedir(Exchange x) throws FsException {
        session.release(session.handles.remove(x.request().int64(ReleaseIn.FH)));
        return 0;
    }

    int readdir(Exchange x) throws FsException {
        Handle handle = begin(x);
        Listing listing = new Listing(x.reply(), limit(x), null);
        session.vfs.readdir(handle.file, x.request().int64(ReadIn.OFFSET), false, listing);
        return listing.length;
    }

    int readdirplus(Exchange x) throws FsException {
        Handle handle = begin(x);
        Listing listing = new Listing(x.reply(), limit(x), session);
        try {
            session.vfs.readdir(handle.file, x.request().int64(ReadIn.OFFSET), true, listing);
        } catch (FsException | RuntimeException e) {
            forEachNode(x.reply().body(), listing.length, ino -> session.vfs.forget(ino, 1));
            throw e;
        } finally {
            listing.giveUnusedBack();
        }
        x.givesListing(listing.length);
        session.openWindow(x);
        // Not before: what is counted here the kernel will soon know, and a revocation waits until it does.
        forEachNode(x.reply().body(), listing.length, ino -> session.inodes.add(ino, 1));
        if (listing.length > 0 && session.nameSeconds(x, handle.ino()) != 0) {
            keep(x, handle, listing.length);
        }
        return listing.length;
    }

    /** A READDIRPLUS reply that did not reach the kernel: its lookups were not given. */
    void takeBack(MemorySegment body, int length) {
        forEachNode(body, length, ino -> session.forget(ino, 1));
    }

    private static void forEachNode(MemorySegment body, int length, LongConsumer action) {
        for (int at = 0; at < length; ) {
            long node = body.get(JAVA_LONG, at + EntryOut.NODEID);
            if (node != 0) {
                action.accept(NodeId.ino(node));
            }
            at += EntryOut.SIZE + Dirent.size(body.get(JAVA_INT, at + EntryOut.SIZE + Dirent.NAMELEN));
        }
    }

    private Handle begin(Exchange x) throws FsException {
        Handle handle = session.handles.get(x.request().int64(ReadIn.FH));
        session.listings.resumed(handle);
        return handle;
    }

    private static int limit(Exchange x) throws FsException {
        Request r = x.request();
        int wanted = r.int32(ReadIn.BYTES);
        int room = (int) x.reply().body().byteSize();
        return wanted < 0 ? room : Math.min(wanted, room);
    }

    /** Puts long timeouts into the entries, which were written without. The window is open. */
    private void keep(Exchange x, Handle directory, int length) {
        MemorySegment body = x.reply().body();
        long dir = directory.ino();
        boolean namesMatter = !Boolean.TRUE.equals(session.names.many(dir));
        for (int at = 0; at < length; ) {
            int nameLength = body.get(JAVA_INT, at + EntryOut.SIZE + Dirent.NAMELEN);
            long node = body.get(JAVA_LONG, at + EntryOut.NODEID);
            if (node != 0) {
                if (namesMatter) {
                    byte[] name = new byte[nameLength];
                    MemorySegment.copy(body, JAVA_BYTE, at + EntryOut.SIZE + Dirent.NAME, name, 0, nameLength);
                    session.names.add(dir, name);
                }
                body.set(JAVA_LONG, at + EntryOut.ENTRY_VALID, Session.LONG_SECONDS);
                body.set(JAVA_LONG, at + EntryOut.ATTR_VALID, session.attributeSeconds(x, NodeId.ino(node)));
            }
            at += EntryOut.SIZE + Dirent.size(nameLength);
        }
        session.listings.sending(directory, x.request().pid());
    }

    /** Writes entries into a reply as they come. */
    private static final class Listing implements DirectoryVisitor {
        private final ReplyBuffer reply;
        private final int limit;

        /** Null: names only. */
        private final @Nullable Session plus;

        int length;
        private long dot;
        private long dotDot;

        Listing(ReplyBuffer reply, int limit, @Nullable Session plus) {
            this.reply = reply;
            this.limit = limit;
            this.plus = plus;
        }

        @Override
        public boolean entry(byte[] name, long ino, int mode, long nextOffset, @Nullable Attributes attributes) {
            int direntAt = plus == null ? length : length + EntryOut.SIZE;
            int end = direntAt > limit ? -1 : reply.dirent(direntAt, limit, name, ino, mode, nextOffset);
            if (end < 0) {
                return false;
            }
            if (plus != null) {
                // The kernel takes no lookup of the dots, whatever the entry says.
                boolean counted = attributes != null && !isDots(name);
                reply.entry(length, counted ? NodeId.of(ino) : 0, 0, 0, attributes);
                if (attributes != null && !counted) {
                    unused(name, ino);
                }
            }
            length = end;
            return true;
        }

        /** Lookups that came with "." and "..". Given back after the listing, in which the directory may be locked. */
        void giveUnusedBack() {
            if (plus != null && dot != 0) {
                plus.vfs.forget(dot, 1);
            }
            if (plus != null && dotDot != 0) {
                plus.vfs.forget(dotDot, 1);
            }
        }

        private void unused(byte[] name, long ino) {
            if (name.length == 1) {
                dot = ino;
            } else {
                dotDot = ino;
            }
        }

        private static boolean isDots(byte[] name) {
            return name[0] == '.' && (name.length == 1 || (name.length == 2 && name[1] == '.'));
        }
    }
}
