package org.scoutfs.vfs;

import java.util.List;
import org.scoutfs.error.FsException;
import org.scoutfs.format.QuotaRule;
import org.scoutfs.fs.Credentials;

/**
 * What archive agents and administrators ask of the volume without walking its tree (spec 4 sections 4.3, 9.3, 11, 12 and spec 5 section 2.5):
 * what the private ioctls 1, 2, 8, 9, 14 to 17, 20 to 23 and 25 do, typed. Numbers are unsigned.
 *
 * <p>Privileges are judged here; how a file descriptor was opened is the door's affair. A limit of 0 gives an empty answer.
 */
public interface ArchiveQueries {
    int INDEX_META_SEQ = 0;
    int INDEX_DATA_SEQ = 1;

    /** A place in an index of inodes by the seq of their latest change. */
    record SeqEntry(long seq, long ino) {}

    /**
     * Entries of such an index, without an object for each.
     *
     * @param seqs ascending; as many as {@code inos}
     */
    @SuppressWarnings("ArrayRecordComponent") // handed over, never compared
    record SeqEntries(long[] seqs, long[] inos) {
        public int count() {
            return inos.length;
        }
    }

    /** One link and a path that leads to it, relative to the root. */
    record InoPath(long dirIno, long dirPos, byte[] path) {}

    /** One link; {@code type} is a DT_* number, {@code last} means that no other follows. */
    record ReferringEntry(long dirIno, long dirPos, long ino, int type, byte[] name, boolean last) {}

    /** A position among the names of an inode's hidden attributes; (0, 0) is before the first. */
    record XattrPosition(int hash, long id) {}

    /** Names after a position and where they ended. */
    record HiddenNames(List<byte[]> names, XattrPosition next) {}

    /** @param complete nothing is left up to the last inode asked for */
    @SuppressWarnings("ArrayRecordComponent") // handed over, never compared
    record SearchResult(long[] inos, boolean complete) {}

    /** The total of all attributes that carry its three numbers. */
    record XattrTotal(long a, long b, long c, long total, long count) {}

    /** @param major 0..255 */
    record XattrIndexEntry(int major, long minor, long ino) {}

    /** @param hash first word of an iterator over rules, 0 at the start */
    record RulePosition(long hash, long collision) {}

    record Rules(List<QuotaRule> rules, RulePosition next) {}

    /**
     * Committed changes in (seq, ino) order from {@code first} to {@code last}; EINVAL for an unknown index. An error after some
     * entries ends the list instead.
     */
    SeqEntries walkInodes(int index, SeqEntry first, SeqEntry last, int limit) throws FsException;

    /** The first link at or after a position; ENOENT, EPERM, ELOOP. */
    InoPath inoPath(Credentials who, long ino, long dirIno, long dirPos) throws FsException;

    /** Links at or after a position in (dir, position) order, the very last one marked. */
    List<ReferringEntry> referringEntries(Credentials who, long ino, long dirIno, long dirPos, int limit)
            throws FsException;

    /** Hidden names from a position on, as many as fit in {@code bytes} with a NUL each; EACCES without read permission. */
    HiddenNames listHidden(Credentials who, long ino, XattrPosition from, int bytes) throws FsException;

    /** Inodes in a range that may have an attribute of exactly this name with the srch tag; committed changes only. */
    SearchResult searchXattrs(Credentials who, byte[] name, long firstIno, long lastIno, int limit) throws FsException;

    /** Totals whose name is at or after (a, b, c); committed changes only, up to 5 s old. */
    List<XattrTotal> xattrTotals(Credentials who, long a, long b, long c, int limit) throws FsException;

    /** Entries from {@code first} to {@code last}, each once; committed changes only, up to 5 s old. */
    List<XattrIndexEntry> xattrIndex(Credentials who, XattrIndexEntry first, XattrIndexEntry last, int limit)
            throws FsException;

    /** Existing inodes at or after {@code start} within its group of 1024. */
    long[] allocatedInos(Credentials who, long start, int limit) throws FsException;

    Rules quotaRules(Credentials who, RulePosition from, int limit) throws FsException;

    /** EEXIST if there is an identical one. */
    void addQuotaRule(Credentials who, QuotaRule rule) throws FsException;

    /** ENOENT unless all fields match. */
    void deleteQuotaRule(Credentials who, QuotaRule rule) throws FsException;

    /** Grows the use of the devices; 0 or the present value leaves one. Durable on return. */
    void resizeDevices(Credentials who, long totalMetaBlocks, long totalDataBlocks) throws FsException;

    /** Adds to a total without an attribute, for tests. */
    void injectTotal(Credentials who, long a, long b, long c, long total, long count) throws FsException;
}
