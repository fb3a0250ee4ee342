package org.scoutfs.host;

/**
 * An IPv4 address and a port.
 *
 * @param ipv4 in host order as in the format: 127.0.0.1 is {@code 0x7f000001}; 0 is any address of this host
 * @param port 0 to 65535; 0 lets the system choose when binding
 */
public record Endpoint(int ipv4, int port) {
    /** 0.0.0.0 */
    public static final int ANY_ADDRESS = 0;

    /** 127.0.0.1 */
    public static final int LOOPBACK_ADDRESS = 0x7f000001;

    public Endpoint {
        if (port < 0 || port > 0xffff) {
            throw new IllegalArgumentException("port " + port);
        }
    }

    /** A port of 127.0.0.1. */
    public static Endpoint loopback(int port) {
        return new Endpoint(LOOPBACK_ADDRESS, port);
    }

    /** {@code 192.168.1.2:42000} */
    @Override
    public String toString() {
        return (ipv4 >>> 24) + "." + (ipv4 >>> 16 & 0xff) + "." + (ipv4 >>> 8 & 0xff) + "." + (ipv4 & 0xff) + ":"
                + port;
    }
}
