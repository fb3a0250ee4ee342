package org.scoutfs.app.archive;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;
import org.scoutfs.app.ioctl.FileCalls;
import org.scoutfs.app.ioctl.IoctlFile;
import org.scoutfs.app.ioctl.StatMore;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.vfs.ArchiveFiles;

/** An inode of a {@link MountedVolume}. */
final class MountedFile implements VolumeFile {
    private static final long BLOCK = 4096;
    /** Also what was allocated beyond the end of the file. */
    private static final long EVERYTHING = Long.MAX_VALUE & -BLOCK;

    private final MountedVolume volume;
    private final IoctlFile file;
    private final boolean executed;

    /** @param executed it is open for reading only, since it is being executed; staging moves blocks then */
    MountedFile(MountedVolume volume, IoctlFile file, boolean executed) {
        this.volume = volume;
        this.file = file;
        this.executed = executed;
    }

    @Override
    public State state() throws FsException {
        StatMore more = file.statMore();
        FileCalls.Stat stat = FileCalls.stat(file);
        return new State(
                stat.isRegular(),
                stat.size(),
                more.dataVersion(),
                more.onlineBlocks(),
                more.offlineBlocks(),
                stat.mtime());
    }

    @Override
    public int read(long offset, MemorySegment to) throws FsException {
        return file.read(offset, to);
    }

    @Override
    public long nextData(long offset) throws FsException {
        return FileCalls.nextData(file, offset);
    }

    @Override
    public long nextHole(long offset) throws FsException {
        return FileCalls.nextHole(file, offset);
    }

    @Override
    public @Nullable String record() throws FsException {
        return FileCalls.getXattr(file, ArchiveRecord.XATTR);
    }

    @Override
    public void setRecord(String text) throws FsException {
        FileCalls.setXattr(file, ArchiveRecord.XATTR, text);
    }

    @Override
    public void release(long version) throws FsException {
        if (executed) {
            throw new FsException(Errno.ETXTBSY);
        }
        file.release(0, EVERYTHING, version);
    }

    @Override
    public void stage(long version, long offset, MemorySegment bytes) throws FsException {
        if (executed) {
            stageByMove(version, offset, bytes);
            return;
        }
        for (long done = 0; done < bytes.byteSize(); ) {
            int count = file.stage(version, offset + done, bytes.asSlice(done));
            if (count <= 0 || (count % BLOCK != 0 && done + count < bytes.byteSize())) {
                throw new FsException(Errno.EIO, "the mount staged " + count + " of " + bytes.byteSize() + " bytes");
            }
            done += count;
        }
    }

    private void stageByMove(long version, long offset, MemorySegment bytes) throws FsException {
        try (IoctlFile temporary = volume.temporary()) {
            for (long done = 0; done < bytes.byteSize(); ) {
                done += temporary.write(done, bytes.asSlice(done));
            }
            file.moveBlocks(temporary, 0, bytes.byteSize(), offset, version, ArchiveFiles.MOVE_STAGE);
        }
    }

    @Override
    public void close() {
        file.close();
    }
}
