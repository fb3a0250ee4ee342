package org.scoutfs.client;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.scoutfs.counter.Counters;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.LogMergeComplete;
import org.scoutfs.format.LogMergeRequest;
import org.scoutfs.format.LogTrees;
import org.scoutfs.format.SrchCompact;
import org.scoutfs.format.VolumeOptions;
import org.scoutfs.format.wire.AllocInodes;
import org.scoutfs.format.wire.Command;
import org.scoutfs.format.wire.LockMessage;
import org.scoutfs.format.wire.LockRecover;
import org.scoutfs.format.wire.OpenInoMap;
import org.scoutfs.format.wire.OpenInoMapArgs;
import org.scoutfs.format.wire.Payloads;
import org.scoutfs.format.wire.ResizeDevices;
import org.scoutfs.format.wire.Roots;
import org.scoutfs.format.wire.StatfsReply;
import org.scoutfs.host.BlockingAware;
import org.scoutfs.host.Host;
import org.scoutfs.net.ClientEvents;
import org.scoutfs.net.ClientNetwork;
import org.scoutfs.net.ConnectionStatus;
import org.scoutfs.net.MountedClientLookup;
import org.scoutfs.net.Request;
import org.scoutfs.net.Response;
import org.scoutfs.net.ServerLocator;
import org.scoutfs.net.VolumeIdentity;

/**
 * The mount's requests to whichever server leads, and what it does about the server's, spec 3 section 5. Safe for all threads.
 *
 * <p>A request waits as long as it takes, over reconnects and changes of the server; it fails with what the server answered, with
 * ECONNABORTED when the mount is forced down meanwhile, and with ENOLINK after that. An error can come for a change that takes
 * effect nevertheless.
 */
public final class ServerClient
        implements LockService, RootsService, LogTreesService, LogMergeService, SrchCompactService, AutoCloseable {
    private final ClientNetwork network;

    private volatile @Nullable LockMessageHandler locks;
    private volatile @Nullable OpenInodeBits openInodes;
    private volatile Runnable syncLogTrees = () -> {};

    /** Which inodes of a group this mount has cached; asked by the server at any time. */
    @FunctionalInterface
    public interface OpenInodeBits {
        /**
         * Does not block.
         *
         * @param group inode number / 1024
         * @return 16 words, bit n of word n/64 for inode group * 1024 + n; the receiver's
         */
        long[] bits(long group);
    }

    /**
     * @param rid of the mount, neither 0 nor all ones
     * @param quorumMember whether the mount has a quorum slot
     * @param keepaliveMs mount option tcp_keepalive_timeout_ms, above 3000
     * @param mountedClient tells during the farewell whether the cluster has let the mount go; see {@link MountedClientItem}
     */
    public ServerClient(
            Host host,
            VolumeIdentity volume,
            long rid,
            boolean quorumMember,
            long keepaliveMs,
            ServerLocator locator,
            MountedClientLookup mountedClient,
            ClientEvents events,
            Counters counters) {
        this.network = new ClientNetwork(
                host,
                volume,
                rid,
                quorumMember,
                keepaliveMs,
                locator,
                mountedClient,
                Map.of(
                        Command.SYNC_LOG_TREES, this::sync,
                        Command.LOCK, this::invalidate,
                        Command.LOCK_RECOVER, this::recover,
                        Command.OPEN_INO_MAP, this::openMap),
                events,
                counters);
    }

    /** What is done about messages of the lock server. Set before {@link #start}. */
    public void setLocks(LockMessageHandler handler) {
        locks = handler;
    }

    /** What answers questions about open inodes; without it none are open. Set before {@link #start}. */
    public void setOpenInodes(OpenInodeBits bits) {
        openInodes = bits;
    }

    /** Starts a commit, without waiting, when the server wants log trees finalized. Set before {@link #start}. */
    public void setSyncLogTrees(Runnable startCommit) {
        syncLogTrees = startCommit;
    }

    /** Begins to connect. Once. Requests may be made before; they wait. */
    public void start() {
        network.start();
    }

    // ---- requests

    /**
     * Inode numbers that nobody has had, for this mount alone.
     *
     * @param count how many are wished for
     * @return at least one and at most {@code count}
     * @throws FsException ENOSPC when there are none left
     */
    public AllocInodes allocInodes(long count) throws FsException {
        AllocInodes numbers = AllocInodes.of(call(Command.ALLOC_INODES, Payloads.ofU64(count)));
        if (numbers.nr() == 0) {
            throw new FsException(Errno.ENOSPC, "the volume has no inode numbers left");
        }
        if (Long.compareUnsigned(numbers.ino() + (numbers.nr() - 1), numbers.ino()) < 0) {
            throw new FsException(Errno.EINVAL, "the server gave impossible inode numbers: " + numbers);
        }
        return numbers;
    }

    @Override
    public LogTrees getLogTrees() throws FsException {
        byte[] answer;
        try {
            answer = call(Command.GET_LOG_TREES, Payloads.EMPTY);
        } catch (FsException e) {
            if (e.errno() == Errno.ENOSPC) {
                throw new FsException(
                        Errno.ENOSPC,
                        "the metadata device is full: the server has no free blocks for another transaction of this"
                                + " mount; enlarge the device and the volume, or delete files on another mount",
                        e);
            }
            throw e;
        }
        return Payloads.read(answer, LogTrees.SIZE, LogTrees::read);
    }

    @Override
    public void commitLogTrees(LogTrees trees) throws FsException {
        call(Command.COMMIT_LOG_TREES, Payloads.write(LogTrees.SIZE, trees::write));
    }

    @Override
    public Roots getRoots() throws FsException {
        return Roots.of(call(Command.GET_ROOTS, Payloads.EMPTY));
    }

    /** The greatest seq at or below which no mount has an open transaction. */
    public long getLastSeq() throws FsException {
        return Payloads.u64(call(Command.GET_LAST_SEQ, Payloads.EMPTY));
    }

    public StatfsReply statfs() throws FsException {
        return StatfsReply.of(call(Command.STATFS, Payloads.EMPTY));
    }

    /**
     * Inodes of a group that other mounts have cached; bits of this mount are not in it.
     *
     * @param group inode number / 1024
     */
    public OpenInoMap openInoMap(long group) throws FsException {
        OpenInoMapArgs args = new OpenInoMapArgs(group, 0);
        OpenInoMap map = OpenInoMap.of(call(Command.OPEN_INO_MAP, args.toBytes()));
        if (map.args().groupNr() != group) {
            throw new FsException(
                    Errno.EIO,
                    "asked for open inodes of group " + group + ", got "
                            + map.args().groupNr());
        }
        return map;
    }

    public VolumeOptions getVolumeOptions() throws FsException {
        return Payloads.read(call(Command.GET_VOLOPT, Payloads.EMPTY), VolumeOptions.SIZE, VolumeOptions::read);
    }

    /** Sets the options that are set in {@code options}; EINVAL if one is impossible. Durable on return. */
    public void setVolumeOptions(VolumeOptions options) throws FsException {
        call(Command.SET_VOLOPT, Payloads.write(VolumeOptions.SIZE, options::write));
    }

    /** Clears the options that are set in {@code options}. Durable on return. */
    public void clearVolumeOptions(VolumeOptions options) throws FsException {
        call(Command.CLEAR_VOLOPT, Payloads.write(VolumeOptions.SIZE, options::write));
    }

    /**
     * Makes the volume use more of its devices. Durable on return.
     *
     * @param metaBlocks new total of 64 KiB blocks, 0 to leave it
     * @param dataBlocks new total of 4 KiB blocks, 0 to leave it
     */
    public void resizeDevices(long metaBlocks, long dataBlocks) throws FsException {
        call(Command.RESIZE_DEVICES, new ResizeDevices(metaBlocks, dataBlocks).toBytes());
    }

    @Override
    public @Nullable SrchCompact srchGetCompact() throws FsException {
        SrchCompact work =
                Payloads.read(call(Command.SRCH_GET_COMPACT, Payloads.EMPTY), SrchCompact.SIZE, SrchCompact::read);
        return work.nr() == 0 ? null : work;
    }

    @Override
    public void srchCommitCompact(SrchCompact answer) throws FsException {
        call(Command.SRCH_COMMIT_COMPACT, Payloads.write(SrchCompact.SIZE, answer::write));
    }

    @Override
    public @Nullable LogMergeRequest getLogMerge() throws FsException {
        try {
            byte[] work = call(Command.GET_LOG_MERGE, Payloads.EMPTY);
            return Payloads.read(work, LogMergeRequest.SIZE, LogMergeRequest::read);
        } catch (FsException e) {
            if (e.errno() == Errno.ENOENT) {
                return null;
            }
            throw e;
        }
    }

    @Override
    public void commitLogMerge(LogMergeComplete complete) throws FsException {
        call(Command.COMMIT_LOG_MERGE, Payloads.write(LogMergeComplete.SIZE, complete::write));
    }

    @Override
    public void requestLock(LockMessage request) throws FsException {
        network.send(Command.LOCK, request.toBytes(), response -> lockAnswered(request, response));
    }

    // ---- the end

    /**
     * Says farewell and waits without limit until the cluster has let the mount go; the server's requests are answered meanwhile. Returns
     * at once if no server has ever answered or unmount is forced. After it only {@link #close} makes sense.
     */
    public void farewell() {
        network.farewell();
    }

    /** Pending requests fail with ECONNABORTED, later ones with ENOLINK. Does not wait. */
    public void forceUnmount() {
        network.forceUnmount();
    }

    /** Closes the connection for good. Returns when nothing of the server's is being handled any more. */
    @Override
    public void close() {
        network.close();
    }

    /** The connection, for people to look at. */
    public List<ConnectionStatus> connections() {
        return network.connections();
    }

    /** Unfinished messages to the server: lines of the debug file {@code messages}. */
    public List<String> messageLines() {
        return network.messageLines();
    }

    private byte[] call(Command command, byte[] payload) throws FsException {
        BlockingAware.beforeBlocking();
        return network.call(command, payload);
    }

    // ---- the server's requests

    private void sync(Request request) {
        syncLogTrees.run();
        request.reply();
    }

    private void invalidate(Request request) throws FsException {
        LockMessage message = LockMessage.of(request.payload());
        LockMessageHandler handler = locks;
        if (handler == null) {
            request.reply(request.payload());
            return;
        }
        handler.invalidate(message, () -> request.reply(request.payload()));
    }

    private void lockAnswered(LockMessage request, Response response) throws FsException {
        LockMessageHandler handler = locks;
        if (handler == null) {
            return;
        }
        Errno error = response.error();
        if (error != null) {
            handler.requestFailed(request, new FsException(error, "the lock server cannot be asked: " + error.text()));
            return;
        }
        LockMessage grant = LockMessage.of(response.payload());
        if (!grant.key().equals(request.key())) {
            throw new FsException(Errno.EIO, "asked for lock " + request + ", got " + grant);
        }
        handler.granted(grant);
    }

    private void recover(Request request) {
        LockMessageHandler handler = locks;
        List<LockMessage> entries =
                handler == null ? List.of() : handler.recover(Payloads.key(request.payload()), LockRecover.MAX_LOCKS);
        request.reply(new LockRecover(entries).toBytes());
    }

    private void openMap(Request request) {
        OpenInoMapArgs args = OpenInoMapArgs.of(request.payload());
        OpenInodeBits bits = openInodes;
        long[] words = bits == null ? new long[OpenInoMap.WORDS] : bits.bits(args.groupNr());
        request.reply(new OpenInoMap(args, words).toBytes());
    }
}
