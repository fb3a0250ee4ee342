package org.scoutfs.app.control;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class CounterNamesTest {
    @Test
    void thereAre202() {
        assertThat(CounterNames.ALL)
                .hasSize(202)
                .doesNotHaveDuplicates()
                .isSorted()
                .contains("statfs", "alloc_alloc_data", "wkic_scan_objects")
                .allMatch(name -> name.matches("[a-z0-9_]+"));
    }
}
