/**
 * JMH benchmarks of single operations, on devices in memory: {@code java -cp ... org.openjdk.jmh.Main -f 1 -wi 3 -i 5}. What they show is
 * processor time; the devices cost nothing.
 */
@NullMarked
package org.scoutfs.bench.micro;

import org.jspecify.annotations.NullMarked;
