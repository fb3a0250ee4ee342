package org.scoutfs.app.admin;

import java.util.List;

/** Text in columns. */
public final class Columns {
    private static final String GAP = "  ";

    private Columns() {}

    /** Every cell right-aligned in its column and two blanks after each, also at the end of a line. */
    public static String rightAligned(List<List<String>> rows) {
        int[] widths = new int[rows.getFirst().size()];
        for (List<String> row : rows) {
            for (int i = 0; i < widths.length; i++) {
                widths[i] = Math.max(widths[i], row.get(i).length());
            }
        }
        StringBuilder text = new StringBuilder();
        for (List<String> row : rows) {
            for (int i = 0; i < widths.length; i++) {
                text.repeat(' ', widths[i] - row.get(i).length())
                        .append(row.get(i))
                        .append(GAP);
            }
            text.append('\n');
        }
        return text.toString();
    }

    /**
     * Names and values in as many groups side by side as fit, filled downwards: names left-aligned, values right-aligned, two blanks between
     * groups. Each group is as wide as its own longest name and value.
     *
     * @param width columns of the terminal; 0 = one group with a common width
     */
    static String groups(List<String> names, List<String> values, int width) {
        int count = names.size();
        for (int rows = 1; rows < count && width > 0; rows++) {
            if (totalWidth(names, values, rows) <= width) {
                return layout(names, values, rows);
            }
        }
        return layout(names, values, Math.max(1, count));
    }

    private static int totalWidth(List<String> names, List<String> values, int rows) {
        int total = -GAP.length();
        for (int from = 0; from < names.size(); from += rows) {
            int to = Math.min(names.size(), from + rows);
            total += GAP.length() + widest(names.subList(from, to)) + 1 + widest(values.subList(from, to));
        }
        return total;
    }

    private static String layout(List<String> names, List<String> values, int rows) {
        StringBuilder text = new StringBuilder();
        int count = names.size();
        for (int row = 0; row < Math.min(rows, count); row++) {
            for (int i = row; i < count; i += rows) {
                int from = i - row;
                int to = Math.min(count, from + rows);
                int nameWidth = widest(names.subList(from, to));
                int valueWidth = widest(values.subList(from, to));
                text.append(i == row ? "" : GAP)
                        .append(names.get(i))
                        .repeat(
                                ' ',
                                nameWidth
                                        - names.get(i).length()
                                        + 1
                                        + valueWidth
                                        - values.get(i).length())
                        .append(values.get(i));
            }
            text.append('\n');
        }
        return text.toString();
    }

    private static int widest(List<String> cells) {
        return cells.stream().mapToInt(String::length).max().orElse(0);
    }
}
