package org.scoutfs.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Shows results as a Markdown table: a line for each phase, a rate for each contender, a ratio for each but the baseline. */
final class Table {
    private Table() {}

    /** @param baseline name of the contender that others are divided by; null for none */
    static String format(Results results, List<String> contenders, @Nullable String baseline) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(head(contenders, baseline));
        for (Phase phase : results.phases()) {
            rows.add(row(results, phase, contenders, baseline));
        }
        return align(rows);
    }

    private static List<String> head(List<String> contenders, @Nullable String baseline) {
        List<String> head = new ArrayList<>(List.of("phase", "unit"));
        for (String contender : contenders) {
            head.add(contender);
            if (isCompared(contender, baseline)) {
                head.add("/ " + baseline);
            }
        }
        return head;
    }

    private static List<String> row(Results results, Phase phase, List<String> contenders, @Nullable String baseline) {
        List<String> row = new ArrayList<>(List.of(phase.word(), phase.isBandwidth() ? "MiB/s" : "op/s"));
        for (String contender : contenders) {
            row.add(rate(results.median(phase, contender)));
            if (baseline != null && isCompared(contender, baseline)) {
                Double ratio = results.ratio(phase, contender, baseline);
                row.add(ratio == null ? "-" : String.format(Locale.ROOT, "%.2f", ratio));
            }
        }
        return row;
    }

    private static boolean isCompared(String contender, @Nullable String baseline) {
        return baseline != null && !contender.equals(baseline);
    }

    /** Whole numbers with thousands apart; small rates with one digit more. */
    static String rate(@Nullable Double perSecond) {
        if (perSecond == null) {
            return "-";
        }
        return String.format(Locale.ROOT, perSecond < 100 ? "%,.1f" : "%,.0f", perSecond);
    }

    /** The first two columns to the left, numbers to the right. */
    private static String align(List<List<String>> rows) {
        int columns = rows.getFirst().size();
        int[] widths = new int[columns];
        for (List<String> row : rows) {
            for (int i = 0; i < columns; i++) {
                widths[i] = Math.max(widths[i], row.get(i).length());
            }
        }
        StringBuilder text = new StringBuilder();
        for (int line = 0; line < rows.size(); line++) {
            for (int i = 0; i < columns; i++) {
                String cell = rows.get(line).get(i);
                String blanks = " ".repeat(widths[i] - cell.length());
                text.append("| ").append(i < 2 ? cell + blanks : blanks + cell).append(' ');
            }
            text.append("|\n");
            if (line == 0) {
                for (int i = 0; i < columns; i++) {
                    String dashes = "-".repeat(widths[i] + 1);
                    text.append('|').append(i < 2 ? dashes + '-' : dashes + ':');
                }
                text.append("|\n");
            }
        }
        return text.toString();
    }
}
