/** Cluster locks as this mount holds them, spec 3 section 8. */
@NullMarked
package org.scoutfs.lock;

import org.jspecify.annotations.NullMarked;
