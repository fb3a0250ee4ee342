package org.scoutfs.bench;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/** One timed step of the workload, in the order of a run. */
enum Phase {
    /** open(O_CREAT|O_EXCL) and close, all files in one directory. */
    CREATE("create", false),
    /** First stat of each name after the kernel's caches were dropped. */
    STAT_COLD("stat-cold", true),
    /** A further stat of each name, right after one that is not timed. */
    STAT("stat", false),
    /** The whole directory, several times; counts entries. */
    READDIR("readdir", true),
    /** Each file to another name of the same directory. */
    RENAME("rename", false),
    /** The empty files. */
    UNLINK("unlink", false),
    /** open(O_CREAT|O_EXCL), write of 4 KiB, close. */
    WRITE_4K("write-4k", false),
    /** open, read of 4 KiB, close; the kernel's caches were dropped. */
    READ_4K_COLD("read-4k-cold", true),
    /** The same, right after a pass that is not timed. */
    READ_4K("read-4k", false),
    /** The files of 4 KiB. */
    UNLINK_4K("unlink-4k", false),
    /** A new file, O_DIRECT, 1 MiB a call. */
    SEQUENTIAL_WRITE("seq-write-1m", true),
    /** That file, O_DIRECT, 1 MiB a call. */
    SEQUENTIAL_READ("seq-read-1m", true),
    /** That file, O_DIRECT, 4 KiB a call at random aligned offsets. */
    RANDOM_READ("rand-read-4k", true),
    /** That file, O_DIRECT, 4 KiB a call at random aligned offsets. */
    RANDOM_WRITE("rand-write-4k", false);

    private final String word;
    private final boolean cold;

    Phase(String word, boolean cold) {
        this.word = word;
        this.cold = cold;
    }

    /** How the command line and the table name it. */
    String word() {
        return word;
    }

    /** Whether the kernel's caches are dropped before, if that is asked for. */
    boolean isCold() {
        return cold;
    }

    /** Whether a pass that is not timed comes right before: others may have had the caches dropped in between. */
    boolean isWarmed() {
        return this == STAT || this == READ_4K;
    }

    /** Rates are MiB/s; otherwise operations, for {@link #READDIR} entries, per second. */
    boolean isBandwidth() {
        return this == SEQUENTIAL_WRITE || this == SEQUENTIAL_READ;
    }

    /**
     * What must have run before {@code chosen} phases can: they need each other's files.
     *
     * @return all that must run, in order; {@code chosen} among them
     */
    static List<Phase> withPredecessors(List<Phase> chosen) {
        List<Phase> phases = new ArrayList<>();
        for (Phase phase : values()) {
            if (chosen.stream().anyMatch(later -> later == phase || phase.isNeededBy(later))) {
                phases.add(phase);
            }
        }
        return phases;
    }

    private boolean isNeededBy(Phase later) {
        return switch (later) {
            case STAT_COLD, STAT, READDIR, RENAME -> this == CREATE;
            case UNLINK -> this == CREATE || this == RENAME;
            case READ_4K_COLD, READ_4K, UNLINK_4K -> this == WRITE_4K;
            case SEQUENTIAL_READ, RANDOM_READ, RANDOM_WRITE -> this == SEQUENTIAL_WRITE;
            case CREATE, WRITE_4K, SEQUENTIAL_WRITE -> false;
        };
    }

    /** Words with commas between them; {@link #parseList} reads it. */
    static String list(List<Phase> phases) {
        return phases.stream().map(Phase::word).collect(Collectors.joining(","));
    }

    /** @throws IllegalArgumentException if a word is none of a phase */
    static List<Phase> parseList(String words) {
        return Arrays.stream(words.split(",")).map(Phase::of).toList();
    }

    /** @throws IllegalArgumentException naming all words if there is no such phase */
    static Phase of(String word) {
        List<String> words = new ArrayList<>();
        for (Phase phase : values()) {
            if (phase.word.equals(word)) {
                return phase;
            }
            words.add(phase.word);
        }
        throw new IllegalArgumentException("no phase '" + word + "'; there are " + String.join(", ", words));
    }
}
