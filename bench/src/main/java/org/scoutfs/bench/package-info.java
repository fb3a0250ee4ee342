/** Benchmarks of single operations (JMH) and of whole workloads. Not shipped. */
@NullMarked
package org.scoutfs.bench;

import org.jspecify.annotations.NullMarked;
