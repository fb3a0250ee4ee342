/**
 * Benchmarks of single operations (JMH) and of whole workloads. Not shipped.
 *
 * <p>{@link org.scoutfs.bench.Workload} runs {@link org.scoutfs.bench.Phase phases} on {@link org.scoutfs.bench.Target targets}: a
 * directory of any file system through {@link org.scoutfs.bench.Worker} processes that make plain system calls, or a volume mounted in the
 * benchmark's own process. What is compared is interleaved phase by phase, so that a slow minute of the machine hits all of them, and
 * a ratio is made only of figures of one run.
 */
@NullMarked
package org.scoutfs.bench;

import org.jspecify.annotations.NullMarked;
