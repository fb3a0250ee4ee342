package org.scoutfs.bench;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The rates of a run: several for each phase and contender, one a round. */
final class Results {
    private final Map<Phase, Map<String, List<Double>>> rates = new EnumMap<>(Phase.class);

    void add(Phase phase, String contender, double perSecond) {
        rates.computeIfAbsent(phase, key -> new HashMap<>())
                .computeIfAbsent(contender, key -> new ArrayList<>())
                .add(perSecond);
    }

    /** In order. */
    List<Phase> phases() {
        return List.copyOf(rates.keySet());
    }

    /** The median of the rounds; the lower one of two in the middle. Null if the contender did not run the phase. */
    @Nullable
    Double median(Phase phase, String contender) {
        List<Double> all = rates.getOrDefault(phase, Map.of()).get(contender);
        if (all == null) {
            return null;
        }
        List<Double> sorted = all.stream().sorted().toList();
        return sorted.get((sorted.size() - 1) / 2);
    }

    /**
     * The median of the ratios of each round, and not the ratio of medians: what is divided ran one after the other. Null if one of the two
     * did not run the phase.
     */
    @Nullable
    Double ratio(Phase phase, String contender, String baseline) {
        List<Double> above = rates.getOrDefault(phase, Map.of()).get(contender);
        List<Double> below = rates.getOrDefault(phase, Map.of()).get(baseline);
        if (above == null || below == null) {
            return null;
        }
        List<Double> ratios = new ArrayList<>();
        for (int i = 0; i < Math.min(above.size(), below.size()); i++) {
            ratios.add(above.get(i) / below.get(i));
        }
        ratios.sort(null);
        return ratios.get((ratios.size() - 1) / 2);
    }
}
