/** The mount's requests to the current server, spec 3 section 5. */
@NullMarked
package org.scoutfs.client;

import org.jspecify.annotations.NullMarked;
