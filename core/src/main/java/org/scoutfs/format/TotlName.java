package org.scoutfs.format;

import java.util.Optional;

/** The three dotted numbers a totl xattr's name ends in, each unsigned, spec 1 sections 12.6 and 12.8. */
public record TotlName(long a, long b, long c) {
    /** The numbers of an xattr's full name, empty if it does not end in three of them. Does not look at tags. */
    public static Optional<TotlName> parse(byte[] name) {
        long[] numbers = NumberText.lastDotted(name, 3);
        return numbers.length == 0 ? Optional.empty() : Optional.of(new TotlName(numbers[0], numbers[1], numbers[2]));
    }

    /** Key of the total the xattr contributes to. */
    public Key key() {
        return Keys.totl(a, b, c);
    }
}
