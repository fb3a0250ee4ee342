package org.scoutfs.format;

import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/**
 * Tags in an xattr's name: {@code scoutfs.} followed by {@code hide.}, {@code indx.}, {@code srch.} and {@code totl.} in any
 * order, each at most once, then free text. Spec 1 section 12.6, spec 4 section 9.3.
 */
public record XattrTags(boolean hide, boolean indx, boolean srch, boolean totl) {
    /** A name without tags. */
    public static final XattrTags NONE = new XattrTags(false, false, false, false);

    private static final String PREFIX = "scoutfs.";
    private static final String HIDE = "hide.";
    private static final String INDX = "indx.";
    private static final String SRCH = "srch.";
    private static final String TOTL = "totl.";
    private static final Set<String> TAGS = Set.of(HIDE, INDX, SRCH, TOTL);
    private static final int TAG_LENGTH = 5;
    /** Shorter names are plain, whatever they begin with. */
    private static final int MIN_TAGGED_LENGTH = 14;

    /**
     * The tags of an xattr's full name, {@link #NONE} for a plain name; empty for a name that must be rejected because it begins
     * with {@code scoutfs.} and no tag follows, or repeats a tag. A name with both totl and indx is not rejected here, see
     * {@link #isConflicting}.
     */
    public static Optional<XattrTags> parse(byte[] name) {
        String text = new String(name, StandardCharsets.ISO_8859_1);
        if (text.length() < MIN_TAGGED_LENGTH || !text.startsWith(PREFIX)) {
            return Optional.of(NONE);
        }
        Set<String> tags = new HashSet<>();
        int at = PREFIX.length();
        for (String tag = tagAt(text, at); TAGS.contains(tag); tag = tagAt(text, at)) {
            if (!tags.add(tag)) {
                return Optional.empty();
            }
            at += TAG_LENGTH;
        }
        if (tags.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(
                new XattrTags(tags.contains(HIDE), tags.contains(INDX), tags.contains(SRCH), tags.contains(TOTL)));
    }

    /** Whether there is any tag. */
    public boolean any() {
        return hide || indx || srch || totl;
    }

    /** Whether the tags exclude each other: totl and indx together are rejected. */
    public boolean isConflicting() {
        return totl && indx;
    }

    /** The five characters at {@code at}, or what there is of them. */
    private static String tagAt(String text, int at) {
        return text.substring(at, Math.min(at + TAG_LENGTH, text.length()));
    }
}
