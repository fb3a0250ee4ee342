/** Items under cluster locks, spec 2 sections 6 to 8. */
@NullMarked
package org.scoutfs.item;

import org.jspecify.annotations.NullMarked;
