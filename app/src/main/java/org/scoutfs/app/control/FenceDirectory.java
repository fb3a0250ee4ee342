package org.scoutfs.app.control;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import org.scoutfs.server.FenceRequest;
import org.scoutfs.server.FenceRequests;

/** The pending fence requests of this mount's server as directories, for an agent to answer (spec 5 section 9). Safe for all threads. */
public final class FenceDirectory implements FenceRequests.View {
    private final Map<String, ControlNode> requests = new ConcurrentSkipListMap<>();

    @Override
    public void added(FenceRequest request) {
        requests.put(name(request), directory(request));
    }

    @Override
    public void removed(FenceRequest request) {
        requests.remove(name(request));
    }

    private static String name(FenceRequest request) {
        return "%016x".formatted(request.rid());
    }

    ControlNode.Directory node() {
        return new ControlNode.Directory(() -> requests);
    }

    private static ControlNode directory(FenceRequest request) {
        Map<String, ControlNode> files = new LinkedHashMap<>();
        files.put("elapsed_secs", ControlNode.file(() -> Long.toString(request.elapsedSeconds())));
        files.put(
                "error",
                ControlNode.writable(() -> flag(request, FenceRequest.State.ERROR), text -> request.setError()));
        files.put(
                "fenced",
                ControlNode.writable(() -> flag(request, FenceRequest.State.FENCED), text -> request.setFenced()));
        files.put("ipv4_addr", ControlNode.file(() -> request.addr().dotted()));
        files.put("reason", ControlNode.file(() -> request.reason().text()));
        files.put("rid", ControlNode.file(() -> name(request)));
        return ControlNode.directory(files);
    }

    private static String flag(FenceRequest request, FenceRequest.State wanted) {
        return request.state() == wanted ? "1" : "0";
    }
}
