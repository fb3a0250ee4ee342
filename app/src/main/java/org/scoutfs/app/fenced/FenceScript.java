package org.scoutfs.app.fenced;

import java.io.File;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** One run of the administrator's script for one request. */
final class FenceScript {
    /** What a shell gives for a command that it cannot start. */
    static final int NOT_STARTED = 127;

    /** What timeout(1) gives for a command that it ended. */
    static final int TIMED_OUT = 124;

    private FenceScript() {}

    /**
     * Runs it to its end, or until its time is up, when it is killed with everything it has started. Its output goes where this
     * process's goes.
     *
     * @return its exit status: 0 = the mount can write no more
     */
    static int run(FencedConfig config, PendingFence request, FencedLog log) throws InterruptedException {
        List<String> command = new ArrayList<>(List.of(config.script().toString()));
        command.addAll(config.arguments());
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectInput(new File("/dev/null"))
                .redirectOutput(ProcessBuilder.Redirect.INHERIT)
                .redirectError(ProcessBuilder.Redirect.INHERIT);
        Map<String, String> environment = builder.environment();
        environment.clear();
        environment.putAll(config.environment());
        environment.put(FencedConfig.PREFIX + "REQ_RID", request.rid());
        environment.put(FencedConfig.PREFIX + "REQ_IP", request.address());
        environment.put(FencedConfig.PREFIX + "REQ_REASON", request.reason());
        environment.put(FencedConfig.PREFIX + "REQ_DIR", request.directory().toString());
        Process script;
        try {
            script = builder.start();
        } catch (IOException e) {
            log.error("cannot run " + config.script() + ": " + e.getMessage());
            return NOT_STARTED;
        }
        try {
            if (script.waitFor(config.timeoutMs(), TimeUnit.MILLISECONDS)) {
                return script.exitValue();
            }
            log.error(config.script() + " has not ended after " + config.timeoutMs() + " ms and is killed");
            return TIMED_OUT;
        } finally {
            // its children first, as long as they can be told to be its
            script.descendants().forEach(ProcessHandle::destroyForcibly);
            script.destroyForcibly();
        }
    }
}
