/**
 * {@code scoutfs print}: every structure of a metadata device as text, in the reference's format and order (spec 5 section 5.6).
 *
 * <p>Reads blocks as they are, without a mount and without consistency: a block that does not verify is printed as far as it can be,
 * its wrong checksum shown, and nothing stops the listing of the rest.
 */
@NullMarked
package org.scoutfs.app.print;

import org.jspecify.annotations.NullMarked;
