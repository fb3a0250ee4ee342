package org.scoutfs.app;

import org.scoutfs.format.Timespec;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Points in time as the reference's commands take them: {@code SECONDS.NANOSECONDS}, each an integer (spec 5 section 5.1). */
public final class Times {
    private static final long NANOS_PER_SECOND = 1_000_000_000;

    private Times() {}

    /** Decimal numbers; {@code 5.25} is 25 ns after second 5. */
    public static final class TimeConverter implements ITypeConverter<Timespec> {
        @Override
        public Timespec convert(String text) {
            int dot = text.indexOf('.');
            if (dot < 0) {
                throw invalid(text);
            }
            long seconds;
            long nanos;
            try {
                seconds = Long.parseLong(text, 0, dot, 10);
                nanos = Long.parseUnsignedLong(text.substring(dot + 1));
            } catch (NumberFormatException _) {
                throw invalid(text);
            }
            if (Long.compareUnsigned(nanos, NANOS_PER_SECOND) >= 0) {
                throw new TypeConversionException("invalid timespec nsec value: '" + text + "'");
            }
            return new Timespec(seconds, (int) nanos);
        }
    }

    private static TypeConversionException invalid(String text) {
        return new TypeConversionException("invalid timespec string: '" + text + "'");
    }
}
