package org.scoutfs.app.archive;

import java.util.Locale;

/** What an agent counts since it was started. */
enum AgentCount {
    FILES_ARCHIVED,
    BYTES_ARCHIVED,
    /** They changed while they were copied, and come again by their change. */
    FILES_CHANGED_WHILE_COPIED,
    /** They are tried again. */
    FILES_NOT_ARCHIVED,
    FILES_RELEASED,
    BYTES_RELEASED,
    /** Policy wanted a file released whose object is missing or damaged. */
    RELEASES_REFUSED,
    FILES_STAGED,
    BYTES_STAGED,
    /** Store or volume could not be used for the moment; the waiting go on waiting. */
    STAGES_PUT_OFF,
    /** Ended with EIO: the archive does not have what they wait for. */
    WAITS_FAILED;

    String text() {
        return name().toLowerCase(Locale.ROOT);
    }
}
