/** Tests of the message layer: each end against a peer of raw frames, and both ends against each other on a bad network. */
@NullMarked
package org.scoutfs.net;

import org.jspecify.annotations.NullMarked;
