/**
 * One mounted volume, on floor 12: builds every part in the order of spec 3 section 14.1 and takes it down in reverse.
 *
 * <p>{@link org.scoutfs.mount.Mount} is the composition root: the only place that knows the server side and the client side of a mount,
 * which otherwise meet through sockets only. There is no static state: one JVM may hold any number of mounts, of one volume or many.
 *
 * <pre>{@code
 * try (Host host = Host.system();
 *         Mount mount = Mount.open(host, metaPath, dataPath, MountOptions.parse("quorum_slot_nr=0"))) {
 *     Vfs vfs = mount.vfs();
 *     Credentials root = SimpleCredentials.root();
 *     Vfs.Created created = vfs.create(root, Vfs.ROOT_INO, "hello".getBytes(UTF_8), 0644, 1);
 *     vfs.write(created.file(), 0, MemorySegment.ofArray("world".getBytes(UTF_8)), false);
 *     vfs.fsync(created.attributes().ino());
 *     vfs.release(created.file());
 *     vfs.forget(created.attributes().ino(), 1);
 * }
 * }</pre>
 */
@NullMarked
package org.scoutfs.mount;

import org.jspecify.annotations.NullMarked;
