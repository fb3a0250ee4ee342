package org.scoutfs.app.fenced;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.scoutfs.app.CommandWithHelp;
import org.scoutfs.app.Failures;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code scoutfs fenced}. */
@Command(
        name = "fenced",
        description = {
            "Answer the fence requests of all mounts on this host by running a script, in the foreground until"
                    + " SIGTERM.",
            "Needed on every host whose mounts have a quorum slot."
        },
        footer = {
            "",
            "The configuration file is a bash script that sets",
            "  SCOUTFS_FENCED_RUN          what to run for a request (needed)",
            "  SCOUTFS_FENCED_RUN_ARGS     its arguments, words or an array",
            "  SCOUTFS_FENCED_RUN_TIMEOUT  seconds until it is killed, default 30",
            "  SCOUTFS_FENCED_DELAY        seconds between two looks at the requests, default 2",
            "The script finds in its environment SCOUTFS_FENCED_REQ_RID and SCOUTFS_FENCED_REQ_IP: the mount to fence,"
                    + " and",
            "the host where it was last seen; also SCOUTFS_FENCED_REQ_REASON and SCOUTFS_FENCED_REQ_DIR. Exit status 0"
                    + " says that",
            "this mount can never write to the volume's devices again, anything else that it could not be fenced.",
            "SIGHUP: read the configuration again.",
            "",
            "Examples:",
            "  scoutfs fenced",
            "  scoutfs fenced --config ./fenced.conf",
            "  SCOUTFS_FENCED_CONFIG_FILE=/etc/fenced.conf scoutfs fenced"
        })
public final class FencedCommand extends CommandWithHelp implements Callable<Integer> {
    private static final String DEFAULT_CONFIG = "/etc/scoutfs/scoutfs-fenced.conf";
    private static final List<Path> DEFAULT_ROOTS = List.of(Path.of("/run/scoutfs"), Path.of("/sys/fs/scoutfs"));

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before call
    private CommandSpec spec;

    @Option(
            names = {"-c", "--config"},
            paramLabel = "FILE",
            description = "Configuration; default: SCOUTFS_FENCED_CONFIG_FILE or " + DEFAULT_CONFIG + ".")
    private @Nullable Path config;

    @Option(
            names = "--requests",
            paramLabel = "DIR",
            description = "Where mounts have their directories; may be given more than once. Default: /run/scoutfs and"
                    + " /sys/fs/scoutfs.")
    private List<Path> roots = new ArrayList<>();

    @Override
    public Integer call() throws InterruptedException {
        FencedLog log =
                new FencedLog(spec.commandLine().getOut(), spec.commandLine().getErr());
        FencedService service;
        try {
            service = new FencedService(configFile(), roots.isEmpty() ? DEFAULT_ROOTS : roots, log);
        } catch (FencedConfig.Unusable e) {
            log.error(e.getMessage() + ", exiting");
            return Failures.FAILED;
        }
        for (String signal : List.of("TERM", "INT")) {
            Signals.on(signal, service::stop);
        }
        Signals.on("HUP", service::reload);
        service.run();
        return 0;
    }

    private Path configFile() {
        String environment = System.getenv("SCOUTFS_FENCED_CONFIG_FILE");
        return config != null ? config : Path.of(Objects.requireNonNullElse(environment, DEFAULT_CONFIG));
    }
}
