/**
 * Named counters of one mount, on floor 0.
 *
 * <p>Every component takes the {@link org.scoutfs.counter.Counters} of its mount at construction and keeps the {@link
 * org.scoutfs.counter.Counter}s that it bumps in fields, so that counting costs one striped add. Names are the reference's where it
 * has one (spec 2 section 13, spec 5).
 */
@NullMarked
package org.scoutfs.counter;

import org.jspecify.annotations.NullMarked;
