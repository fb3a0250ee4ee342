package org.scoutfs.app.fenced;

import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * The loop of the fence agent. {@link #run} by one thread; {@link #stop} and {@link #reload} by any.
 *
 * <p>A mount that was fenced stays fenced: a rid is never used again. So when a slow script ends after its request has vanished, because the
 * asking server gave up, the request of the next server for the same rid is answered at once.
 */
final class FencedService {
    private enum Event {
        STOP,
        RELOAD
    }

    private final Path configFile;
    private final List<Path> roots;
    private final FencedLog log;
    private final BlockingQueue<Event> events = new LinkedBlockingQueue<>();
    private final Set<String> fencedRids = new HashSet<>();
    private FencedConfig config;

    /**
     * @param roots directories that hold one directory for each mount
     * @throws FencedConfig.Unusable if there is nothing to run
     */
    FencedService(Path configFile, List<Path> roots, FencedLog log) throws FencedConfig.Unusable {
        this.configFile = configFile;
        this.roots = List.copyOf(roots);
        this.log = log;
        this.config = FencedConfig.read(configFile);
        show(config);
    }

    /** Ends the loop. The script that runs is waited for: half a fencing is none. */
    void stop() {
        events.add(Event.STOP);
    }

    /** Reads the configuration again before the next request; one that cannot be used changes nothing. */
    void reload() {
        events.add(Event.RELOAD);
    }

    /** Answers requests until it is told to stop. */
    void run() throws InterruptedException {
        try (RequestScan scan = new RequestScan(roots, log)) {
            long waitMs = 0;
            while (heed(waitMs)) {
                waitMs = config.delayMs();
                for (PendingFence request : scan.pending()) {
                    if (!heed(0)) {
                        return;
                    }
                    serve(scan, request);
                }
            }
        } finally {
            log.info("stopped");
        }
    }

    /** Deals with what was asked within a time; returns whether to go on. */
    private boolean heed(long waitMs) throws InterruptedException {
        Event event = events.poll(waitMs, TimeUnit.MILLISECONDS);
        while (event != null) {
            if (event == Event.STOP) {
                return false;
            }
            readAgain();
            event = events.poll();
        }
        return true;
    }

    private void readAgain() {
        try {
            config = FencedConfig.read(configFile);
            log.info("configuration was read again");
            show(config);
        } catch (FencedConfig.Unusable e) {
            log.error(e.getMessage() + ", going on with what was read before");
        }
    }

    private void show(FencedConfig shown) {
        log.info("configuration file " + shown.file());
        shown.variables().forEach((name, value) -> log.info(name + "=" + value));
    }

    private void serve(RequestScan scan, PendingFence request) throws InterruptedException {
        String who = "server " + request.ident() + " fencing rid " + request.rid();
        boolean fenced = fencedRids.contains(request.rid());
        if (fenced) {
            log.info(who + " at IP " + request.address() + " for " + request.reason() + ", was fenced before");
        } else {
            log.info(who + " at IP " + request.address() + " for " + request.reason());
            int status = FenceScript.run(config, request, log);
            fenced = status == 0;
            if (fenced) {
                fencedRids.add(request.rid());
            } else {
                log.error(who + " saw error status " + status);
            }
        }
        if (!scan.answer(request, fenced)) {
            log.info(who + ": the request has vanished");
        } else if (fenced) {
            log.info(who + " done");
        }
    }
}
