package org.scoutfs.vfs;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.DirentType;
import org.scoutfs.format.Hashes;
import org.scoutfs.format.IndxName;
import org.scoutfs.format.Limits;
import org.scoutfs.format.QuotaRule;
import org.scoutfs.format.TotlName;
import org.scoutfs.format.TotlValue;
import org.scoutfs.format.XattrTags;
import org.scoutfs.fs.Capability;
import org.scoutfs.fs.Credentials;
import org.scoutfs.fs.ExtendedAttributes;
import org.scoutfs.fs.FileSystem;
import org.scoutfs.fs.Inode;
import org.scoutfs.fs.InodeIndex;
import org.scoutfs.fs.Link;
import org.scoutfs.fs.LinkPaths;
import org.scoutfs.fs.quota.Quota;
import org.scoutfs.fs.xattr.TagIndexes;
import org.scoutfs.srch.SrchSearch;

/**
 * {@link ArchiveQueries} of one mount in this process. Checks privileges and arguments in the order of spec 5 section 2.5; the answers
 * come from the file system's indexes. Safe for all threads.
 */
public final class LocalArchiveQueries implements ArchiveQueries {
    private final FileSystem fs;
    private final Quota quota;
    private final SrchSearch search;
    private final TagIndexes tags;

    public LocalArchiveQueries(FileSystem fs, Quota quota, SrchSearch search) {
        this.fs = fs;
        this.quota = quota;
        this.search = search;
        this.tags = new TagIndexes(fs.context());
    }

    private static void require(Credentials who, Capability capability) throws FsException {
        if (!who.capable(capability)) {
            throw new FsException(Errno.EPERM);
        }
    }

    // ---- inodes

    @Override
    public SeqEntries walkInodes(int index, SeqEntry first, SeqEntry last, int limit) throws FsException {
        InodeIndex.Kind kind = switch (index) {
            case INDEX_META_SEQ -> InodeIndex.Kind.META;
            case INDEX_DATA_SEQ -> InodeIndex.Kind.DATA;
            default -> throw new FsException(Errno.EINVAL);
        };
        InodeIndex.Entries found = fs.index().walk(kind, first.seq(), first.ino(), last.seq(), last.ino(), limit);
        return new SeqEntries(found.seqs(), found.inos());
    }

    @Override
    public InoPath inoPath(Credentials who, long ino, long dirIno, long dirPos) throws FsException {
        require(who, Capability.DAC_READ_SEARCH);
        LinkPaths.LinkPath found = fs.linkPaths().path(ino, dirIno, dirPos);
        return new InoPath(found.dir(), found.pos(), found.path());
    }

    @Override
    public List<ReferringEntry> referringEntries(Credentials who, long ino, long dirIno, long dirPos, int limit)
            throws FsException {
        require(who, Capability.DAC_READ_SEARCH);
        if (limit == 0) {
            return List.of();
        }
        // one more tells whether another follows
        List<Link> links = fs.linkPaths().links(ino, dirIno, dirPos, limit == Integer.MAX_VALUE ? limit : limit + 1);
        List<ReferringEntry> entries = new ArrayList<>(Math.min(links.size(), limit));
        for (int i = 0; i < links.size() && i < limit; i++) {
            entries.add(entry(links.get(i), i == links.size() - 1));
        }
        return entries;
    }

    private static ReferringEntry entry(Link link, boolean last) {
        int type = DirentType.ofCode(link.entry().type())
                .map(DirentType::readdirType)
                .orElse(0);
        return new ReferringEntry(
                link.dir(),
                link.entry().pos(),
                link.entry().ino(),
                type,
                link.entry().name(),
                last);
    }

    @Override
    public long[] allocatedInos(Credentials who, long start, int limit) throws FsException {
        require(who, Capability.SYS_ADMIN);
        return fs.numbersInUse(start, limit);
    }

    // ---- extended attributes

    @Override
    public HiddenNames listHidden(Credentials who, long ino, XattrPosition from, int bytes) throws FsException {
        Inode inode = fs.get(ino, false);
        try {
            ExtendedAttributes.HiddenNames found =
                    fs.xattrs().listHidden(who, inode, Integer.toUnsignedLong(from.hash()), from.id(), bytes);
            return new HiddenNames(found.names(), new XattrPosition((int) found.hash(), found.id()));
        } finally {
            fs.context().inodes().unpin(inode);
        }
    }

    @Override
    public SearchResult searchXattrs(Credentials who, byte[] name, long firstIno, long lastIno, int limit)
            throws FsException {
        require(who, Capability.SYS_ADMIN);
        if (name.length > Limits.XATTR_NAME_MAX) {
            throw new FsException(Errno.EINVAL);
        }
        if (limit == 0 || Long.compareUnsigned(lastIno, firstIno) < 0) {
            return new SearchResult(new long[0], limit != 0);
        }
        if (!XattrTags.parse(name).orElse(XattrTags.NONE).srch()) {
            throw new FsException(Errno.EINVAL);
        }
        SrchSearch.Result found = search.search(Hashes.srchHash(name), firstIno, lastIno, limit);
        if (found.inos().length > limit) {
            return new SearchResult(Arrays.copyOf(found.inos(), limit), false);
        }
        return new SearchResult(found.inos(), found.complete());
    }

    @Override
    public List<XattrTotal> xattrTotals(Credentials who, long a, long b, long c, int limit) throws FsException {
        require(who, Capability.SYS_ADMIN);
        if (limit == 0) {
            return List.of();
        }
        List<XattrTotal> totals = new ArrayList<>();
        for (TagIndexes.Total total : tags.totals(new TotlName(a, b, c), limit)) {
            TotlName name = total.name();
            totals.add(new XattrTotal(
                    name.a(),
                    name.b(),
                    name.c(),
                    total.value().total(),
                    total.value().count()));
        }
        return totals;
    }

    @Override
    public List<XattrIndexEntry> xattrIndex(Credentials who, XattrIndexEntry first, XattrIndexEntry last, int limit)
            throws FsException {
        require(who, Capability.SYS_ADMIN);
        TagIndexes.IndexEntry from = indexEntry(first);
        TagIndexes.IndexEntry to = indexEntry(last);
        TagIndexes.checkOrder(from, to);
        if (limit == 0) {
            return List.of();
        }
        List<XattrIndexEntry> entries = new ArrayList<>();
        for (TagIndexes.IndexEntry entry : tags.index(from, to, limit)) {
            entries.add(new XattrIndexEntry(entry.place().major(), entry.place().minor(), entry.ino()));
        }
        return entries;
    }

    private static TagIndexes.IndexEntry indexEntry(XattrIndexEntry entry) {
        return new TagIndexes.IndexEntry(new IndxName(entry.major(), entry.minor()), entry.ino());
    }

    @Override
    public void injectTotal(Credentials who, long a, long b, long c, long total, long count) throws FsException {
        require(who, Capability.SYS_ADMIN);
        tags.addToTotal(new TotlName(a, b, c), new TotlValue(total, count));
    }

    // ---- quota and devices

    @Override
    public Rules quotaRules(Credentials who, RulePosition from, int limit) throws FsException {
        require(who, Capability.SYS_ADMIN);
        if (limit == 0) {
            return new Rules(List.of(), from);
        }
        Quota.Listing found = quota.list(new Quota.Position(from.hash(), from.collision()), limit);
        return new Rules(
                found.rules(),
                new RulePosition(found.next().hash(), found.next().collision()));
    }

    @Override
    public void addQuotaRule(Credentials who, QuotaRule rule) throws FsException {
        require(who, Capability.SYS_ADMIN);
        quota.add(rule);
    }

    @Override
    public void deleteQuotaRule(Credentials who, QuotaRule rule) throws FsException {
        require(who, Capability.SYS_ADMIN);
        quota.remove(rule);
    }

    @Override
    public void resizeDevices(Credentials who, long totalMetaBlocks, long totalDataBlocks) throws FsException {
        require(who, Capability.SYS_ADMIN);
        fs.context().cluster().resizeDevices(totalMetaBlocks, totalDataBlocks);
    }
}
