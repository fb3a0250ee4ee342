/** {@code scoutfs mkfs}: makes an empty volume on two devices (spec 1 section 16, spec 5 section 5.3). */
@NullMarked
package org.scoutfs.app.mkfs;

import org.jspecify.annotations.NullMarked;
