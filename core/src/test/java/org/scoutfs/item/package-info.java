@NullMarked
package org.scoutfs.item;

import org.jspecify.annotations.NullMarked;
