package org.scoutfs.block;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.scoutfs.device.FaultDisk;
import org.scoutfs.device.FaultDisk.Operation;
import org.scoutfs.error.CorruptionException;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.BlockHeader;
import org.scoutfs.format.Magic;
import org.scoutfs.format.QuorumBlock;
import org.scoutfs.format.QuorumBlockEvent;
import org.scoutfs.format.SuperBlock;
import org.scoutfs.format.Timespec;
import org.scoutfs.format.VolumeLayout;
import org.scoutfs.host.Host;

/** The super block and the quorum blocks. */
class FixedBlocksTest {
    private static final long FSID = 0x1122;

    private final FaultDisk disk = new FaultDisk("meta", 1 << 20, 1);

    @Test
    void superBlockIsWrittenBetweenFlushesWithNextSeq() throws Exception {
        try (Host host = Host.system();
                MetaDevice device = new MetaDevice(disk.open("server"), host, 1)) {
            SuperBlockFile file = new SuperBlockFile(device);
            SuperBlock block = superBlock();
            file.write(block);
            assertThat(block.header().seq()).isEqualTo(8);
            assertThat(disk.unflushedWrites()).isZero();
            assertThat(disk.count(Operation.FLUSH))
                    .as("nothing was written before")
                    .isEqualTo(1);
            device.write(0, SmallBlocks.buffer());
            disk.inject(request -> {
                if (request.operation() == Operation.WRITE) {
                    assertThat(disk.unflushedWrites()).isZero();
                }
                return null;
            });
            file.write(block);
            assertThat(block.header().seq()).isEqualTo(9);
            assertThat(disk.count(Operation.FLUSH)).isEqualTo(3);
            SuperBlock read = file.read();
            assertThat(read.header()).isEqualTo(block.header());
            assertThat(read.nextIno()).isEqualTo(1234);
        }
    }

    @Test
    void failedSuperWriteLeavesSeqForTheNextTry() throws FsException {
        try (Host host = Host.system();
                MetaDevice device = new MetaDevice(disk.open("server"), host, 1)) {
            SuperBlockFile file = new SuperBlockFile(device);
            SuperBlock block = superBlock();
            disk.inject(FaultDisk.Fault.onNumber(Operation.WRITE, 0, Errno.EIO));
            assertThatThrownBy(() -> file.write(block))
                    .satisfies(e -> assertThat(((FsException) e).errno()).isEqualTo(Errno.EIO));
            assertThat(block.header().seq()).isEqualTo(7);
            file.write(block);
            assertThat(file.read().header().seq()).isEqualTo(8);
        }
    }

    @Test
    void tornSuperBlockIsReadAgain() throws FsException {
        try (Host host = Host.system();
                MetaDevice device = new MetaDevice(disk.open("server"), host, 1)) {
            SuperBlockFile file = new SuperBlockFile(device);
            SuperBlock block = superBlock();
            file.write(block);
            disk.corrupt(VolumeLayout.SUPER_OFFSET, 512);
            AtomicInteger reads = new AtomicInteger();
            disk.inject(request -> {
                if (request.operation() == Operation.READ && reads.incrementAndGet() == 2) {
                    rewrite(block);
                }
                return null;
            });
            assertThat(file.read().nextIno()).isEqualTo(1234);
            assertThat(reads).hasValue(2);
        }
    }

    private void rewrite(SuperBlock block) {
        try (Host host = Host.system();
                MetaDevice device = new MetaDevice(disk.open("other"), host, 1)) {
            new SuperBlockFile(device).write(block.copy());
        } catch (FsException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void foreignContentsAreCorruption() throws FsException {
        try (Host host = Host.system();
                MetaDevice device = new MetaDevice(disk.open("server"), host, 1)) {
            assertThatThrownBy(() -> new SuperBlockFile(device).read())
                    .isInstanceOf(CorruptionException.class)
                    .hasMessageContaining("super block 16")
                    .hasMessageContaining("checksum");
            new QuorumBlockFile(device, FSID).write(3, QuorumBlock.unused(FSID, 3));
            assertThatThrownBy(() -> new QuorumBlockFile(device, FSID + 1).read(3))
                    .isInstanceOf(CorruptionException.class)
                    .hasMessageContaining("fsid");
        }
    }

    @Test
    void quorumBlockComesBackStable() throws FsException {
        try (Host host = Host.system();
                MetaDevice device = new MetaDevice(disk.open("mount"), host, 1)) {
            QuorumBlockFile file = new QuorumBlockFile(device, FSID);
            for (int slot = 0; slot < VolumeLayout.QUORUM_SLOTS; slot++) {
                QuorumBlock block =
                        QuorumBlock.unused(FSID, slot).withEvent(QuorumBlockEvent.ELECT, 77, slot, new Timespec(1, 2));
                file.write(slot, block);
                QuorumBlock read = file.read(slot);
                assertThat(read.events()).isEqualTo(block.events());
                assertThat(read.writeNr()).isEqualTo(1);
                assertThat(read.header().blkno()).isEqualTo(17 + slot);
            }
            assertThat(disk.unflushedWrites()).isZero();
            assertThatThrownBy(() -> file.read(15)).isInstanceOf(IllegalArgumentException.class);
        }
    }

    private static SuperBlock superBlock() {
        SuperBlock block = new SuperBlock();
        block.setHeader(new BlockHeader(0, Magic.SUPER, FSID, 7, VolumeLayout.SUPER_BLKNO));
        block.setNextIno(1234);
        return block;
    }
}
