package org.scoutfs.format;

import java.util.OptionalLong;

/**
 * Numbers as text in xattr names and values, spec 1 section 12.6: 1..23 ASCII characters, hexadecimal after {@code 0x}, octal
 * after {@code 0}, else decimal; no sign, nothing around it, at most 2^64-1.
 */
public final class NumberText {
    /** Longest text in bytes. */
    public static final int MAX_BYTES = 23;

    private NumberText() {}

    /** The number that all of {@code text} spells, unsigned; empty if it is none. */
    public static OptionalLong parse(byte[] text) {
        return parse(text, 0, text.length);
    }

    /** The number that bytes {@code [from, to)} of {@code text} spell, unsigned; empty if they are none. */
    public static OptionalLong parse(byte[] text, int from, int to) {
        if (to - from < 1 || to - from > MAX_BYTES) {
            return OptionalLong.empty();
        }
        if (text[from] != '0' || to - from == 1) {
            return digits(text, from, to, 10);
        }
        boolean hexadecimal = text[from + 1] == 'x' || text[from + 1] == 'X';
        return hexadecimal ? digits(text, from + 2, to, 16) : digits(text, from + 1, to, 8);
    }

    /**
     * The last {@code count} dot-separated numbers of {@code name} in the order they stand in; an empty array if there are not so
     * many numbers. What stands before the dot in front of them does not matter.
     */
    static long[] lastDotted(byte[] name, int count) {
        long[] numbers = new long[count];
        int end = name.length;
        for (int i = count - 1; i >= 0; i--) {
            int dot = lastDot(name, end);
            OptionalLong number = parse(name, dot + 1, end);
            if (dot < 0 || number.isEmpty()) {
                return new long[0];
            }
            numbers[i] = number.getAsLong();
            end = dot;
        }
        return numbers;
    }

    private static int lastDot(byte[] name, int end) {
        int dot = end - 1;
        while (dot >= 0 && name[dot] != '.') {
            dot--;
        }
        return dot;
    }

    private static OptionalLong digits(byte[] text, int from, int to, int radix) {
        if (from == to) {
            return OptionalLong.empty();
        }
        long value = 0;
        long limit = Long.divideUnsigned(-1L, radix);
        for (int i = from; i < to; i++) {
            int digit = text[i] < 0 ? -1 : Character.digit(text[i], radix);
            boolean overflows =
                    Long.compareUnsigned(value, limit) > 0 || Long.compareUnsigned(value * radix, -1L - digit) > 0;
            if (digit < 0 || overflows) {
                return OptionalLong.empty();
            }
            value = value * radix + digit;
        }
        return OptionalLong.of(value);
    }
}
