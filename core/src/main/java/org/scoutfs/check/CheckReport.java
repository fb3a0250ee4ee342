package org.scoutfs.check;

import com.google.errorprone.annotations.FormatMethod;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a check found. Problems contradict the format; warnings are harmless, like blocks that belong to nobody. */
public final class CheckReport {
    /** A volume that is broken everywhere must not fill the memory. */
    private static final int KEPT = 10_000;

    private final List<String> problems = new ArrayList<>();
    private final List<String> warnings = new ArrayList<>();
    private long problemCount;
    private long inodes;
    private long entries;
    private long leakedMetaBlocks;

    @FormatMethod
    void problem(String format, @Nullable Object... args) {
        found(String.format(format, args));
    }

    /** A problem in words. */
    void found(String sentence) {
        add(problems, sentence);
        problemCount++;
    }

    @FormatMethod
    void warning(String format, @Nullable Object... args) {
        add(warnings, String.format(format, args));
    }

    private static void add(List<String> list, String text) {
        if (list.size() < KEPT) {
            list.add(text);
        }
    }

    void counts(long inodeCount, long entryCount) {
        inodes = inodeCount;
        entries = entryCount;
    }

    void leaked(long metaBlocks) {
        leakedMetaBlocks = metaBlocks;
    }

    /** Sentences naming structure, block or inode, what was expected and what was found; the first 10000. */
    public List<String> problems() {
        return List.copyOf(problems);
    }

    public List<String> warnings() {
        return List.copyOf(warnings);
    }

    public long problemCount() {
        return problemCount;
    }

    public boolean isClean() {
        return problemCount == 0;
    }

    public long inodes() {
        return inodes;
    }

    /** Directory entries. */
    public long entries() {
        return entries;
    }

    /** Large blocks that are neither used nor free: the known leaks of spec 1 sections 10.4 and 13.5. */
    public long leakedMetaBlocks() {
        return leakedMetaBlocks;
    }
}
