package org.scoutfs.fuse;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Costs of the mount alone, as ratios to tmpfs and to ext4 on a loop device, in one interleaved run; lower quartiles. Not a test: start
 * {@code main} as root, with the number of rounds.
 */
final class MountBenchmark {
    private static final String[] TIMES = {
        "create+close",
        "stat kept",
        "open+close",
        "unlink",
        "write 1M",
        "read 1M",
        "write 1M O_DIRECT",
        "read 1M O_DIRECT"
    };
    private static final int FILES = 4000;
    private static final int MIB = 128;

    private MountBenchmark() {}

    public static void main(String[] args) throws Exception {
        int rounds = args.length > 0 ? Integer.parseInt(args[0]) : 7;
        Path base = Files.createTempDirectory(Path.of("/tmp"), "fuse-test-");
        Path tmpfs = Files.createDirectory(base.resolve("tmpfs"));
        Path ext4 = Files.createDirectory(base.resolve("ext4"));
        Path image = base.resolve("image");
        run("mount", "-t", "tmpfs", "none", tmpfs.toString());
        run("truncate", "-s", "2G", image.toString());
        run("mkfs.ext4", "-q", image.toString());
        run("mount", "-o", "loop", image.toString(), ext4.toString());
        try (Mounted full = new Mounted(FuseOptions.of("memory"), false);
                Mounted attributes = new Mounted(FuseOptions.of("memory").withCacheMode(CacheMode.ATTRIBUTES), false);
                Mounted none = new Mounted(FuseOptions.of("memory").withCacheMode(CacheMode.NONE), false);
                Client client = new Client()) {
            Map<String, Path> places = new LinkedHashMap<>();
            places.put("tmpfs", tmpfs);
            places.put("ext4", ext4);
            places.put("full", full.directory);
            places.put("attributes", attributes.directory);
            places.put("none", none.directory);
            Map<String, List<long[]>> results = new LinkedHashMap<>();
            for (int round = -2; round < rounds; round++) {
                for (Map.Entry<String, Path> place : places.entrySet()) {
                    long[] times = measure(client, place.getValue());
                    if (round >= 0) {
                        results.computeIfAbsent(place.getKey(), k -> new ArrayList<>())
                                .add(times);
                    }
                }
            }
            report(results);
        } finally {
            run("umount", ext4.toString());
            run("umount", tmpfs.toString());
            run("rm", "-r", base.toString());
        }
    }

    private static long[] measure(Client client, Path place) {
        String meta = client.later("bench", place, FILES).join();
        String data = client.later("data", place + "/data", MIB, 1 << 20, 0).join();
        String direct =
                client.later("data", place + "/data", MIB, 1 << 20, 0x4000).join();
        client.call("unlink", place + "/data");
        return Arrays.stream((meta + data + " " + direct).split(" "))
                .mapToLong(Long::parseLong)
                .toArray();
    }

    private static void report(Map<String, List<long[]>> results) {
        System.out.printf(
                "%-20s%12s%12s%12s%12s%12s  ns per operation or MiB%n",
                "", "tmpfs", "ext4 loop", "full", "attributes", "none");
        for (int i = 0; i < TIMES.length; i++) {
            System.out.printf("%-20s", TIMES[i]);
            long tmpfs = 0;
            StringBuilder ratios = new StringBuilder();
            for (Map.Entry<String, List<long[]>> entry : results.entrySet()) {
                int column = i;
                long[] sorted = entry.getValue().stream()
                        .mapToLong(t -> t.length > column ? t[column] : -1)
                        .sorted()
                        .toArray();
                long quartile = sorted[sorted.length / 4];
                tmpfs = tmpfs == 0 ? quartile : tmpfs;
                System.out.printf("%12d", quartile);
                ratios.append("%8.2f".formatted((double) quartile / tmpfs));
            }
            System.out.println("  to tmpfs:" + ratios);
        }
    }

    private static void run(String... command) throws IOException, InterruptedException {
        if (new ProcessBuilder(command)
                        .directory(Path.of("/").toFile())
                        .inheritIO()
                        .start()
                        .waitFor()
                != 0) {
            throw new IOException(String.join(" ", command));
        }
    }
}
