package org.scoutfs.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

final class TableTest {
    private final Results results = new Results();

    @Test
    void ratiosAreMediansOfTheRoundsRatios() {
        // a slow second round for both: the ratio of medians would be 0.5 as well, that of the third round is not
        rounds(Phase.CREATE, "ext4", 1000, 100, 1000);
        rounds(Phase.CREATE, "scoutfs", 500, 60, 900);
        assertThat(results.median(Phase.CREATE, "scoutfs")).isEqualTo(500);
        assertThat(results.ratio(Phase.CREATE, "scoutfs", "ext4")).isEqualTo(0.6);
    }

    @Test
    void showsALineForEachPhaseInOrderOfTheRun() {
        rounds(Phase.SEQUENTIAL_WRITE, "ext4", 12.34);
        rounds(Phase.SEQUENTIAL_WRITE, "scoutfs", 6.17);
        rounds(Phase.CREATE, "ext4", 123_456.7);
        assertThat(Table.format(results, List.of("ext4", "scoutfs"), "ext4")).isEqualTo("""
            | phase        | unit  |    ext4 | scoutfs | / ext4 |
            |--------------|-------|--------:|--------:|-------:|
            | create       | op/s  | 123,457 |       - |      - |
            | seq-write-1m | MiB/s |    12.3 |     6.2 |   0.50 |
            """);
    }

    @Test
    void hasNoRatiosWithoutBaseline() {
        rounds(Phase.STAT, "embedded", 5);
        assertThat(Table.format(results, List.of("embedded"), null))
                .doesNotContain("/ ")
                .contains("| 5.0 |".substring(1));
    }

    @Test
    void runsWhatAChosenPhaseNeeds() {
        assertThat(Phase.withPredecessors(List.of(Phase.UNLINK)))
                .containsExactly(Phase.CREATE, Phase.RENAME, Phase.UNLINK);
        assertThat(Phase.withPredecessors(List.of(Phase.RANDOM_READ)))
                .containsExactly(Phase.SEQUENTIAL_WRITE, Phase.RANDOM_READ);
    }

    @Test
    void shapesSurviveTheWayToAWorker() {
        Shape shape = new Shape(1, 2, 3, 4, 5, 6);
        assertThat(Shape.parse(shape.words())).isEqualTo(shape);
    }

    private void rounds(Phase phase, String contender, double... rates) {
        for (double rate : rates) {
            results.add(phase, contender, rate);
        }
    }
}
