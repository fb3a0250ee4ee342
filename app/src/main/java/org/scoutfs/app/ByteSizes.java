package org.scoutfs.app;

import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.OptionalLong;
import org.scoutfs.format.NumberText;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Numbers and sizes as the reference's commands take and show them (spec 5 section 5.1). */
public final class ByteSizes {
    private static final String SUFFIXES = "KMGTP";
    private static final String[] UNITS = {"B", "KB", "MB", "GB", "TB", "PB", "EB"};

    private ByteSizes() {}

    /** A u64 in C notation with an optional suffix K M G T P. */
    public static final class SizeConverter implements ITypeConverter<Long> {
        @Override
        public Long convert(String text) {
            char last = text.isEmpty() ? '0' : text.charAt(text.length() - 1);
            if (Character.digit(last, 16) >= 0 || text.startsWith("0x")) {
                return number(text, text);
            }
            int at = SUFFIXES.indexOf(last);
            if (at < 0) {
                throw new TypeConversionException("unknown suffix: '" + text + "'");
            }
            long value = number(text.substring(0, text.length() - 1), text);
            int shift = 10 * (at + 1);
            if (value >>> (64 - shift) != 0) {
                throw new TypeConversionException("size too big: '" + text + "'");
            }
            return value << shift;
        }
    }

    /** A u64 in C notation; a leading minus wraps. */
    public static final class NumberConverter implements ITypeConverter<Long> {
        @Override
        public Long convert(String text) {
            return number(text, text);
        }
    }

    private static long number(String digits, String whole) {
        boolean negative = digits.startsWith("-");
        OptionalLong value =
                NumberText.parse((negative ? digits.substring(1) : digits).getBytes(StandardCharsets.ISO_8859_1));
        if (value.isEmpty()) {
            throw new TypeConversionException("invalid 64bit value: '" + whole + "'");
        }
        return negative ? -value.getAsLong() : value.getAsLong();
    }

    /** Two decimals and a unit of 1024, {@code 64.00GB}. */
    public static String human(long bytes) {
        double value = bytes < 0 ? 0x1p64 + bytes : bytes;
        int unit = 0;
        while (value >= 1024 && unit < UNITS.length - 1) {
            value /= 1024;
            unit++;
        }
        return String.format(Locale.ROOT, "%.2f%s", value, UNITS[unit]);
    }

    /** As {@link #human} with a blank before the unit, {@code 64.00 GB}. */
    public static String humanSpaced(long bytes) {
        String text = human(bytes);
        int unit = 0;
        while (!Character.isLetter(text.charAt(unit))) {
            unit++;
        }
        return text.substring(0, unit) + " " + text.substring(unit);
    }
}
