/** Transactions of one mount, spec 2 section 5. */
@NullMarked
package org.scoutfs.trans;

import org.jspecify.annotations.NullMarked;
