/**
 * The whole product as processes: daemons mount through FUSE, programs work on the mount, and the images are checked afterwards. The test
 * JVM itself never touches a mount: a daemon that hangs must not hang the test.
 */
@NullMarked
package org.scoutfs.app.it;

import org.jspecify.annotations.NullMarked;
