/**
 * ScoutFS in Java: the engine. This package holds no code; its subpackages stand on floors, and each imports only from
 * floors below its own ({@code FloorsTest} holds it).
 *
 * <pre>
 *  12  mount               builds every part, the composition root
 *  11  vfs                 the API of all doors
 *  10  fs                  inodes, directories, names, extents, attributes
 *   9  item                item cache and forest
 *   8  trans               transactions of one mount
 *   7  lock                lock client
 *   6  client              connection to the current server
 *   5  server              the leader's services
 *   4  quorum net          election; framed connections
 *   3  btree srch          trees and srch files on blocks
 *   2  alloc               free space
 *   1  block               block cache
 *   0  device host format  devices; the surrounding machine; structures and bytes
 *      error counter       the vocabulary of all floors
 * </pre>
 */
@NullMarked
package org.scoutfs;

import org.jspecify.annotations.NullMarked;
