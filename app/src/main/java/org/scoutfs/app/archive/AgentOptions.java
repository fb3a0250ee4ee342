package org.scoutfs.app.archive;

/**
 * How an agent works.
 *
 * @param path of the mount
 * @param stageOnly only serves who waits
 * @param once ends when all is done
 * @param dryRun says what it would do, and ends
 * @param copies files that are copied at the same time
 * @param stages files that come back at the same time
 * @param intervalMs between two looks at what has changed
 * @param pollMs between two looks at who waits
 */
record AgentOptions(
        String path,
        ReleasePolicy policy,
        boolean stageOnly,
        boolean once,
        boolean dryRun,
        int copies,
        int stages,
        long intervalMs,
        long pollMs) {}
