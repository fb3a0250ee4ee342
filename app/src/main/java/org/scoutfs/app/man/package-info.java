/**
 * What is generated from the commands' own model: completion for shells and the manual page scoutfs(8) (spec 5 section 10). The other pages
 * are written by hand, in {@code packaging/man}.
 */
@NullMarked
package org.scoutfs.app.man;

import org.jspecify.annotations.NullMarked;
