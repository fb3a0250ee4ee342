/**
 * Tests of the server. {@code ServerRig} is a volume with its services and no network; {@code TestMount} a mount that works with them;
 * {@code VolumeCheck} looks at a whole volume.
 */
@NullMarked
package org.scoutfs.server;

import org.jspecify.annotations.NullMarked;
