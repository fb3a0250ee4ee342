package org.scoutfs.fs.xattr;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.Le;
import org.scoutfs.fs.Credentials;

/**
 * A POSIX access control list, immutable: entries in the order owner, named users, group, named groups, mask, other.
 *
 * <p>Stored as the Linux xattr: u32 version 2, then per entry u16 tag, u16 permissions, u32 id (spec 1 section 12.6, spec 4 section
 * 9.5).
 */
public record PosixAcl(List<Entry> entries) {
    /** One entry; {@code id} counts for named users and groups only and is {@link #NO_ID} elsewhere. */
    public record Entry(Tag tag, int permissions, int id) {
        Entry withPermissions(int changed) {
            return new Entry(tag, changed, id);
        }
    }

    /** Kinds of entries in the order that a list must have; {@link #code} is stored. */
    public enum Tag {
        USER_OBJ(1),
        USER(2),
        GROUP_OBJ(4),
        GROUP(8),
        MASK(0x10),
        OTHER(0x20);

        private final int code;

        Tag(int code) {
            this.code = code;
        }

        boolean isNamed() {
            return this == USER || this == GROUP;
        }
    }

    /** An ACL and the permission bits of a mode that go with it. */
    public record WithMode(PosixAcl acl, int mode) {}

    public static final int NO_ID = -1;

    private static final int VERSION = 2;
    private static final int HEADER_SIZE = 4;
    private static final int ENTRY_SIZE = 8;

    public PosixAcl {
        entries = List.copyOf(entries);
    }

    /** @throws FsException EINVAL for a bad encoding and for a list that is not valid; EOPNOTSUPP for another version */
    public static PosixAcl decode(byte[] value) throws FsException {
        MemorySegment seg = MemorySegment.ofArray(value);
        if (value.length < HEADER_SIZE || (value.length - HEADER_SIZE) % ENTRY_SIZE != 0) {
            throw new FsException(Errno.EINVAL, "ACL of " + value.length + " bytes");
        }
        if (Le.u32(seg, 0) != VERSION) {
            throw new FsException(Errno.EOPNOTSUPP, "ACL version " + Le.u32(seg, 0) + ", expected " + VERSION);
        }
        List<Entry> entries = new ArrayList<>();
        for (int off = HEADER_SIZE; off < value.length; off += ENTRY_SIZE) {
            entries.add(new Entry(tag(Le.u16(seg, off)), Le.u16(seg, off + 2), Le.i32(seg, off + 4)));
        }
        PosixAcl acl = new PosixAcl(entries);
        acl.validate();
        return acl;
    }

    private static Tag tag(int code) throws FsException {
        for (Tag tag : Tag.values()) {
            if (tag.code == code) {
                return tag;
            }
        }
        throw new FsException(Errno.EINVAL, "ACL entry with tag " + code);
    }

    private void validate() throws FsException {
        Tag previous = null;
        boolean named = false;
        boolean mask = false;
        int required = 0;
        for (Entry entry : entries) {
            Tag tag = entry.tag();
            boolean ordered = previous == null || tag.compareTo(previous) > 0 || (tag == previous && tag.isNamed());
            if (!ordered || (entry.permissions() & ~7) != 0 || (tag.isNamed() && entry.id() == NO_ID)) {
                throw new FsException(Errno.EINVAL, "ACL entry " + entry + " after " + previous);
            }
            named |= tag.isNamed();
            mask |= tag == Tag.MASK;
            required += tag == Tag.USER_OBJ || tag == Tag.GROUP_OBJ || tag == Tag.OTHER ? 1 : 0;
            previous = tag;
        }
        if (required != 3 || (named && !mask)) {
            throw new FsException(
                    Errno.EINVAL, "ACL without owner, group or other entry, or named entries without mask");
        }
    }

    public byte[] encode() {
        byte[] value = new byte[HEADER_SIZE + ENTRY_SIZE * entries.size()];
        MemorySegment seg = MemorySegment.ofArray(value);
        Le.put32(seg, 0, VERSION);
        int off = HEADER_SIZE;
        for (Entry entry : entries) {
            Le.put16(seg, off, entry.tag().code);
            Le.put16(seg, off + 2, entry.permissions());
            Le.put32(seg, off + 4, entry.tag().isNamed() ? entry.id() : NO_ID);
            off += ENTRY_SIZE;
        }
        return value;
    }

    private int permissions(Tag tag, int otherwise) {
        for (Entry entry : entries) {
            if (entry.tag() == tag) {
                return entry.permissions();
            }
        }
        return otherwise;
    }

    /** The nine permission bits that this list stands for: owner, mask or else group, other. */
    public int modeBits() {
        int group = permissions(Tag.MASK, permissions(Tag.GROUP_OBJ, 0));
        return permissions(Tag.USER_OBJ, 0) << 6 | group << 3 | permissions(Tag.OTHER, 0);
    }

    /** Whether the list says no more than {@link #modeBits}. */
    public boolean isEquivalentToMode() {
        return entries.stream().noneMatch(entry -> entry.tag().isNamed() || entry.tag() == Tag.MASK);
    }

    /** This list after chmod: owner, mask or else group, and other entries from the new mode. */
    public PosixAcl withMode(int mode) {
        return map(entry -> switch (entry.tag()) {
            case USER_OBJ -> entry.withPermissions(mode >> 6 & 7);
            case OTHER -> entry.withPermissions(mode & 7);
            default -> entry.tag() == groupClass() ? entry.withPermissions(mode >> 3 & 7) : entry;
        });
    }

    /** As the default ACL of a directory: the access ACL of something created in it with {@code mode}, and its permission bits. */
    public WithMode inherit(int mode) {
        PosixAcl reduced = map(entry -> switch (entry.tag()) {
            case USER_OBJ -> entry.withPermissions(entry.permissions() & mode >> 6);
            case OTHER -> entry.withPermissions(entry.permissions() & mode);
            default -> entry.tag() == groupClass() ? entry.withPermissions(entry.permissions() & mode >> 3) : entry;
        });
        return new WithMode(reduced, mode & ~0777 | reduced.modeBits());
    }

    private Tag groupClass() {
        return entries.stream().anyMatch(entry -> entry.tag() == Tag.MASK) ? Tag.MASK : Tag.GROUP_OBJ;
    }

    private PosixAcl map(UnaryOperator<Entry> change) {
        return new PosixAcl(entries.stream().map(change).toList());
    }

    /**
     * Whether the list allows {@code who} all of {@code want} (4 read, 2 write, 1 execute) on something of this owner and group;
     * capabilities are the caller's matter.
     */
    public boolean permits(Credentials who, int uid, int gid, int want) {
        int mask = permissions(Tag.MASK, 7);
        boolean inAGroup = false;
        for (Entry entry : entries) {
            switch (entry.tag()) {
                case USER_OBJ -> {
                    if (who.uid() == uid) {
                        return allows(entry.permissions(), want);
                    }
                }
                case USER -> {
                    if (who.uid() == entry.id()) {
                        return allows(entry.permissions() & mask, want);
                    }
                }
                case GROUP_OBJ, GROUP -> {
                    if (who.inGroup(entry.tag() == Tag.GROUP ? entry.id() : gid)) {
                        inAGroup = true;
                        if (allows(entry.permissions(), want)) {
                            return allows(mask, want);
                        }
                    }
                }
                case MASK -> {}
                case OTHER -> {
                    return !inAGroup && allows(entry.permissions(), want);
                }
            }
        }
        return false;
    }

    private static boolean allows(int permissions, int want) {
        return (permissions & want) == want;
    }
}
