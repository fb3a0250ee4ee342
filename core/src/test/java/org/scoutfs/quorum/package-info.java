/** Tests of elections: the rules by table, members on a simulated network, and the records they leave in the quorum blocks. */
@NullMarked
package org.scoutfs.quorum;

import org.jspecify.annotations.NullMarked;
