package org.scoutfs.app.fenced;

import java.nio.file.Path;

/**
 * A request that nobody has answered, as its directory shows it.
 *
 * @param directory {@code .../IDENT/fence/RID}
 * @param ident of the mount that leads and asks
 * @param rid 16 hex digits: the mount to fence
 * @param address where that mount was last seen, dotted
 * @param reason why
 */
record PendingFence(Path directory, String ident, String rid, String address, String reason) {}
