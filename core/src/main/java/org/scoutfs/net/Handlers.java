package org.scoutfs.net;

import java.util.EnumMap;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.wire.Command;
import org.scoutfs.format.wire.LockMessage;
import org.scoutfs.host.HostThreads;

/** What is done with the requests and responses of one association, and the threads that do it. Safe for all threads. */
final class Handlers {
    private final Map<Command, RequestHandler> byCommand;
    private final boolean ordersLocks;
    private final Dispatcher dispatcher;

    /** @param ordersLocks whether LOCK messages of one key are handled one after the other: on a client (spec 3 section 4.5) */
    Handlers(Map<Command, RequestHandler> byCommand, boolean ordersLocks, HostThreads threads) {
        this.byCommand = new EnumMap<>(Command.class);
        this.byCommand.putAll(byCommand);
        this.ordersLocks = ordersLocks;
        this.dispatcher = new Dispatcher(threads, "net-handler");
    }

    boolean handles(Command command) {
        return byCommand.containsKey(command);
    }

    /** Has a request handled. Its command is one that {@link #handles}. */
    void request(Request request) {
        RequestHandler handler = byCommand.get(request.command());
        if (handler == null) {
            throw new IllegalArgumentException(request + " has no handler");
        }
        if (!request.command().validRequestLength(request.payload().length)) {
            request.replyError(Errno.EINVAL);
            return;
        }
        execute(request.command(), request.payload(), () -> handle(request, handler));
    }

    private static void handle(Request request, RequestHandler handler) {
        boolean handled = false;
        try {
            handler.handle(request);
            handled = true;
        } catch (FsException e) {
            handled = true;
            request.fail(e);
        } finally {
            if (!handled && !request.isAnswered()) {
                // a defect: the peer must not wait for ever because of it
                request.fail(new FsException(Errno.EIO, "the handler of " + request + " failed"));
            }
        }
    }

    /**
     * Hands out the outcome of a request.
     *
     * @param link its response came on, null if there is none
     */
    void complete(Association association, Outgoing request, @Nullable Link link, Outgoing.Outcome outcome) {
        switch (request.completion) {
            case Call call -> call.complete(outcome);
            case Outgoing.Completion.Handled(ResponseHandler handler) -> {
                Response response = new Response(association, link, request.command, outcome);
                // The key is that of the request: an outcome may have no payload.
                execute(request.command, request.payload, () -> handle(response, handler));
            }
            case null -> throw new IllegalArgumentException("a response has no outcome");
        }
    }

    private static void handle(Response response, ResponseHandler handler) {
        try {
            handler.handle(response);
        } catch (FsException e) {
            response.closeConnection(response.command() + " response: " + e.getMessage());
        }
    }

    private void execute(Command command, byte[] keyed, Runnable task) {
        if (ordersLocks && command == Command.LOCK) {
            dispatcher.executeInOrder(LockMessage.of(keyed).key(), task);
        } else {
            dispatcher.execute(task);
        }
    }

    /** Waits while there is too much to do and {@code until} does not hold; {@link #wake} has it looked at again. */
    void awaitRoom(BooleanSupplier until) {
        dispatcher.awaitRoom(until);
    }

    void wake() {
        dispatcher.wake();
    }

    boolean areIdle() {
        return dispatcher.unfinished() == 0;
    }

    /** Waits until every handler has returned. Nobody may give more to do meanwhile. */
    void awaitIdle() {
        dispatcher.awaitIdle();
    }
}
