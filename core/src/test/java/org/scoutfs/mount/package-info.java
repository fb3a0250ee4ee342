/** Tests of whole mounts in this JVM, on real files and sockets. */
@NullMarked
package org.scoutfs.mount;

import org.jspecify.annotations.NullMarked;
