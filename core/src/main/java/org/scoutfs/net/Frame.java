package org.scoutfs.net;

import org.scoutfs.format.wire.Command;
import org.scoutfs.format.wire.NetHeader;

/** One received message whose header is possible. Owns its payload. */
@SuppressWarnings("ArrayRecordComponent") // passed on, never compared
record Frame(NetHeader header, byte[] payload) {
    Command command() {
        return Command.of(header.command());
    }
}
