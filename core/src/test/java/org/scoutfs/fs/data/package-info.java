@NullMarked
package org.scoutfs.fs.data;

import org.jspecify.annotations.NullMarked;
