package org.scoutfs.device;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.api.Test;

class MemoryDeviceTest extends BlockDeviceContract {
    private final MemoryDevice memory = MemoryDevice.create("memory", SIZE_BYTES);

    @Override
    BlockDevice openDevice(Access access) {
        return memory.open(access);
    }

    @Test
    void takesMemoryOnlyForWhatWasWritten() throws IOException {
        MemoryDevice large = MemoryDevice.create("large", 64L << 40);
        assertThat(large.allocatedBytes()).isZero();
        large.write((64L << 40) - 4096, filled(4096, 1));
        assertThat(large.allocatedBytes()).isEqualTo(64 << 10);
        large.discard((64L << 40) - (64 << 10), 64 << 10);
        assertThat(large.allocatedBytes()).isZero();
    }

    @Test
    void copiesAreIndependent() throws IOException {
        memory.write(0, filled(4096, 1));
        MemoryDevice copy = memory.copy("copy");
        memory.write(0, filled(4096, 2));
        copy.write(4096, filled(4096, 3));
        assertThat(firstByte(copy, 0)).isEqualTo(1);
        assertThat(firstByte(memory, 4096)).isZero();
    }

    @Test
    void canBeResizedWhileOpen() throws IOException {
        BlockDevice other = memory.open(Access.READ_WRITE);
        memory.resize(2L * SIZE_BYTES);
        assertThat(other.sizeBytes()).isEqualTo(2L * SIZE_BYTES);
        other.write(SIZE_BYTES, filled(4096, 4));
        memory.resize(SIZE_BYTES);
        memory.resize(2L * SIZE_BYTES);
        assertThat(firstByte(other, SIZE_BYTES)).isZero();
    }
}
