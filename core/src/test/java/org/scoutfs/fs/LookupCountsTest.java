package org.scoutfs.fs;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.scoutfs.device.Seeds;

class LookupCountsTest {
    @Test
    void countsLikeAMap() {
        Random random = new Random(Seeds.next("LookupCountsTest"));
        LookupCounts counts = new LookupCounts();
        Map<Long, Long> model = new HashMap<>();
        for (int i = 0; i < 200_000; i++) {
            // few groups and neighbours that collide; phases of growth and of shrinking
            long ino = (random.nextInt(20) << 10) + random.nextInt(i / 50_000 % 2 == 0 ? 1024 : 30);
            if (random.nextInt(100) < (i / 50_000 % 2 == 0 ? 70 : 20)) {
                counts.increment(ino);
                model.merge(ino, 1L, Long::sum);
            } else {
                long count = 1 + random.nextInt(3);
                long left = Math.max(0, model.getOrDefault(ino, 0L) - count);
                assertThat(counts.subtract(ino, count)).isEqualTo(left);
                if (left == 0) {
                    model.remove(ino);
                } else {
                    model.put(ino, left);
                }
            }
        }
        for (long ino = 0; ino < 20 << 10; ino++) {
            assertThat(counts.get(ino)).isEqualTo(model.getOrDefault(ino, 0L));
        }
        assertThat(counts.size()).isEqualTo(model.size());
        TreeSet<Long> found = new TreeSet<>();
        counts.forEach(3 << 10, (4 << 10) - 1, found::add);
        TreeSet<Long> expected = new TreeSet<>(model.keySet());
        assertThat(found).isEqualTo(expected.subSet(3L << 10, 4L << 10));
    }

    @Test
    void threadsLoseNoCount() throws Exception {
        LookupCounts counts = new LookupCounts();
        int threads = 4;
        List<Thread> running = new ArrayList<>();
        for (int t = 0; t < threads; t++) {
            running.add(Thread.ofPlatform().start(() -> {
                for (int round = 0; round < 20; round++) {
                    for (long ino = 0; ino < 3000; ino++) {
                        counts.increment(ino);
                    }
                    if (round % 2 == 1) {
                        for (long ino = 0; ino < 3000; ino++) {
                            counts.subtract(ino, 2);
                        }
                    }
                }
                for (long ino = 0; ino < 3000; ino += 3) {
                    counts.increment(ino);
                }
            }));
        }
        for (Thread thread : running) {
            thread.join();
        }
        for (long ino = 0; ino < 3000; ino++) {
            assertThat(counts.get(ino)).isEqualTo(ino % 3 == 0 ? threads : 0);
        }
        assertThat(counts.size()).isEqualTo(1000);
    }
}
