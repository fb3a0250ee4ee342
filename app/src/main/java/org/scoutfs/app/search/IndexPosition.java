package org.scoutfs.app.search;

import org.jspecify.annotations.Nullable;
import org.scoutfs.app.ByteSizes;
import org.scoutfs.vfs.ArchiveQueries.SeqEntry;
import org.scoutfs.vfs.ArchiveQueries.XattrIndexEntry;
import picocli.CommandLine.TypeConversionException;

/** Positions in an index as text: numbers in C notation with dots between them. */
final class IndexPosition {
    static final int MAJOR_MAX = 255;

    private IndexPosition() {}

    /**
     * {@code MAJOR[.MINOR[.INO]]}, or a negative number that stands for the very last position.
     *
     * @param which {@code first} or {@code last}, for the error
     */
    static SeqEntry parseSeq(String which, String text) {
        String[] parts = text.split("\\.", -1);
        long[] numbers = new long[3];
        for (int i = 0; i < parts.length; i++) {
            Long number = i < numbers.length ? number(parts[i]) : null;
            if (number == null) {
                throw new TypeConversionException("bad index pos at '" + rest(parts, i) + "'\ninvalid " + which
                        + " position '" + text + "', try '1.2.3' or '-1'");
            }
            numbers[i] = number;
        }
        boolean isEnd = parts.length == 1 && numbers[0] == -1L;
        return new SeqEntry(numbers[0], isEnd ? -1L : numbers[2]);
    }

    /** {@code MAJOR.MINOR.INO} with a major number of at most {@link #MAJOR_MAX}. */
    static XattrIndexEntry parseXattr(String text) {
        String[] parts = text.split("\\.", -1);
        Long major = number(parts[0]);
        Long minor = parts.length == 3 ? number(parts[1]) : null;
        Long ino = parts.length == 3 ? number(parts[2]) : null;
        if (major == null || minor == null || ino == null) {
            throw new TypeConversionException("bad index position entry argument '" + text
                    + "', it must be three numbers MAJOR.MINOR.INO with dots between them, try '1.2.3'");
        }
        if (Long.compareUnsigned(major, MAJOR_MAX) > 0) {
            throw new TypeConversionException("initial major index position '" + Long.toUnsignedString(major)
                    + "' must be between 0 and 255, inclusive.");
        }
        return new XattrIndexEntry(major.intValue(), minor, ino);
    }

    private static @Nullable Long number(String text) {
        try {
            return new ByteSizes.NumberConverter().convert(text);
        } catch (TypeConversionException _) {
            return null;
        }
    }

    private static String rest(String[] parts, int from) {
        return String.join(".", java.util.Arrays.copyOfRange(parts, from, parts.length));
    }
}
