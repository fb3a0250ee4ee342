package org.scoutfs.fuse.protocol;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.MemorySegment;
import org.scoutfs.fuse.protocol.Wire.Extension;
import org.scoutfs.fuse.protocol.Wire.InHeader;

/**
 * One request in the buffer it was read into. Owned by one thread; the same object serves all requests of its buffer.
 *
 * <p>Every access is checked against the length that was received, less the extensions at the end; what does not fit is a {@link
 * MalformedRequestException} and never a read of an older request's bytes. Offsets count from the arguments.
 */
public final class Request {
    private final MemorySegment buffer;

    /** Where in the buffer the header is. */
    private int start;

    private int length;
    private int argumentsEnd;

    /**
     * @param buffer 8-byte aligned
     * @param start where in it requests begin, a multiple of 8
     */
    public Request(MemorySegment buffer, int start) {
        this.buffer = buffer;
        this.start = start;
    }

    /** The next request begins there. */
    public void startsAt(int newStart) {
        start = newStart;
    }

    /**
     * Takes over the request that is in the buffer now.
     *
     * @return false if not even the unique number can be trusted, so that nothing can be answered
     * @throws MalformedRequestException if the header is inconsistent; {@link #unique()} is valid then
     */
    public boolean received(int lengthBytes) throws MalformedRequestException {
        if (lengthBytes < InHeader.SIZE) {
            length = 0;
            argumentsEnd = 0;
            return false;
        }
        length = lengthBytes;
        argumentsEnd = InHeader.SIZE;
        int stated = buffer.get(JAVA_INT, start + InHeader.LEN);
        if (stated != lengthBytes) {
            throw new MalformedRequestException("request of " + lengthBytes + " bytes says it has " + stated);
        }
        int extensions = Short.toUnsignedInt(buffer.get(JAVA_SHORT, start + InHeader.TOTAL_EXTLEN)) * 8;
        if (extensions > lengthBytes - InHeader.SIZE) {
            throw new MalformedRequestException(extensions + " bytes of extensions in a request of " + lengthBytes);
        }
        if (extensions != 0 && (lengthBytes & 7) != 0) {
            throw new MalformedRequestException(
                    "extensions that end at " + lengthBytes + ", which is no multiple of 8");
        }
        argumentsEnd = lengthBytes - extensions;
        return true;
    }

    /** As received, with extensions. */
    public int totalBytes() {
        return length;
    }

    /** All of it, as received. */
    public byte[] copy() {
        byte[] copy = new byte[length];
        MemorySegment.copy(buffer, JAVA_BYTE, start, copy, 0, length);
        return copy;
    }

    public int opcode() {
        return buffer.get(JAVA_INT, start + InHeader.OPCODE);
    }

    public long unique() {
        return buffer.get(JAVA_LONG, start + InHeader.UNIQUE);
    }

    public long nodeId() {
        return buffer.get(JAVA_LONG, start + InHeader.NODEID);
    }

    public int uid() {
        return buffer.get(JAVA_INT, start + InHeader.UID);
    }

    public int gid() {
        return buffer.get(JAVA_INT, start + InHeader.GID);
    }

    /** Thread id of the caller; 0 if the kernel itself asks or the caller is not visible here. */
    public int pid() {
        return buffer.get(JAVA_INT, start + InHeader.PID);
    }

    /** Bytes of arguments, without extensions. */
    public int argumentBytes() {
        return argumentsEnd - InHeader.SIZE;
    }

    public int int32(int offset) throws MalformedRequestException {
        return buffer.get(JAVA_INT, at(offset, 4));
    }

    public long int64(int offset) throws MalformedRequestException {
        return buffer.get(JAVA_LONG, at(offset, 8));
    }

    /** The bytes up to the NUL that must follow; the next argument is at {@code offset + length + 1}. */
    public byte[] name(int offset) throws MalformedRequestException {
        int from = at(offset, 1);
        int end = from;
        while (buffer.get(JAVA_BYTE, end) != 0) {
            end++;
            if (end == start + argumentsEnd) {
                throw new MalformedRequestException("a name without NUL at its end");
            }
        }
        byte[] name = new byte[end - from];
        MemorySegment.copy(buffer, JAVA_BYTE, from, name, 0, name.length);
        return name;
    }

    /** Bytes inside the buffer: valid until the next request is read. */
    public MemorySegment data(int offset, int lengthBytes) throws MalformedRequestException {
        return buffer.asSlice(at(offset, lengthBytes), lengthBytes);
    }

    /** A copy of bytes. */
    public byte[] bytes(int offset, int lengthBytes) throws MalformedRequestException {
        int from = at(offset, lengthBytes);
        byte[] copy = new byte[lengthBytes];
        MemorySegment.copy(buffer, JAVA_BYTE, from, copy, 0, lengthBytes);
        return copy;
    }

    /** The group of the caller that matches the parent directory's, as the kernel sends it with creating requests; -1 if none. */
    public int supplementaryGroup() throws MalformedRequestException {
        int at = argumentsEnd;
        while (at + Extension.HEADER_SIZE <= length) {
            int bytes = buffer.get(JAVA_INT, start + at + Extension.EXT_BYTES);
            int type = buffer.get(JAVA_INT, start + at + Extension.EXT_TYPE);
            if (bytes < Extension.HEADER_SIZE || bytes > length - at) {
                throw new MalformedRequestException(
                        "an extension of " + bytes + " bytes where " + (length - at) + " are left");
            }
            if (type == Extension.TYPE_SUPP_GROUPS
                    && bytes >= Extension.GROUPS + 4
                    && buffer.get(JAVA_INT, start + at + Extension.NR_GROUPS) >= 1) {
                return buffer.get(JAVA_INT, start + at + Extension.GROUPS);
            }
            at += (bytes + 7) & ~7;
        }
        return -1;
    }

    private int at(int offset, int bytes) throws MalformedRequestException {
        if (offset < 0 || bytes < 0 || bytes > argumentBytes() - offset) {
            throw new MalformedRequestException("%s: %d bytes at %d of %d bytes of arguments"
                    .formatted(Opcode.name(opcode()), bytes, offset, argumentBytes()));
        }
        return start + InHeader.SIZE + offset;
    }
}
