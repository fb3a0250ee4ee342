/**
 * {@code scoutfs demo}: a volume from nothing, a real tree copied into it, verified after a second mount, and what it took.
 *
 * <p>{@link org.scoutfs.app.demo.DemoCommand} tells the story; {@link org.scoutfs.app.demo.Stage} is where it plays: a FUSE mount served
 * by a daemon, or the engine in this process. {@link org.scoutfs.app.demo.Tree} makes both ends of the copy look the same.
 */
@NullMarked
package org.scoutfs.app.demo;

import org.jspecify.annotations.NullMarked;
