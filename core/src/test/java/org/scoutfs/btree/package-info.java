/** Tests of trees. {@link org.scoutfs.btree.TestTree} is a tree beside its model. */
@NullMarked
package org.scoutfs.btree;

import org.jspecify.annotations.NullMarked;
