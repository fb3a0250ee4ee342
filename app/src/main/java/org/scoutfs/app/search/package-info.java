/** Commands that find inodes without walking the tree: by change, by number, by attribute (spec 5 section 5.2). */
@NullMarked
package org.scoutfs.app.search;

import org.jspecify.annotations.NullMarked;
