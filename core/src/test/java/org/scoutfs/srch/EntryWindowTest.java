package org.scoutfs.srch;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.scoutfs.device.Seeds;
import org.scoutfs.format.SrchEntry;

class EntryWindowTest {
    private static List<SrchEntry> contents(EntryWindow window) {
        List<SrchEntry> entries = new ArrayList<>();
        for (int i = 0; i < window.size(); i++) {
            entries.add(window.get(i));
            assertThat(window.ino(i)).isEqualTo(window.get(i).ino());
        }
        return entries;
    }

    @Test
    void keepsWhatOccursAnOddNumberOfTimes() {
        EntryWindow window = new EntryWindow(100, SrchEntry.MAX);
        List<SrchEntry> added = SrchFiles.random(new Random(1), 90, 5);
        added.forEach(window::add);
        window.finish();
        assertThat(contents(window)).isEqualTo(SrchFiles.odd(added));
        assertThat(window.isTruncated()).isFalse();
        assertThat(window.bound()).isEqualTo(SrchEntry.MAX);
    }

    @Test
    void isExactUpToItsBound() {
        long seed = Seeds.next("EntryWindowTest.isExact");
        Random random = new Random(seed);
        for (int round = 0; round < 200; round++) {
            int limit = 1 + random.nextInt(60);
            EntryWindow window = new EntryWindow(limit, SrchEntry.MAX);
            List<SrchEntry> added = SrchFiles.random(random, random.nextInt(800), 1 + random.nextInt(60));
            added.forEach(window::add);
            window.finish();
            List<SrchEntry> expected = SrchFiles.odd(added).stream()
                    .filter(entry -> entry.compareTo(window.bound()) <= 0)
                    .toList();
            assertThat(contents(window)).isEqualTo(expected);
            assertThat(window.size()).isLessThanOrEqualTo(limit);
            assertThat(window.isTruncated()).isEqualTo(!window.bound().equals(SrchEntry.MAX));
        }
    }

    @Test
    void sortsWhateverTheOrderIs() {
        long seed = Seeds.next("EntryWindowTest.sorts");
        Random random = new Random(seed);
        for (int count : new int[] {0, 1, 2, 3, 24, 25, 100, 5000}) {
            List<SrchEntry> entries = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                entries.add(new SrchEntry(random.nextInt(4) - 2, random.nextInt(50) - 25, random.nextLong()));
            }
            assertSorted(entries);
            Collections.sort(entries);
            assertSorted(entries);
            Collections.reverse(entries);
            assertSorted(entries);
            assertSorted(new ArrayList<>(Collections.nCopies(count, new SrchEntry(1, 2, 3))));
            // Organ pipe: bad for a median of three.
            List<SrchEntry> pipe = new ArrayList<>(entries);
            for (int i = 0; i < count; i++) {
                pipe.set(i, new SrchEntry(Math.min(i, count - i), 0, 0));
            }
            assertSorted(pipe);
        }
    }

    private static void assertSorted(List<SrchEntry> entries) {
        long[] words = new long[entries.size() * EntrySort.WORDS];
        for (int i = 0; i < entries.size(); i++) {
            words[i * EntrySort.WORDS] = entries.get(i).hash();
            words[i * EntrySort.WORDS + 1] = entries.get(i).ino();
            words[i * EntrySort.WORDS + 2] = entries.get(i).id();
        }
        EntrySort.sort(words, entries.size());
        List<SrchEntry> sorted = new ArrayList<>();
        for (int i = 0; i < entries.size(); i++) {
            int at = i * EntrySort.WORDS;
            sorted.add(new SrchEntry(words[at], words[at + 1], words[at + 2]));
        }
        assertThat(sorted).isEqualTo(entries.stream().sorted().toList());
    }
}
