package org.scoutfs.app.output;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;

/** A row of names with values, shown one a line; or only the value of one of them. */
public final class NamedValues implements Row {
    /** How a name stands before its value. */
    public enum Style {
        /** Left-aligned to 17 columns. */
        PADDED {
            @Override
            String before(String name) {
                return name + " ".repeat(Math.max(1, 18 - name.length()));
            }
        },
        COLON {
            @Override
            String before(String name) {
                return name + ": ";
            }
        };

        abstract String before(String name);
    }

    private record Value(String name, String text, Consumer<FieldSink> field) {}

    private final Style style;
    private final List<Value> values = new ArrayList<>();
    private @Nullable String single;

    public NamedValues(Style style) {
        this.style = style;
    }

    public NamedValues unsigned(String name, long value) {
        values.add(new Value(name, Long.toUnsignedString(value), to -> to.unsigned(name, value)));
        return this;
    }

    public NamedValues text(String name, String value) {
        values.add(new Value(name, value, to -> to.text(name, value)));
        return this;
    }

    /** Shown as 0 or 1. */
    public NamedValues flag(String name, boolean value) {
        values.add(new Value(name, value ? "1" : "0", to -> to.flag(name, value)));
        return this;
    }

    /**
     * Only the value of {@code name}, or all if it is null.
     *
     * @throws FsException EINVAL for a name that there is not
     */
    public NamedValues only(@Nullable String name) throws FsException {
        if (name != null && values.stream().noneMatch(value -> value.name.equals(name))) {
            throw new FsException(Errno.EINVAL, "unknown field: '" + name + "'");
        }
        single = name;
        return this;
    }

    @Override
    public String text() {
        StringBuilder text = new StringBuilder();
        for (Value value : values) {
            if (single == null) {
                text.append(style.before(value.name)).append(value.text).append('\n');
            } else if (value.name.equals(single)) {
                text.append(value.text).append('\n');
            }
        }
        return text.toString();
    }

    @Override
    public void fields(FieldSink to) {
        for (Value value : values) {
            if (single == null || value.name.equals(single)) {
                value.field.accept(to);
            }
        }
    }
}
