/**
 * {@code scoutfs archive}: a reference archive agent.
 */
@NullMarked
package org.scoutfs.app.archive;

import org.jspecify.annotations.NullMarked;
