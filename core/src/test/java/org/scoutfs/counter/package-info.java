/** Tests of counters and triggers. */
@NullMarked
package org.scoutfs.counter;

import org.jspecify.annotations.NullMarked;
