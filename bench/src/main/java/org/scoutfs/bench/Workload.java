package org.scoutfs.bench;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * Runs the same phases on directories and on an embedded volume, and prints their rates.
 *
 * <p>In each round each phase runs on one contender after the other, then comes the next phase; the next round goes the other way
 * round. Before each timed part everything dirty is written out, on all contenders, so nobody pays for somebody else's write-back. A
 * small round that is not counted goes first.
 */
@Command(
        name = "workload",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = "Compare file systems by the same phases on each.")
public final class Workload implements Callable<Integer> {
    private static final int WARM_UP_FILES = 4000;
    private static final int WARM_UP_MIB = 64;
    private static final Path DROP_CACHES = Path.of("/proc/sys/vm/drop_caches");

    @Option(
            names = "--dir",
            paramLabel = "NAME=PATH",
            description = "A directory to work in. May be given more than once.")
    private Map<String, Path> directories = new LinkedHashMap<>();

    @Option(names = "--baseline", paramLabel = "NAME", description = "What the others are divided by.")
    private @Nullable String baseline;

    @Option(
            names = "--embedded",
            paramLabel = "META,DATA",
            split = ",",
            description = "A volume to mount in this process, in quorum slot 0; its name is \"embedded\".")
    private List<Path> embedded = List.of();

    @Option(names = "--files", defaultValue = "20000", description = "Files of each round, default ${DEFAULT-VALUE}.")
    private int files;

    @Option(
            names = "--size-mib",
            defaultValue = "512",
            description = "Size of the large files together, default ${DEFAULT-VALUE}.")
    private int sizeMib;

    @Option(
            names = "--random-operations",
            defaultValue = "20000",
            description = "4 KiB operations of each random phase, default ${DEFAULT-VALUE}.")
    private int randomOperations;

    @Option(
            names = "--listings",
            defaultValue = "5",
            description = "How often a directory is listed, default ${DEFAULT-VALUE}.")
    private int listings;

    @Option(names = "--threads", defaultValue = "1", description = "Threads of each process, default ${DEFAULT-VALUE}.")
    private int threads;

    @Option(
            names = "--processes",
            defaultValue = "1",
            description = "Worker processes of each directory, default ${DEFAULT-VALUE}; the embedded volume has one.")
    private int processes;

    @Option(
            names = "--phases",
            split = ",",
            paramLabel = "PHASE",
            description = "Only these, and those they need. Default all, in this order: ${COMPLETION-CANDIDATES}.",
            completionCandidates = PhaseWords.class)
    private List<String> phaseWords = List.of();

    @Option(names = "--rounds", defaultValue = "3", description = "Medians are of so many, default ${DEFAULT-VALUE}.")
    private int rounds;

    @Option(names = "--no-warm-up", description = "Count the first round although the JVMs are cold.")
    private boolean cold;

    @Option(
            names = "--keep-caches",
            description =
                    "Do not drop the kernel's caches before the phases stat-cold, readdir, read-4k-cold, seq-* and"
                            + " rand-read. Without root they are never dropped.")
    private boolean keepCaches;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    /** What {@code --phases} takes. */
    static final class PhaseWords extends ArrayList<String> {
        private static final long serialVersionUID = 1L;

        PhaseWords() {
            for (Phase phase : Phase.values()) {
                add(phase.word());
            }
        }
    }

    /** See {@code --help}. */
    public static void main(String[] arguments) {
        System.exit(new CommandLine(new Workload()).execute(arguments));
    }

    @Override
    public Integer call() throws IOException {
        checkOptions();
        List<Phase> chosen =
                phaseWords.isEmpty() ? List.of(Phase.values()) : Phase.parseList(String.join(",", phaseWords));
        List<Phase> phases = Phase.withPredecessors(chosen);
        PrintWriter out = spec.commandLine().getOut();
        Results results = new Results();
        try (Run run = new Run()) {
            if (!cold) {
                out.println("warm-up, not counted");
                run.round(warmUp(), phases, new Results(), false, out);
            }
            Shape total = new Shape(0, threads, files, sizeMib, randomOperations, listings);
            for (int round = 0; round < rounds; round++) {
                out.println("round " + (round + 1) + " of " + rounds);
                run.round(total, phases, results, round % 2 == 1, out);
            }
            out.println();
            out.print(Table.format(results, run.names(), baseline));
            out.flush();
        }
        return 0;
    }

    /** Enough for compilers of the workers and of what they call. */
    private Shape warmUp() {
        return new Shape(
                0,
                threads,
                Math.min(files, WARM_UP_FILES),
                Math.min(sizeMib, WARM_UP_MIB),
                Math.min(randomOperations, WARM_UP_FILES),
                listings);
    }

    private void checkOptions() {
        if (directories.isEmpty() && embedded.isEmpty()) {
            throw new ParameterException(spec.commandLine(), "nothing to do: give --dir or --embedded");
        }
        if (!embedded.isEmpty() && embedded.size() != 2) {
            throw new ParameterException(spec.commandLine(), "--embedded wants META,DATA");
        }
        if (baseline != null && !directories.containsKey(baseline) && !baseline.equals(EmbeddedContender.NAME)) {
            throw new ParameterException(spec.commandLine(), "--baseline " + baseline + " is none of the directories");
        }
        if (files < 1 || threads < 1 || processes < 1 || rounds < 1 || sizeMib < 1 || listings < 1) {
            throw new ParameterException(spec.commandLine(), "numbers are at least 1");
        }
    }

    /** All contenders, as long as their processes live. */
    private final class Run implements AutoCloseable {
        private final List<Contender> contenders = new ArrayList<>();

        Run() throws IOException {
            try {
                for (Map.Entry<String, Path> directory : directories.entrySet()) {
                    contenders.add(new DirectoryContender(directory.getKey(), directory.getValue(), processes));
                }
                if (!embedded.isEmpty()) {
                    contenders.add(new EmbeddedContender(embedded.get(0), embedded.get(1)));
                }
            } catch (IOException e) {
                close();
                throw e;
            }
        }

        List<String> names() {
            return contenders.stream().map(Contender::name).toList();
        }

        void round(Shape total, List<Phase> phases, Results results, boolean backwards, PrintWriter out)
                throws IOException {
            for (Contender contender : contenders) {
                contender.begin(total);
            }
            for (Phase phase : phases) {
                for (Contender contender : backwards ? contenders.reversed() : contenders) {
                    settleAll();
                    if (phase.isCold() && !keepCaches) {
                        dropCaches();
                    }
                    if (phase.isWarmed()) {
                        contender.run(phase);
                    }
                    double perSecond = contender.run(phase).perSecond();
                    results.add(phase, contender.name(), perSecond);
                    out.printf("  %-14s %-12s %12s%n", phase.word(), contender.name(), Table.rate(perSecond));
                    out.flush();
                }
            }
            for (Contender contender : contenders) {
                contender.end(phases);
            }
        }

        private void settleAll() throws IOException {
            for (Contender contender : contenders) {
                contender.settle();
            }
        }

        @Override
        public void close() throws IOException {
            for (Contender contender : contenders) {
                contender.close();
            }
        }
    }

    private static void dropCaches() throws IOException {
        if (Files.isWritable(DROP_CACHES)) {
            Files.writeString(DROP_CACHES, "3");
        }
    }
}
