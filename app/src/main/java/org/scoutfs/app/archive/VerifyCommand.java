package org.scoutfs.app.archive;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.scoutfs.app.CommandWithHelp;
import org.scoutfs.app.Failures;
import org.scoutfs.app.archive.store.ArchiveStore;
import org.scoutfs.error.FsException;
import org.scoutfs.host.Host;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code scoutfs archive verify}. */
@Command(
        name = "verify",
        description = {
            "Read from the store what files are archived as, and compare checksums. The files themselves are not read"
                    + " and stay offline.",
            "Exit code 1 if something is damaged or missing."
        },
        footer = {
            "",
            "Examples:",
            "  scoutfs archive verify -p /mnt/volume --store /mnt/tape /mnt/volume/a/file",
            "  scoutfs archive verify -p /mnt/volume --store /mnt/tape --all"
        })
final class VerifyCommand extends CommandWithHelp implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before call
    private CommandSpec spec;

    @Mixin
    private ArchiveTarget target = new ArchiveTarget();

    @Option(
            names = {"-a", "--all"},
            description = "All files of the volume.")
    private boolean all;

    @Parameters(arity = "0..*", paramLabel = "FILE", description = "Files on the mount.")
    private List<Path> files = List.of();

    @Override
    public Integer call() throws FsException, IOException {
        if (all == !files.isEmpty()) {
            throw new ParameterException(spec.commandLine(), "name files, or --all");
        }
        try (Host host = Host.system()) {
            ArchiveStore store = target.store(host);
            AgentLog log = target.log();
            try (Volume volume = target.volume(store)) {
                Verifier verifier = new Verifier(volume, store, log);
                if (all) {
                    verifier.verifyAll();
                }
                for (Path file : files) {
                    verifier.verify(target.ino(file));
                }
                log.plain(verifier.summary());
                return verifier.damaged() == 0 ? 0 : Failures.FAILED;
            }
        }
    }
}
