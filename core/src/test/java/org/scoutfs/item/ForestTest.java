package org.scoutfs.item;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.scoutfs.item.TestForest.deletion;
import static org.scoutfs.item.TestForest.item;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.scoutfs.btree.BtreeItem;
import org.scoutfs.device.Seeds;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.BlockReference;
import org.scoutfs.format.Key;
import org.scoutfs.format.Keys;
import org.scoutfs.lock.ClusterLock;
import org.scoutfs.lock.LockMode;
import org.scoutfs.lock.LockRange;

/** Reading the fs tree and log trees as one, from real blocks. */
class ForestTest {
    private final TestForest trees = new TestForest(1);
    private final GrantedLocks locks = new GrantedLocks(trees.volume.host);
    private final Forest forest = new Forest(
            trees,
            trees.volume.cache,
            trees.volume.host.clock(),
            locks.client::lastRefreshGeneration,
            trees.volume.counters);
    private final ClusterLock lock = locks.lock(LockRange.inodeGroup(1), LockMode.READ);

    ForestTest() throws FsException {}

    @AfterEach
    void close() {
        locks.close();
        trees.close();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private long counter(String name) {
        return trees.volume.counters.get(name).get();
    }

    private static String present(ReadItems read) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < read.count(); i++) {
            text.append(read.key(i).first())
                    .append(new String(read.value(i), StandardCharsets.UTF_8))
                    .append(' ');
        }
        return text.toString().strip();
    }

    @Test
    void nothingIsKnownToBeNothing() throws Exception {
        ReadItems read = forest.read(Keys.inode(5), lock, 0);
        assertThat(read.count()).isZero();
        assertThat(read.start()).isEqualTo(lock.range().start());
        assertThat(read.end()).isEqualTo(lock.range().end());
    }

    @Test
    void newestVersionWinsDeletionsHideAndTiesKeepTheFirst() throws Exception {
        trees.addToFsTree(List.of(
                item(Keys.inode(1), 5, bytes("fs")),
                item(Keys.inode(2), 5, bytes("fs")),
                item(Keys.inode(3), 5, bytes("fs")),
                item(Keys.inode(4), 9, bytes("fs")),
                item(Keys.inode(6), -1L, bytes("fs"))));
        trees.addLog(
                1,
                1,
                0,
                List.of(
                        item(Keys.inode(1), 8, bytes("a")),
                        deletion(Keys.inode(2), 7),
                        item(Keys.inode(4), 9, bytes("a")),
                        deletion(Keys.inode(5), 7),
                        item(Keys.inode(6), 7, bytes("a")),
                        item(Keys.inode(7), 7, bytes("a"))));
        trees.addLog(
                2,
                1,
                0,
                List.of(
                        item(Keys.inode(1), 6, bytes("b")),
                        item(Keys.inode(2), 6, bytes("b")),
                        item(Keys.inode(5), 8, bytes("b")),
                        deletion(Keys.inode(7), 8)));
        assertThat(present(forest.read(Keys.inode(1), lock, 0))).isEqualTo("1a 3fs 4fs 5b 6fs");
    }

    @Test
    void bloomFilterKeepsReadersAwayFromLogTrees() throws Exception {
        trees.addLog(1, 1, 0, List.of(item(Keys.inode(1), 8, bytes("seen"))));
        trees.addLog(2, 1, 0, List.of(item(Keys.inode(5000), 8, bytes("other group"))));
        trees.addLog(3, 1, 0, List.of(item(Keys.inode(2), 8, bytes("no bloom block"))), BlockReference.ZERO);
        assertThat(present(forest.read(Keys.inode(1), lock, 0))).isEqualTo("1seen");
        assertThat(counter("forest_bloom_pass")).isEqualTo(1);
        assertThat(counter("forest_bloom_fail")).isEqualTo(1);
    }

    /** Trees of several leaves, read piece by piece, against a map. */
    @Test
    void piecesCoverEverythingOnce() throws Exception {
        long seed = Seeds.next("ForestTest");
        Random random = new Random(seed);
        TreeMap<Key, BtreeItem> newest = new TreeMap<>();
        for (int tree = 0; tree < 4; tree++) {
            TreeMap<Key, BtreeItem> items = new TreeMap<>();
            for (int i = 0; i < 2500; i++) {
                Key key = Keys.dirent(random.nextInt(3) * 700L, random.nextInt(4000), 1);
                long seq = random.nextInt(1000) * 4L + tree;
                boolean deleted = tree > 0 && random.nextInt(3) == 0;
                byte[] value = new byte[random.nextInt(100)];
                random.nextBytes(value);
                items.put(key, deleted ? deletion(key, seq) : item(key, seq, value));
            }
            items.values().forEach(item -> newest.merge(item.key(), item, (a, b) -> a.seq() >= b.seq() ? a : b));
            if (tree == 0) {
                trees.addToFsTree(List.copyOf(items.values()));
            } else {
                trees.addLog(tree, 1, 0, List.copyOf(items.values()));
            }
        }
        newest.values().removeIf(BtreeItem::isDeletion);
        Key at = lock.range().start();
        List<Key> seen = new ArrayList<>();
        int pieces = 0;
        while (at.compareTo(lock.range().end()) <= 0) {
            ReadItems read = forest.read(at, lock, 0);
            assertThat(read.start().compareTo(at)).isLessThanOrEqualTo(0);
            assertThat(read.end().compareTo(at)).isGreaterThanOrEqualTo(0);
            for (int i = read.firstAtOrAfter(at); i < read.count(); i++) {
                BtreeItem should = newest.get(read.key(i));
                assertThat(should).isNotNull();
                if (should == null || !Arrays.equals(should.value(), read.value(i))) {
                    throw new AssertionError("wrong value of " + read.key(i));
                }
                seen.add(read.key(i));
            }
            pieces++;
            if (read.end().equals(lock.range().end())) {
                break;
            }
            at = read.end().increment();
        }
        Key end = lock.range().end();
        assertThat(seen).containsExactlyElementsOf(newest.headMap(end, true).keySet());
        assertThat(pieces).isGreaterThan(5);
        assertThat(trees.requests).as("roots are asked for once per lock").isEqualTo(1);
        for (Map.Entry<Key, BtreeItem> item : newest.entrySet()) {
            if (random.nextInt(40) == 0 && lock.range().contains(item.getKey())) {
                ReadItems read = forest.read(item.getKey(), lock, 0);
                int i = read.firstAtOrAfter(item.getKey());
                assertThat(read.key(i)).isEqualTo(item.getKey());
            }
        }
    }

    @Test
    void staleRootsAreReplacedAndTheReadStartsFromNothing() throws Exception {
        trees.addToFsTree(List.of(item(Keys.inode(1), 5, bytes("old"))));
        trees.addLog(1, 1, 0, List.of(item(Keys.inode(2), 5, bytes("gone"))));
        trees.oldRoots.add(trees.staleRoots());
        trees.removeLog(1, 1);
        trees.oldRoots.add(trees.staleRoots());
        CompletableFuture<String> reading = new CompletableFuture<>();
        trees.volume.host.threads().virtual("reader", () -> {
            try {
                reading.complete(present(forest.read(Keys.inode(1), lock, 0)));
            } catch (FsException e) {
                reading.completeExceptionally(e);
            }
        });
        passTimeUntilDone(reading);
        assertThat(reading.get()).isEqualTo("1old");
        assertThat(counter("btree_stale_read")).isEqualTo(2);
    }

    @Test
    void sameStaleRootsTwiceAreCorruption() throws Exception {
        trees.addToFsTree(List.of(item(Keys.inode(1), 5, bytes("x"))));
        trees.oldRoots.add(trees.staleRoots());
        trees.oldRoots.add(trees.staleRoots());
        CompletableFuture<Errno> reading = new CompletableFuture<>();
        trees.volume.host.threads().virtual("reader", () -> {
            try {
                forest.nextHint(Keys.inode(1));
            } catch (FsException e) {
                reading.complete(e.errno());
            }
        });
        passTimeUntilDone(reading);
        assertThat(reading.get()).isEqualTo(Errno.EIO);
    }

    private void passTimeUntilDone(CompletableFuture<?> done) {
        Awaitility.await()
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(2))
                .until(() -> {
                    trees.volume.host.advance(20_000_000);
                    return done.isDone();
                });
    }

    @Test
    void hintIsTheLeastKeyAnywhereDeletedOrNot() throws Exception {
        assertThat(forest.nextHint(Key.ZERO)).isNull();
        assertThat(forest.nextInFsTree(Key.ZERO)).isNull();
        trees.addToFsTree(List.of(item(Keys.orphan(9), 5, bytes("")), item(Keys.inode(90), 5, bytes(""))));
        trees.addLog(1, 1, 0, List.of(deletion(Keys.orphan(7), 5), item(Keys.inode(3), 5, bytes(""))));
        assertThat(forest.nextHint(Keys.orphan(0))).isEqualTo(Keys.orphan(7));
        assertThat(forest.nextHint(Keys.orphan(8))).isEqualTo(Keys.orphan(9));
        assertThat(forest.nextHint(Keys.orphan(10))).isEqualTo(Keys.inode(3));
        assertThat(forest.nextHint(Keys.inode(91))).isNull();
        assertThat(forest.nextInFsTree(Keys.orphan(0))).isEqualTo(Keys.orphan(9));
        assertThat(forest.nextInFsTree(Keys.orphan(10))).isEqualTo(Keys.inode(90));
    }

    @Test
    void rootsAreAskedForAgainAfterACommitAndForAYoungerLock() throws Exception {
        forest.read(Keys.inode(1), lock, 0);
        forest.read(Keys.inode(2), lock, 0);
        assertThat(trees.requests).isEqualTo(1);
        forest.read(Keys.inode(2), lock, 1);
        assertThat(trees.requests).isEqualTo(2);
        ClusterLock younger = locks.lock(LockRange.inodeGroup(9000), LockMode.READ);
        forest.read(Keys.inode(9000), younger, 1);
        assertThat(trees.requests).isEqualTo(3);
        forest.read(Keys.inode(2), lock, 1);
        assertThat(trees.requests).isEqualTo(3);
    }

    @Test
    void totalsAreNotItems() throws Exception {
        ClusterLock totals = locks.lock(LockRange.totl(), LockMode.READ);
        assertThatThrownBy(() -> forest.read(Keys.totl(1, 2, 3), totals, 0)).isInstanceOf(FsException.class);
    }
}
