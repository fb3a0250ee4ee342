package org.scoutfs.net;

import org.scoutfs.format.InetAddr;
import org.scoutfs.host.Endpoint;

/** Addresses as the format stores them and as the host uses them. */
final class Addresses {
    private Addresses() {}

    static Endpoint endpoint(InetAddr address) {
        return new Endpoint(address.addr(), address.port());
    }

    static InetAddr inetAddr(Endpoint endpoint) {
        return InetAddr.ipv4(endpoint.ipv4(), endpoint.port());
    }
}
