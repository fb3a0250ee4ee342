package org.scoutfs.format;

import java.lang.foreign.MemorySegment;

/**
 * IPv4 address and port, 32 bytes, spec 1 section 3.4. Numbers are little-endian in host order: 127.0.0.1 is 0x7f000001.
 *
 * <pre>
 * off len field
 *   0   2 family   0 none, 1 IPv4, 2 IPv6 (unused)
 *   2   2 port
 *   4   4 addr
 *   8  24 unused   written as zero, ignored when read (the reference leaves undefined bytes)
 * </pre>
 *
 * @param family 0..65535
 * @param port 0..65535
 * @param addr IPv4 address as 32 bits, most significant byte first in the dotted form
 */
public record InetAddr(int family, int port, int addr) {
    public static final int SIZE = 32;
    public static final int FAMILY_NONE = 0;
    public static final int FAMILY_IPV4 = 1;
    public static final int FAMILY_IPV6 = 2;
    /** No address: an absent quorum slot. */
    public static final InetAddr NONE = new InetAddr(FAMILY_NONE, 0, 0);

    private static final int FAMILY = 0;
    private static final int PORT = 2;
    private static final int ADDR = 4;
    private static final int UNUSED = 8;

    /** An IPv4 address and port. */
    public static InetAddr ipv4(int addr, int port) {
        return new InetAddr(FAMILY_IPV4, port, addr);
    }

    /**
     * Parses {@code a.b.c.d} into an address with {@code port}.
     *
     * @throws IllegalArgumentException if the text is not four decimal numbers 0..255
     */
    public static InetAddr parse(String dotted, int port) {
        String[] parts = dotted.split("\\.", -1);
        int addr = 0;
        for (String part : parts) {
            if (parts.length != 4 || !part.matches("[0-9]{1,3}") || Integer.parseInt(part) > 255) {
                throw new IllegalArgumentException("not an IPv4 address: " + dotted);
            }
            addr = (addr << 8) | Integer.parseInt(part);
        }
        return ipv4(addr, port);
    }

    public static InetAddr read(MemorySegment seg, long off) {
        return new InetAddr(Le.u16(seg, off + FAMILY), Le.u16(seg, off + PORT), Le.i32(seg, off + ADDR));
    }

    public void write(MemorySegment seg, long off) {
        Le.put16(seg, off + FAMILY, family);
        Le.put16(seg, off + PORT, port);
        Le.put32(seg, off + ADDR, addr);
        Le.zero(seg, off + UNUSED, SIZE - UNUSED);
    }

    /** Whether this holds an IPv4 address; a quorum slot is present iff it does. */
    public boolean isPresent() {
        return family == FAMILY_IPV4;
    }

    /**
     * Whether a mount may use this as its quorum slot (section 6.2): a unicast IPv4 address other than 0.x.x.x and
     * 255.255.255.255, and a port that is neither 0 nor 65535.
     */
    public boolean isUsable() {
        int first = addr >>> 24;
        boolean unicast = first != 0 && (first & 0xf0) != 0xe0 && addr != -1;
        return isPresent() && unicast && port != 0 && port != 65535;
    }

    /** The four address bytes in network order. */
    public byte[] addressBytes() {
        return new byte[] {(byte) (addr >>> 24), (byte) (addr >>> 16), (byte) (addr >>> 8), (byte) addr};
    }

    /** The address in dotted form without the port. */
    public String dotted() {
        return (addr >>> 24) + "." + ((addr >>> 16) & 0xff) + "." + ((addr >>> 8) & 0xff) + "." + (addr & 0xff);
    }

    @Override
    public String toString() {
        return family == FAMILY_NONE ? "none" : dotted() + ":" + port;
    }
}
