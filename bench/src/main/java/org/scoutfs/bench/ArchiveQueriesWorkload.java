package org.scoutfs.bench;

import com.google.errorprone.annotations.FormatMethod;
import com.sun.management.OperatingSystemMXBean;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.scoutfs.error.FsException;
import org.scoutfs.format.QuotaRule;
import org.scoutfs.fs.Credentials;
import org.scoutfs.fs.Modes;
import org.scoutfs.host.Host;
import org.scoutfs.mount.Mount;
import org.scoutfs.mount.MountOptions;
import org.scoutfs.vfs.ArchiveQueries;
import org.scoutfs.vfs.SimpleCredentials;
import org.scoutfs.vfs.Vfs;

/**
 * What archive agents ask of a large volume, mounted in this process: how long a search for a rare name takes as tagged files grow in number,
 * how fast the change indexes are walked, and what totals and quota rules cost those who create files.
 */
public final class ArchiveQueriesWorkload {
    private static final int FILES_PER_DIRECTORY = 10_000;
    private static final int RARE = 10;
    private static final int SEARCHES = 30;
    private static final int WALK_LIMIT = 16_384;
    private static final int RULES = 100;
    private static final byte[] COMMON_NAME = bytes("scoutfs.srch.hide.common");
    private static final byte[] RARE_NAME = bytes("scoutfs.srch.hide.rare");
    private static final ArchiveQueries.SeqEntry LAST = new ArchiveQueries.SeqEntry(-1L, -1L);

    private final Host host;
    private final Vfs vfs;
    private final Mount mount;
    private final ArchiveQueries queries;
    private final PrintStream out;
    private final Credentials who = SimpleCredentials.root();
    private long directory;
    private long inDirectory = FILES_PER_DIRECTORY;
    private long made;

    private ArchiveQueriesWorkload(Host host, Mount mount, PrintStream out) throws FsException {
        this.host = host;
        this.mount = mount;
        this.vfs = mount.vfs();
        this.queries = vfs.archiveQueries();
        this.out = out;
    }

    /**
     * Arguments: metadata and data device of a new volume whose quorum slot 0 has an address of this machine, how many files to make, and
     * rounds of the comparison of create rates.
     */
    public static void main(String[] args) throws FsException {
        int files = Integer.parseInt(args[2]);
        int rounds = Integer.parseInt(args[3]);
        try (Host host = Host.system();
                Mount mount =
                        Mount.open(host, Path.of(args[0]), Path.of(args[1]), MountOptions.parse("quorum_slot_nr=0"))) {
            ArchiveQueriesWorkload workload = new ArchiveQueriesWorkload(host, mount, System.out);
            workload.compareCreates(files / 20, rounds);
            workload.search(files);
            workload.walk(ArchiveQueries.INDEX_META_SEQ, "meta_seq");
            workload.walk(ArchiveQueries.INDEX_DATA_SEQ, "data_seq");
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private long now() {
        return host.clock().nanoTime();
    }

    @FormatMethod
    private void say(String format, Object... args) {
        out.println(String.format(Locale.ROOT, format, args));
    }

    private long create() throws FsException {
        if (inDirectory == FILES_PER_DIRECTORY) {
            directory = vfs.mkdir(who, Vfs.ROOT_INO, bytes("d" + made), 0755).ino();
            inDirectory = 0;
        }
        Vfs.Created created = vfs.create(who, directory, bytes("f" + made), 0644, Modes.O_CREAT | Modes.O_WRONLY);
        vfs.release(created.file());
        vfs.forget(created.attributes().ino(), 1);
        inDirectory++;
        made++;
        return created.attributes().ino();
    }

    // ---- search

    private void search(int files) throws FsException {
        long tagged = 0;
        for (int goal = Math.max(1, files / 10); goal <= files; goal = goal < files ? files : files + 1) {
            int rareStep = Math.max(1, files / 10 / RARE);
            long start = now();
            for (; tagged < goal; tagged++) {
                long ino = create();
                vfs.setxattr(who, ino, COMMON_NAME, new byte[0], 0, false);
                if (tagged % rareStep == 0 && tagged < (long) rareStep * RARE) {
                    vfs.setxattr(who, ino, RARE_NAME, new byte[0], 0, false);
                }
            }
            vfs.syncfs();
            say("tagged %,d files in %.1f s", goal, (now() - start) / 1e9);
            measureSearch("rare", RARE_NAME, goal);
            measureSearch("common, first 256", COMMON_NAME, goal);
        }
    }

    private void measureSearch(String what, byte[] name, int files) throws FsException {
        long[] nanos = new long[SEARCHES];
        int found = 0;
        for (int i = 0; i < SEARCHES; i++) {
            long start = now();
            found = queries.searchXattrs(who, name, 0, -1L, 256).inos().length;
            nanos[i] = now() - start;
        }
        double first = nanos[0] / 1e6;
        Arrays.sort(nanos);
        say(
                "search %s among %,d files: %d found; first %.2f ms, median %.2f ms, slowest %.2f ms",
                what, files, found, first, nanos[SEARCHES / 2] / 1e6, nanos[SEARCHES - 1] / 1e6);
    }

    // ---- walk

    private void walk(int index, String name) throws FsException {
        for (String state : List.of("cold", "warm", "warm")) {
            if (state.equals("cold")) {
                // without their locks no index item stays cached
                mount.vfs().fileSystem().context().locks().purge();
            }
            long start = now();
            long entries = 0;
            ArchiveQueries.SeqEntry at = new ArchiveQueries.SeqEntry(0, 0);
            ArchiveQueries.SeqEntries part = queries.walkInodes(index, at, LAST, WALK_LIMIT);
            while (part.count() > 0) {
                entries += part.count();
                int end = part.count() - 1;
                at = new ArchiveQueries.SeqEntry(part.seqs()[end], part.inos()[end] + 1);
                part = queries.walkInodes(index, at, LAST, WALK_LIMIT);
            }
            double seconds = (now() - start) / 1e9;
            say("walk %s, %s: %,d entries in %.2f s, %,.0f/s", name, state, entries, seconds, entries / seconds);
        }
    }

    // ---- create rates

    /** What a number of creates took. */
    private record Cost(double perSecond, double cpuNanosEach) {}

    /** Rounds in turn without rules, and with rules of which the one in force compares a total that exists. */
    private void compareCreates(int files, int rounds) throws FsException {
        vfs.setxattr(who, Vfs.ROOT_INO, bytes("scoutfs.totl.bench.0.1.1"), bytes("1"), 0, false);
        measureCreates(files, "", "");
        Cost[][] costs = new Cost[4][rounds];
        for (int round = 0; round < rounds; round++) {
            costs[0][round] = measureCreates(files, "", "");
            for (int i = 0; i < RULES; i++) {
                queries.addQuotaRule(who, rule(i));
            }
            costs[1][round] = measureCreates(files, "", "");
            for (int i = 0; i < RULES; i++) {
                queries.deleteQuotaRule(who, rule(i));
            }
            costs[2][round] = measureCreates(files, "scoutfs.hide.bench.", "1");
            costs[3][round] = measureCreates(files, "scoutfs.totl.bench.", "1");
        }
        say("create %s; with %d quota rules %s", median(costs[0]), RULES, compared(costs[1], costs[0]));
        say("create and set an attribute %s; one with a total %s", median(costs[2]), compared(costs[3], costs[2]));
    }

    private static String median(Cost[] costs) {
        double rate = median(Arrays.stream(costs).mapToDouble(Cost::perSecond).toArray());
        return String.format(Locale.ROOT, "%,.0f/s", rate);
    }

    /** Medians of each round's ratio: of rates, and of processor time, which other load on the machine hardly changes. */
    private static String compared(Cost[] costs, Cost[] baseline) {
        double[] rates = new double[costs.length];
        double[] cpus = new double[costs.length];
        for (int i = 0; i < costs.length; i++) {
            rates[i] = costs[i].perSecond() / baseline[i].perSecond();
            cpus[i] = costs[i].cpuNanosEach() / baseline[i].cpuNanosEach();
        }
        return String.format(
                Locale.ROOT, "%s (rate x %.3f, processor time x %.3f)", median(costs), median(rates), median(cpus));
    }

    private static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }

    /** The last one matches everybody; the others select users that do not exist here. */
    private static QuotaRule rule(int nr) {
        QuotaRule.Name one = new QuotaRule.Name(1, QuotaRule.SOURCE_LITERAL, 0);
        QuotaRule.Name who = nr == 0
                ? new QuotaRule.Name(0, QuotaRule.SOURCE_UID, 0)
                : new QuotaRule.Name(100_000 + nr, QuotaRule.SOURCE_UID, QuotaRule.NAME_FLAG_SELECT);
        return new QuotaRule(nr == 0 ? 1 : 2, List.of(who, one, one), QuotaRule.OP_INODE, 1L << 60, 0);
    }

    /** Files, each with an attribute named by prefix and the numbers of one of 1000 users unless the prefix is empty. */
    private Cost measureCreates(int files, String prefix, String value) throws FsException {
        vfs.syncfs();
        long start = now();
        long cpu = cpuNanos();
        for (int i = 0; i < files; i++) {
            long ino = create();
            if (!prefix.isEmpty()) {
                vfs.setxattr(who, ino, bytes(prefix + "9." + i % 1000 + ".1"), bytes(value), 0, false);
            }
        }
        vfs.syncfs();
        double cpuEach = (double) (cpuNanos() - cpu) / files;
        return new Cost(files / ((now() - start) / 1e9), cpuEach);
    }

    /** Of all threads: commits have their own. */
    private static long cpuNanos() {
        if (ManagementFactory.getOperatingSystemMXBean() instanceof OperatingSystemMXBean system) {
            return system.getProcessCpuTime();
        }
        return 0;
    }
}
