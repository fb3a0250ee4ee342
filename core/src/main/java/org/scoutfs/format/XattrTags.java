package org.scoutfs.format;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Optional;

/**
 * Tags in an xattr's name: {@code scoutfs.} followed by {@code hide.}, {@code indx.}, {@code srch.} and {@code totl.} in any
 * order, each at most once, then free text. Spec 1 section 12.6, spec 4 section 9.3.
 */
public record XattrTags(boolean hide, boolean indx, boolean srch, boolean totl) {
    /** A name without tags. */
    public static final XattrTags NONE = new XattrTags(false, false, false, false);

    private static final byte[] PREFIX = "scoutfs.".getBytes(StandardCharsets.US_ASCII);
    private static final int TAG_LENGTH = 5;
    /** Shorter names are plain, whatever they begin with. */
    private static final int MIN_TAGGED_LENGTH = 14;

    private enum Tag {
        HIDE("hide."),
        INDX("indx."),
        SRCH("srch."),
        TOTL("totl.");

        private final byte[] text;

        Tag(String text) {
            this.text = text.getBytes(StandardCharsets.US_ASCII);
        }
    }

    /**
     * The tags of an xattr's full name, {@link #NONE} for a plain name; empty for a name that must be rejected because it begins
     * with {@code scoutfs.} and no tag follows, or repeats a tag. A name with both totl and indx is not rejected here, see
     * {@link #isConflicting}.
     */
    public static Optional<XattrTags> parse(byte[] name) {
        if (name.length < MIN_TAGGED_LENGTH || !startsWith(name, 0, PREFIX)) {
            return Optional.of(NONE);
        }
        EnumSet<Tag> tags = EnumSet.noneOf(Tag.class);
        int at = PREFIX.length;
        for (Optional<Tag> tag = tagAt(name, at); tag.isPresent(); tag = tagAt(name, at)) {
            if (!tags.add(tag.get())) {
                return Optional.empty();
            }
            at += TAG_LENGTH;
        }
        if (tags.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(new XattrTags(
                tags.contains(Tag.HIDE), tags.contains(Tag.INDX), tags.contains(Tag.SRCH), tags.contains(Tag.TOTL)));
    }

    /** Whether there is any tag. */
    public boolean any() {
        return hide || indx || srch || totl;
    }

    /** Whether the tags exclude each other: totl and indx together are rejected. */
    public boolean isConflicting() {
        return totl && indx;
    }

    private static Optional<Tag> tagAt(byte[] name, int at) {
        return Arrays.stream(Tag.values())
                .filter(tag -> startsWith(name, at, tag.text))
                .findFirst();
    }

    private static boolean startsWith(byte[] name, int at, byte[] text) {
        return name.length >= at + text.length && Arrays.equals(name, at, at + text.length, text, 0, text.length);
    }
}
