package org.scoutfs.fs.xattr;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.InodeItem;
import org.scoutfs.format.Limits;
import org.scoutfs.format.XattrTags;
import org.scoutfs.fs.Capability;
import org.scoutfs.fs.Credentials;
import org.scoutfs.fs.ExtendedAttributes;
import org.scoutfs.fs.FsContext;
import org.scoutfs.fs.Inode;
import org.scoutfs.fs.Modes;
import org.scoutfs.fs.Modification;
import org.scoutfs.item.Item;
import org.scoutfs.lock.ClusterLock;
import org.scoutfs.lock.LockMode;
import org.scoutfs.lock.LockRange;
import org.scoutfs.trans.Hold;

/** The extended attributes of a mount (spec 4 section 9). Inodes passed in are pinned by the caller. */
public final class Xattrs implements ExtendedAttributes {
    /** Fail if the attribute exists. */
    public static final int CREATE = 1;

    /** Fail if it does not exist. */
    public static final int REPLACE = 2;

    private static final byte[] CAPABILITY = "security.capability".getBytes(StandardCharsets.US_ASCII);

    private final FsContext fs;
    private final XattrItems items;
    private final Acls acls;

    public Xattrs(FsContext fs) {
        this.fs = fs;
        this.items = new XattrItems(fs.items());
        this.acls = new Acls(fs, this);
    }

    /** The ACL side of the same attributes. */
    public Acls acls() {
        return acls;
    }

    /** The value; ENODATA if there is none, EOPNOTSUPP or EINVAL for a name nobody may have. */
    @Override
    public byte[] get(Credentials who, Inode inode, byte[] name) throws FsException {
        XattrName kind = XattrName.of(name);
        if (kind.isAcl()) {
            return acls.get(inode, name);
        }
        if (name.length > Limits.XATTR_NAME_MAX) {
            throw new FsException(Errno.ENODATA);
        }
        ClusterLock group = fs.locks().lockInode(inode.ino(), LockMode.READ);
        try {
            if (!who.alreadyChecked()) {
                kind.checkGet(who, inode.refresh(fs.items(), group), acls, inode, group);
            }
            byte[] value = read(inode.ino(), name, group);
            if (value == null) {
                throw new FsException(Errno.ENODATA);
            }
            return value;
        } finally {
            group.unlock(LockMode.READ);
        }
    }

    /** The value or null; under the group lock in a readable mode. */
    byte @Nullable [] read(long ino, byte[] name, ClusterLock group) throws FsException {
        items.stripe(ino).readLock().lock();
        try {
            XattrItems.Found found = items.find(ino, name, group);
            return found == null ? null : items.value(ino, found, group);
        } finally {
            items.stripe(ino).readLock().unlock();
        }
    }

    /** Names in (hash, id) order, either those that listxattr shows or exactly the hidden ones. */
    @Override
    public List<byte[]> list(Inode inode, boolean hidden) throws FsException {
        long ino = inode.ino();
        List<byte[]> names = new ArrayList<>();
        ClusterLock group = fs.locks().lockInode(ino, LockMode.READ);
        items.stripe(ino).readLock().lock();
        try {
            XattrItems.Found found = items.next(ino, 0, 0, group);
            while (found != null) {
                byte[] name = found.name();
                if (XattrTags.parse(name).orElse(XattrTags.NONE).hide() == hidden) {
                    names.add(name);
                }
                found = items.next(ino, XattrItems.hashOf(found), found.id() + 1, group);
            }
        } finally {
            items.stripe(ino).readLock().unlock();
            group.unlock(LockMode.READ);
        }
        return names;
    }

    @Override
    public HiddenNames listHidden(Credentials who, Inode inode, long hash, long id, int bytes) throws FsException {
        long ino = inode.ino();
        List<byte[]> names = new ArrayList<>();
        long atHash = hash;
        long atId = id;
        ClusterLock group = fs.locks().lockInode(ino, LockMode.READ);
        try {
            acls.checkAccess(who, inode, inode.refresh(fs.items(), group), group, Acls.READ);
            items.stripe(ino).readLock().lock();
            try {
                int left = bytes;
                for (; ; ) {
                    XattrItems.Found found = items.next(ino, atHash, atId, group);
                    if (found == null) {
                        break;
                    }
                    byte[] name = found.name();
                    if (XattrTags.parse(name).orElse(XattrTags.NONE).hide()) {
                        if (name.length >= left) {
                            break;
                        }
                        left -= name.length + 1;
                        names.add(name);
                    }
                    atHash = XattrItems.hashOf(found);
                    atId = found.id() + 1;
                }
            } finally {
                items.stripe(ino).readLock().unlock();
            }
        } finally {
            group.unlock(LockMode.READ);
        }
        return new HiddenNames(names, atHash, atId);
    }

    /**
     * Sets or, with a null value, removes an attribute in one transaction.
     *
     * @param flags {@link #CREATE} or {@link #REPLACE}; removexattr comes with REPLACE
     * @param killSgid for the access ACL: clear S_ISGID of the mode
     */
    @Override
    public void set(Credentials who, Inode inode, byte[] name, byte @Nullable [] value, int flags, boolean killSgid)
            throws FsException {
        Modification.checkWritable(fs);
        XattrName kind = XattrName.of(name);
        if (kind.isAcl()) {
            acls.set(who, inode, name, value, killSgid);
            return;
        }
        if (name.length > Limits.XATTR_NAME_MAX) {
            throw new FsException(Errno.ERANGE);
        }
        if (!who.alreadyChecked()) {
            checkSet(who, inode, kind);
        }
        XattrTags tags = XattrTags.parse(name).orElseThrow(() -> new FsException(Errno.EINVAL));
        if (tags.isConflicting()) {
            throw new FsException(Errno.EINVAL);
        }
        if (value != null && value.length > Limits.XATTR_VALUE_MAX) {
            throw new FsException(Errno.E2BIG);
        }
        if ((flags & ~(CREATE | REPLACE)) != 0 || flags == (CREATE | REPLACE)) {
            throw new FsException(Errno.EINVAL);
        }
        if (tags.any() && !who.capable(Capability.SYS_ADMIN)) {
            throw new FsException(Errno.EPERM);
        }
        TagEffects effects = TagEffects.of(fs, name);
        try (Modification m = new Modification(fs)) {
            m.lock(inode);
            LockRange zoneRange = effects.zone();
            ClusterLock zone = zoneRange == null ? null : m.lockZone(zoneRange);
            m.expect(inode, false);
            m.hold(value != null);
            change(m, inode, name, value, flags, kind, effects, zone);
        }
    }

    /** What a kernel checks before it asks a file system. */
    private void checkSet(Credentials who, Inode inode, XattrName kind) throws FsException {
        ClusterLock group = fs.locks().lockInode(inode.ino(), LockMode.READ);
        try {
            kind.checkSet(who, inode.refresh(fs.items(), group), acls, inode, group);
        } finally {
            group.unlock(LockMode.READ);
        }
    }

    private void change(
            Modification m,
            Inode inode,
            byte[] name,
            byte @Nullable [] value,
            int flags,
            XattrName kind,
            TagEffects effects,
            @Nullable ClusterLock zone)
            throws FsException {
        if (kind == XattrName.USER && Retention.holds(inode.item())) {
            throw new FsException(Errno.EPERM);
        }
        ClusterLock group = m.group(inode);
        XattrItems.Found old = items.find(inode.ino(), name, group);
        if (old == null && (flags & REPLACE) != 0) {
            throw new FsException(Errno.ENODATA);
        }
        if (old != null && (flags & CREATE) != 0) {
            throw new FsException(Errno.EEXIST);
        }
        effects.checkValue(value);
        InodeItem changed = inode.copyForChange();
        boolean nothing =
                old == null ? value == null : value != null && effects.tags().indx();
        if (!nothing) {
            write(inode.ino(), changed, name, old, value, effects, zone, group);
            changed.setCtime(fs.now());
            changed.setVersion(changed.version() + 1);
        }
        // also a change that changed nothing moves meta_seq
        m.update(inode, changed, false);
    }

    private void write(
            long ino,
            InodeItem changed,
            byte[] name,
            XattrItems.@Nullable Found old,
            byte @Nullable [] value,
            TagEffects effects,
            @Nullable ClusterLock zone,
            ClusterLock group)
            throws FsException {
        items.stripe(ino).writeLock().lock();
        try {
            if (old == null) {
                long id = changed.nextXattrId();
                effects.apply(ino, id, null, value, zone, group);
                boolean done = false;
                try {
                    items.create(ino, id, name, Objects.requireNonNull(value), group);
                    done = true;
                } finally {
                    if (!done) {
                        effects.apply(ino, id, value, null, zone, group);
                    }
                }
                changed.setNextXattrId(id + 1);
                return;
            }
            byte[] before = items.value(ino, old, group);
            XattrItems.Replacement replacement = items.replace(ino, old, value, group);
            boolean done = false;
            try {
                effects.apply(ino, old.id(), before, value, zone, group);
                done = true;
            } finally {
                if (!done) {
                    replacement.cancel();
                }
            }
            replacement.finish();
        } finally {
            items.stripe(ino).writeLock().unlock();
        }
    }

    /**
     * Writes an attribute without tags inside somebody else's operation, or removes it if {@code value} is null: ACLs at creation and
     * chmod. The caller has a hold and writes {@code changed} afterwards.
     *
     * @return true if anything was changed
     */
    boolean writeWithin(Modification m, Inode inode, InodeItem changed, byte[] name, byte @Nullable [] value)
            throws FsException {
        ClusterLock group = m.group(inode);
        XattrItems.Found old = items.find(inode.ino(), name, group);
        if (old == null && value == null) {
            return false;
        }
        write(inode.ino(), changed, name, old, value, TagEffects.of(fs, name), null, group);
        return true;
    }

    /**
     * Removes all attributes of an inode that is being deleted, each item in a transaction of its own (spec 4 section 3.3). The caller
     * holds the group lock in WRITE and no transaction. Can be repeated after a failure.
     */
    @Override
    public void deleteAll(long ino, ClusterLock group) throws FsException {
        Item item = items.firstItem(ino, group);
        LockRange held = null;
        ClusterLock zone = null;
        try {
            while (item != null) {
                XattrItems.Found found = XattrItems.asFirstPart(item);
                TagEffects effects = found == null ? null : effectsOfStored(found);
                LockRange wanted = effects == null ? null : effects.zone();
                if (wanted != null && !wanted.equals(held)) {
                    if (zone != null) {
                        zone.unlock(LockMode.WRITE_ONLY);
                        zone = null;
                        held = null;
                    }
                    zone = fs.locks().lock(wanted, LockMode.WRITE_ONLY);
                    held = wanted;
                }
                try (Hold _ = fs.transactions().hold(false)) {
                    if (effects != null && found != null) {
                        byte[] value = effects.zone() == null ? new byte[0] : items.value(ino, found, group);
                        effects.apply(ino, found.id(), value, null, wanted == null ? null : zone, group);
                    }
                    items.delete(item.key(), group);
                }
                item = items.firstItem(ino, group);
            }
        } finally {
            if (zone != null) {
                zone.unlock(LockMode.WRITE_ONLY);
            }
        }
    }

    @Override
    public void dropCapability(Modification change, Inode inode, InodeItem changed) throws FsException {
        writeWithin(change, inode, changed, CAPABILITY, null);
    }

    /** Null for a stored name without tags, or one that could not be set today: it has no effects to take back. */
    private @Nullable TagEffects effectsOfStored(XattrItems.Found found) throws FsException {
        byte[] name = found.name();
        if (!XattrTags.parse(name).orElse(XattrTags.NONE).any()) {
            return null;
        }
        try {
            return TagEffects.of(fs, name);
        } catch (FsException e) {
            if (e.errno() == Errno.EINVAL || e.errno() == Errno.EOPNOTSUPP) {
                return null;
            }
            throw e;
        }
    }

    /** The kinds of names and who may use them. */
    enum XattrName {
        USER("user."),
        TRUSTED("trusted."),
        SECURITY("security."),
        SCOUTFS("scoutfs."),
        ACL_ACCESS("system.posix_acl_access"),
        ACL_DEFAULT("system.posix_acl_default");

        private final String prefix;

        XattrName(String prefix) {
            this.prefix = prefix;
        }

        boolean isAcl() {
            return this == ACL_ACCESS || this == ACL_DEFAULT;
        }

        byte[] bytes() {
            return prefix.getBytes(StandardCharsets.US_ASCII);
        }

        private boolean startsWith(byte[] name) {
            if (name.length < prefix.length()) {
                return false;
            }
            for (int i = 0; i < prefix.length(); i++) {
                if (name[i] != prefix.charAt(i)) {
                    return false;
                }
            }
            return true;
        }

        /** @throws FsException EOPNOTSUPP for an unknown prefix, EINVAL for a prefix alone */
        static XattrName of(byte[] name) throws FsException {
            for (XattrName kind : values()) {
                boolean starts = kind.startsWith(name);
                if (starts && kind.isAcl() == (name.length == kind.prefix.length())) {
                    return kind;
                }
                if (starts && !kind.isAcl()) {
                    throw new FsException(Errno.EINVAL);
                }
            }
            throw new FsException(Errno.EOPNOTSUPP);
        }

        void checkGet(Credentials who, InodeItem item, Acls acls, Inode inode, ClusterLock group) throws FsException {
            if (this == TRUSTED && !who.capable(Capability.SYS_ADMIN)) {
                throw new FsException(Errno.ENODATA);
            }
            if (this == USER && !Modes.isRegular(item.mode()) && !Modes.isDirectory(item.mode())) {
                throw new FsException(Errno.ENODATA);
            }
            if (this == USER || this == SCOUTFS) {
                acls.checkAccess(who, inode, item, group, Acls.READ);
            }
        }

        void checkSet(Credentials who, InodeItem item, Acls acls, Inode inode, ClusterLock group) throws FsException {
            switch (this) {
                case TRUSTED, SECURITY -> {
                    if (!who.capable(Capability.SYS_ADMIN)) {
                        throw new FsException(Errno.EPERM);
                    }
                }
                case USER -> {
                    boolean directory = Modes.isDirectory(item.mode());
                    boolean strangerInSticky = directory
                            && (item.mode() & Modes.S_ISVTX) != 0
                            && who.uid() != item.uid()
                            && !who.capable(Capability.FOWNER);
                    if ((!Modes.isRegular(item.mode()) && !directory) || strangerInSticky) {
                        throw new FsException(Errno.EPERM);
                    }
                    acls.checkAccess(who, inode, item, group, Acls.WRITE);
                }
                default -> acls.checkAccess(who, inode, item, group, Acls.WRITE);
            }
        }
    }
}
