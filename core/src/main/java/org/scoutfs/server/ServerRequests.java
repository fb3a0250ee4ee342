package org.scoutfs.server;

import java.util.EnumMap;
import java.util.Map;
import org.scoutfs.error.FsException;
import org.scoutfs.format.LogMergeComplete;
import org.scoutfs.format.LogMergeRequest;
import org.scoutfs.format.LogTrees;
import org.scoutfs.format.SrchCompact;
import org.scoutfs.format.VolumeOptions;
import org.scoutfs.format.wire.AllocInodes;
import org.scoutfs.format.wire.Command;
import org.scoutfs.format.wire.LockMessage;
import org.scoutfs.format.wire.OpenInoMapArgs;
import org.scoutfs.format.wire.Payloads;
import org.scoutfs.format.wire.ResizeDevices;
import org.scoutfs.net.RequestHandler;

/**
 * From messages to services: one handler per request of spec 3 section 5.1. Lengths were checked by the network; an exception becomes
 * the answer.
 */
final class ServerRequests {
    private ServerRequests() {}

    static Map<Command, RequestHandler> handlers(ServerServices services) {
        Map<Command, RequestHandler> handlers = new EnumMap<>(Command.class);
        transactions(handlers, services);
        work(handlers, services);
        administration(handlers, services);
        handlers.put(
                Command.LOCK,
                request -> services.locks()
                        .request(request.rid(), LockMessage.of(request.payload()), NetworkPeers.reply(request)));
        handlers.put(
                Command.OPEN_INO_MAP,
                request -> services.openInodes()
                        .request(request.rid(), OpenInoMapArgs.of(request.payload()), NetworkPeers.reply(request)));
        return handlers;
    }

    private static void transactions(Map<Command, RequestHandler> handlers, ServerServices services) {
        handlers.put(
                Command.ALLOC_INODES,
                request -> request.reply(allocInodes(services.context(), Payloads.u64(request.payload()))
                        .toBytes()));
        handlers.put(
                Command.GET_LOG_TREES,
                request -> request.reply(
                        Payloads.write(LogTrees.SIZE, services.logTrees().get(request.rid())::write)));
        handlers.put(Command.COMMIT_LOG_TREES, request -> {
            LogTrees trees = Payloads.read(request.payload(), LogTrees.SIZE, LogTrees::read);
            services.logTrees().commit(request.rid(), trees);
            request.reply();
        });
        handlers.put(
                Command.GET_ROOTS,
                request -> request.reply(services.statfs().roots().toBytes()));
        handlers.put(
                Command.GET_LAST_SEQ,
                request -> request.reply(Payloads.ofU64(services.statfs().lastSeq())));
        handlers.put(
                Command.STATFS,
                request -> request.reply(services.statfs().statfs().toBytes()));
    }

    private static void work(Map<Command, RequestHandler> handlers, ServerServices services) {
        handlers.put(
                Command.SRCH_GET_COMPACT,
                request -> request.reply(
                        Payloads.write(SrchCompact.SIZE, services.srch().get(request.rid())::write)));
        handlers.put(Command.SRCH_COMMIT_COMPACT, request -> {
            SrchCompact result = Payloads.read(request.payload(), SrchCompact.SIZE, SrchCompact::read);
            services.srch().commit(request.rid(), result);
            request.reply();
        });
        handlers.put(
                Command.GET_LOG_MERGE,
                request -> request.reply(
                        Payloads.write(LogMergeRequest.SIZE, services.logMerge().get(request.rid())::write)));
        handlers.put(Command.COMMIT_LOG_MERGE, request -> {
            LogMergeComplete complete = Payloads.read(request.payload(), LogMergeComplete.SIZE, LogMergeComplete::read);
            services.logMerge().complete(request.rid(), complete);
            request.reply();
        });
    }

    private static void administration(Map<Command, RequestHandler> handlers, ServerServices services) {
        handlers.put(
                Command.GET_VOLOPT,
                request -> request.reply(
                        Payloads.write(VolumeOptions.SIZE, services.options().current()::write)));
        handlers.put(Command.SET_VOLOPT, request -> {
            services.options().set(Payloads.read(request.payload(), VolumeOptions.SIZE, VolumeOptions::read));
            request.reply();
        });
        handlers.put(Command.CLEAR_VOLOPT, request -> {
            services.options().clear(Payloads.read(request.payload(), VolumeOptions.SIZE, VolumeOptions::read));
            request.reply();
        });
        handlers.put(Command.RESIZE_DEVICES, request -> {
            services.resize().resize(ResizeDevices.of(request.payload()));
            request.reply();
        });
        handlers.put(Command.FAREWELL, request -> {
            services.farewells().request(request.rid(), NetworkPeers.reply(request));
            services.farewellWanted().run();
        });
    }

    /**
     * Inode numbers that nobody was given before (spec 3 section 5.2).
     *
     * @param count unsigned; fewer are given when numbers run out, none in the end
     */
    static AllocInodes allocInodes(ServerContext context, long count) throws FsException {
        return context.changes().commit(() -> {
            long first = context.volume().dirty().nextIno();
            long left = -1 - first;
            long nr = Long.compareUnsigned(count, left) < 0 ? count : left;
            context.volume().dirty().setNextIno(first + nr);
            return new AllocInodes(first, nr);
        });
    }
}
