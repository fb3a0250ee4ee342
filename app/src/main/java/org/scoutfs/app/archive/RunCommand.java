package org.scoutfs.app.archive;

import java.io.IOException;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.scoutfs.app.CommandWithHelp;
import org.scoutfs.app.Failures;
import org.scoutfs.app.fenced.Signals;
import org.scoutfs.error.FsException;
import org.scoutfs.host.Host;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code scoutfs archive run}. */
@Command(
        name = "run",
        description = {
            "Archive what changes, release what policy says, and bring back what is waited for, in the foreground until"
                    + " SIGTERM.",
            "Run one agent on every mount of the volume: one of them archives and releases, and each serves those who"
                    + " wait on its mount."
        },
        footer = {
            "",
            "Spans of time: 90s, 15m, 12h, 30d. Without --release-after and --high-water nothing is released by"
                    + " itself.",
            "",
            "Examples:",
            "  scoutfs archive run -p /mnt/volume --store /mnt/tape --release-after 30d",
            "  scoutfs archive run -p /mnt/volume --store /mnt/tape --high-water 85 --low-water 75",
            "  scoutfs archive run -p /mnt/volume --store /mnt/tape --once        archive all there is, then end",
            "  scoutfs archive run -p /mnt/volume --store /mnt/tape --dry-run --release-after 30d"
        })
final class RunCommand extends CommandWithHelp implements Callable<Integer> {
    private static final int THREADS_MAX = 64;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before call
    private CommandSpec spec;

    @Mixin
    private ArchiveTarget target = new ArchiveTarget();

    @Option(
            names = "--release-after",
            paramLabel = "TIME",
            converter = Seconds.class,
            description = "Release files that were not changed, archived or brought back for so long.")
    private @Nullable Long releaseAfter;

    @Option(
            names = "--high-water",
            paramLabel = "PERCENT",
            defaultValue = "101",
            description = "Release when the data device is this full, the least recently changed files first.")
    private int highWater;

    @Option(
            names = "--low-water",
            paramLabel = "PERCENT",
            defaultValue = "-1",
            description = "... until it is only this full; default: 10 less than --high-water.")
    private int lowWater;

    @Option(
            names = "--keep",
            paramLabel = "TIME",
            converter = Seconds.class,
            defaultValue = "10m",
            description = "Even then keep files that were archived or brought back within this time; default"
                    + " ${DEFAULT-VALUE}.")
    private long keep;

    @Option(names = "--stage-only", description = "Only bring back what is waited for.")
    private boolean stageOnly;

    @Option(names = "--once", description = "End when everything is archived and nobody waits.")
    private boolean once;

    @Option(
            names = {"-n", "--dry-run"},
            description = "Say what would be archived and released, and end.")
    private boolean dryRun;

    @Option(
            names = "--copies",
            paramLabel = "N",
            defaultValue = "4",
            description = "Files that are copied at the same time, 4 MiB of memory each; default ${DEFAULT-VALUE}.")
    private int copies;

    @Option(
            names = "--stages",
            paramLabel = "N",
            defaultValue = "8",
            description =
                    "Files that are brought back at the same time, 4 MiB of memory each; default ${DEFAULT-VALUE}.")
    private int stages;

    @Option(
            names = "--interval",
            paramLabel = "TIME",
            converter = Seconds.class,
            defaultValue = "5s",
            description = "Time between two looks at what has changed; default ${DEFAULT-VALUE}.")
    private long interval;

    @Option(
            names = "--poll-ms",
            paramLabel = "MS",
            defaultValue = "100",
            description = "Milliseconds between two looks at who waits; default ${DEFAULT-VALUE}.")
    private long pollMs;

    @Override
    public Integer call() throws FsException, IOException, InterruptedException {
        AgentOptions options = options();
        try (Host host = Host.system()) {
            Agent agent =
                    new Agent(target.store(host), options, host.clock(), target.log(), path -> new MountedVolume(path));
            Signals.on("TERM", agent::stop);
            Signals.on("INT", agent::stop);
            return agent.run() ? 0 : Failures.FAILED;
        }
    }

    private AgentOptions options() {
        if (lowWater < 0) {
            lowWater = Math.max(0, highWater - 10);
        }
        check(lowWater <= highWater, "--low-water must not be above --high-water");
        check(highWater > 0, "--high-water must be above 0");
        check(copies > 0 && copies <= THREADS_MAX, "--copies must be 1 to " + THREADS_MAX);
        check(stages > 0 && stages <= THREADS_MAX, "--stages must be 1 to " + THREADS_MAX);
        check(pollMs > 0, "--poll-ms must be above 0");
        return new AgentOptions(
                target.mountPath(),
                new ReleasePolicy(releaseAfter == null ? -1 : releaseAfter, highWater, lowWater, keep),
                stageOnly,
                once,
                dryRun,
                copies,
                stages,
                interval * 1000,
                pollMs);
    }

    private void check(boolean holds, String text) {
        if (!holds) {
            throw new ParameterException(spec.commandLine(), text);
        }
    }
}
