package org.scoutfs.fuse.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.scoutfs.format.Timespec;
import org.scoutfs.fs.Attributes;
import org.scoutfs.fs.StatfsResult;

/** Messages built by hand, byte by byte in the order of the kernel's structures, against the offsets in {@link Wire}. */
class ProtocolTest {
    private static final Attributes ATTRIBUTES = new Attributes(
            0x1111111111111111L,
            0x2222222222222222L,
            0x3333333333333333L,
            0100644,
            0x55555555,
            0x66666666,
            0x77777777,
            (0x123 << 20) | 0x45678,
            new Timespec(0xa1a1, 0xa2a2),
            new Timespec(0xb1b1, 0xb2b2),
            new Timespec(0xc1c1, 0xc2c2),
            new Timespec(0xd1d1, 0xd2d2),
            0,
            0,
            0,
            0,
            0,
            0,
            0);

    /** Writes fields one after the other, so that no offset is stated twice. */
    private static final class Message {
        final ByteBuffer bytes = ByteBuffer.allocate(4096).order(ByteOrder.nativeOrder());

        Message u16(int... values) {
            for (int value : values) {
                bytes.putShort((short) value);
            }
            return this;
        }

        Message u32(int... values) {
            for (int value : values) {
                bytes.putInt(value);
            }
            return this;
        }

        Message u64(long... values) {
            for (long value : values) {
                bytes.putLong(value);
            }
            return this;
        }

        Message text(String text) {
            bytes.put(text.getBytes(StandardCharsets.ISO_8859_1));
            return this;
        }

        /** As the arguments of a request, with extensions of so many bytes at the end. */
        Request request(int opcode, int extensionBytes) throws MalformedRequestException {
            int length = 40 + bytes.position();
            ByteBuffer all = ByteBuffer.allocate(8192).order(ByteOrder.nativeOrder());
            all.putInt(length)
                    .putInt(opcode)
                    .putLong(0x1234)
                    .putLong(0x99)
                    .putInt(1)
                    .putInt(2)
                    .putInt(3);
            all.putShort((short) (extensionBytes / 8)).putShort((short) 0);
            all.put(bytes.array(), 0, bytes.position());
            MemorySegment memory = Arena.ofAuto().allocate(8192, 8);
            memory.copyFrom(MemorySegment.ofArray(all.array()));
            Request request = new Request(memory, 0);
            assertThat(request.received(length)).isTrue();
            return request;
        }

        byte[] array() {
            return Arrays.copyOf(bytes.array(), bytes.position());
        }
    }

    private static Message message() {
        return new Message();
    }

    private static ReplyBuffer reply() {
        return new ReplyBuffer(Arena.ofAuto().allocate(ReplyBuffer.memoryFor(65536), 4096));
    }

    private static byte[] body(ReplyBuffer reply, int length) {
        return reply.body().asSlice(0, length).toArray(ValueLayout.JAVA_BYTE);
    }

    private static Message attr() {
        return message()
                .u64(0x1111111111111111L, 0x2222222222222222L, 0x3333333333333333L, 0xa1a1, 0xb1b1, 0xc1c1)
                .u32(0xa2a2, 0xb2b2, 0xc2c2, 0100644, 0x55555555, 0x66666666, 0x77777777)
                .u32((0x78 | 0x123 << 8) | (0x45600 << 12), 4096, 0);
    }

    @Test
    void headers() throws Exception {
        Request r = message().u64(7).request(Opcode.FORGET, 0);
        assertThat(r.opcode()).isEqualTo(2);
        assertThat(r.unique()).isEqualTo(0x1234);
        assertThat(r.nodeId()).isEqualTo(0x99);
        assertThat(r.uid()).isEqualTo(1);
        assertThat(r.gid()).isEqualTo(2);
        assertThat(r.pid()).isEqualTo(3);
        assertThat(r.argumentBytes()).isEqualTo(8);
        assertThat(r.int64(0)).isEqualTo(7);
        ReplyBuffer reply = reply();
        assertThat(reply.header(0x1234, -5, 0)).isEqualTo(16);
        MemorySegment header = MemorySegment.ofAddress(reply.address()).reinterpret(16);
        assertThat(header.toArray(ValueLayout.JAVA_BYTE))
                .isEqualTo(message().u32(16, -5).u64(0x1234).array());
        assertThat(reply.body().address()).isEqualTo(reply.address() + 16);
        assertThat(reply.body().address() % 4096).isZero();
    }

    @Test
    void entryAndAttributes() {
        ReplyBuffer reply = reply();
        assertThat(reply.entry(0, 5, 6, 7, ATTRIBUTES)).isEqualTo(128);
        assertThat(body(reply, 128))
                .isEqualTo(concat(message().u64(5, 0, 6, 7).u32(0, 0).array(), attr().array()));
        assertThat(reply.attrOut(8, ATTRIBUTES)).isEqualTo(104);
        assertThat(body(reply, 104)).isEqualTo(concat(message().u64(8).u32(0, 0).array(), attr().array()));
    }

    @Test
    void openWriteStatfs() {
        ReplyBuffer reply = reply();
        assertThat(reply.open(0, 5, 3)).isEqualTo(16);
        assertThat(body(reply, 16)).isEqualTo(message().u64(5).u32(3, 0).array());
        assertThat(reply.write(9)).isEqualTo(8);
        assertThat(body(reply, 8)).isEqualTo(message().u32(9, 0).array());
        assertThat(reply.statfs(new StatfsResult(1, 2, 3, 4, 5))).isEqualTo(80);
        assertThat(body(reply, 80))
                .isEqualTo(message()
                        .u64(1, 2, 2, 3, 4)
                        .u32(4096, 255, 4096, 0, 0, 0, 0, 0, 0, 0)
                        .array());
    }

    @Test
    void statx() {
        ReplyBuffer reply = reply();
        assertThat(reply.statx(9, ATTRIBUTES)).isEqualTo(288);
        Message m = message().u64(9).u32(0, 0).u64(0, 0).u32(0xfff, 4096).u64(0);
        m.u32(0x55555555, 0x66666666, 0x77777777).u16(0100644, 0);
        m.u64(0x1111111111111111L, 0x2222222222222222L, 0x3333333333333333L, 0);
        m.u64(0xa1a1)
                .u32(0xa2a2, 0)
                .u64(0xd1d1)
                .u32(0xd2d2, 0)
                .u64(0xc1c1)
                .u32(0xc2c2, 0)
                .u64(0xb1b1)
                .u32(0xb2b2, 0);
        m.u32(0x123, 0x45678, 0, 0).u64(new long[14]);
        assertThat(body(reply, 288)).isEqualTo(m.array());
    }

    @Test
    void directoryEntries() {
        ReplyBuffer reply = reply();
        reply.body().fill((byte) 0xff);
        int length = reply.dirent(0, 4096, new byte[] {'a', 'b', 'c'}, 7, 0100644, 8);
        assertThat(length).isEqualTo(32);
        assertThat(body(reply, 32))
                .isEqualTo(message().u64(7, 8).u32(3, 8).text("abc\0\0\0\0\0").array());
        assertThat(reply.dirent(0, 4096, "12345678".getBytes(StandardCharsets.US_ASCII), 7, 0040000, 8))
                .isEqualTo(32);
        assertThat(reply.dirent(0, 4096, "123456789".getBytes(StandardCharsets.US_ASCII), 7, 0040000, 8))
                .isEqualTo(40);
        assertThat(reply.dirent(0, 31, new byte[] {'a'}, 7, 0, 8)).isEqualTo(-1);
    }

    @Test
    void arguments() throws Exception {
        Request setattr = message()
                .u32(1, 0)
                .u64(2, 3, 4, 5, 6, 7)
                .u32(8, 9, 10, 11, 0, 13, 14, 0)
                .request(Opcode.SETATTR, 0);
        assertThat(setattr.argumentBytes()).isEqualTo(Wire.SetattrIn.SIZE);
        assertThat(setattr.int32(Wire.SetattrIn.VALID)).isEqualTo(1);
        assertThat(setattr.int64(Wire.SetattrIn.FH)).isEqualTo(2);
        assertThat(setattr.int64(Wire.SetattrIn.SIZE_BYTES)).isEqualTo(3);
        assertThat(setattr.int64(Wire.SetattrIn.LOCK_OWNER)).isEqualTo(4);
        assertThat(setattr.int64(Wire.SetattrIn.ATIME)).isEqualTo(5);
        assertThat(setattr.int64(Wire.SetattrIn.MTIME)).isEqualTo(6);
        assertThat(setattr.int64(Wire.SetattrIn.CTIME)).isEqualTo(7);
        assertThat(setattr.int32(Wire.SetattrIn.ATIME_NSEC)).isEqualTo(8);
        assertThat(setattr.int32(Wire.SetattrIn.MTIME_NSEC)).isEqualTo(9);
        assertThat(setattr.int32(Wire.SetattrIn.CTIME_NSEC)).isEqualTo(10);
        assertThat(setattr.int32(Wire.SetattrIn.MODE)).isEqualTo(11);
        assertThat(setattr.int32(Wire.SetattrIn.UID)).isEqualTo(13);
        assertThat(setattr.int32(Wire.SetattrIn.GID)).isEqualTo(14);

        Request write =
                message().u64(1, 2).u32(4, 4).u64(5).u32(6, 0).text("data").request(Opcode.WRITE, 0);
        assertThat(write.int64(Wire.WriteIn.FH)).isEqualTo(1);
        assertThat(write.int64(Wire.WriteIn.OFFSET)).isEqualTo(2);
        assertThat(write.int32(Wire.WriteIn.BYTES)).isEqualTo(4);
        assertThat(write.int32(Wire.WriteIn.WRITE_FLAGS)).isEqualTo(4);
        assertThat(write.int64(Wire.WriteIn.LOCK_OWNER)).isEqualTo(5);
        assertThat(write.int32(Wire.WriteIn.FLAGS)).isEqualTo(6);
        assertThat(new String(write.bytes(Wire.WriteIn.SIZE, 4), StandardCharsets.US_ASCII))
                .isEqualTo("data");

        Request read = message().u64(1, 2).u32(3, 4).u64(5).u32(6, 0).request(Opcode.READ, 0);
        assertThat(read.int64(Wire.ReadIn.FH)).isEqualTo(1);
        assertThat(read.int64(Wire.ReadIn.OFFSET)).isEqualTo(2);
        assertThat(read.int32(Wire.ReadIn.BYTES)).isEqualTo(3);
        assertThat(read.int32(Wire.ReadIn.FLAGS)).isEqualTo(6);
        assertThat(read.argumentBytes()).isEqualTo(Wire.ReadIn.SIZE);

        Request create = message().u32(1, 2, 3, 4).text("n\0").request(Opcode.CREATE, 0);
        assertThat(create.int32(Wire.CreateIn.FLAGS)).isEqualTo(1);
        assertThat(create.int32(Wire.CreateIn.MODE)).isEqualTo(2);
        assertThat(create.int32(Wire.CreateIn.UMASK)).isEqualTo(3);
        assertThat(create.int32(Wire.CreateIn.OPEN_FLAGS)).isEqualTo(4);
        assertThat(create.name(Wire.CreateIn.SIZE)).isEqualTo(new byte[] {'n'});
        assertThat(create.supplementaryGroup()).isEqualTo(-1);

        Request mknod = message().u32(1, 2, 3, 0).text("n\0").request(Opcode.MKNOD, 0);
        assertThat(mknod.int32(Wire.MknodIn.MODE)).isEqualTo(1);
        assertThat(mknod.int32(Wire.MknodIn.RDEV)).isEqualTo(2);
        assertThat(mknod.int32(Wire.MknodIn.UMASK)).isEqualTo(3);
        assertThat(mknod.name(Wire.MknodIn.SIZE)).hasSize(1);
        Request mkdir = message().u32(1, 2).text("n\0").request(Opcode.MKDIR, 0);
        assertThat(mkdir.int32(Wire.MkdirIn.MODE)).isEqualTo(1);
        assertThat(mkdir.int32(Wire.MkdirIn.UMASK)).isEqualTo(2);
        assertThat(mkdir.name(Wire.MkdirIn.SIZE)).hasSize(1);

        Request rename = message().u64(5).u32(1, 0).text("old\0new\0").request(Opcode.RENAME2, 0);
        assertThat(rename.int64(Wire.Rename2In.NEWDIR)).isEqualTo(5);
        assertThat(rename.int32(Wire.Rename2In.FLAGS)).isEqualTo(1);
        assertThat(rename.name(Wire.Rename2In.SIZE)).isEqualTo("old".getBytes(StandardCharsets.US_ASCII));
        assertThat(rename.name(Wire.Rename2In.SIZE + 4)).isEqualTo("new".getBytes(StandardCharsets.US_ASCII));

        Request fallocate = message().u64(1, 2, 3).u32(4, 0).request(Opcode.FALLOCATE, 0);
        assertThat(fallocate.int64(Wire.FallocateIn.LENGTH)).isEqualTo(3);
        assertThat(fallocate.int32(Wire.FallocateIn.MODE)).isEqualTo(4);
        Request lseek = message().u64(1, 2).u32(3, 0).request(Opcode.LSEEK, 0);
        assertThat(lseek.int64(Wire.LseekIn.OFFSET)).isEqualTo(2);
        assertThat(lseek.int32(Wire.LseekIn.WHENCE)).isEqualTo(3);
        Request setxattr = message().u32(3, 1, 1, 0).text("user.a\0val").request(Opcode.SETXATTR, 0);
        assertThat(setxattr.int32(Wire.SetxattrIn.BYTES)).isEqualTo(3);
        assertThat(setxattr.int32(Wire.SetxattrIn.FLAGS)).isEqualTo(1);
        assertThat(setxattr.int32(Wire.SetxattrIn.SETXATTR_FLAGS)).isEqualTo(1);
        assertThat(setxattr.name(Wire.SetxattrIn.SIZE)).hasSize(6);
        Request forget = message().u32(2, 0).u64(1, 2, 3, 4).request(Opcode.BATCH_FORGET, 0);
        int second = Wire.BatchForgetIn.SIZE + Wire.BatchForgetIn.ONE_SIZE;
        assertThat(forget.int32(Wire.BatchForgetIn.COUNT)).isEqualTo(2);
        assertThat(forget.int64(second + Wire.BatchForgetIn.ONE_NODEID)).isEqualTo(3);
        assertThat(forget.int64(second + Wire.BatchForgetIn.ONE_NLOOKUP)).isEqualTo(4);
        Request init = message().u32(7, 45, 131072, 1, 2).u32(new int[11]).request(Opcode.INIT, 0);
        assertThat(init.int32(Wire.InitIn.MAX_READAHEAD)).isEqualTo(131072);
        assertThat(init.int32(Wire.InitIn.FLAGS)).isEqualTo(1);
        assertThat(init.int32(Wire.InitIn.FLAGS2)).isEqualTo(2);
        assertThat(init.argumentBytes()).isEqualTo(Wire.InitIn.SIZE);
    }

    @Test
    void extensionsAreNotPartOfNames() throws Exception {
        Message m = message().u32(1, 2, 3, 4).text("name\0\0\0\0").u32(8, 0).u32(16, 32, 1, 4711);
        Request create = m.request(Opcode.CREATE, 24);
        assertThat(create.name(Wire.CreateIn.SIZE)).hasSize(4);
        assertThat(create.argumentBytes()).isEqualTo(24);
        assertThat(create.supplementaryGroup()).isEqualTo(4711);
        Request bad = message().u32(1, 2, 3, 4).text("name\0\0\0\0").u32(4, 32).request(Opcode.CREATE, 8);
        assertThatThrownBy(bad::supplementaryGroup).isInstanceOf(MalformedRequestException.class);
    }

    @Test
    void whatDoesNotFitIsMalformed() throws Exception {
        Request r = message().text("no end").request(Opcode.LOOKUP, 0);
        assertThatThrownBy(() -> r.name(0)).isInstanceOf(MalformedRequestException.class);
        assertThatThrownBy(() -> r.int64(0)).isInstanceOf(MalformedRequestException.class);
        assertThatThrownBy(() -> r.int32(3)).isInstanceOf(MalformedRequestException.class);
        assertThatThrownBy(() -> r.int32(-4)).isInstanceOf(MalformedRequestException.class);
        assertThatThrownBy(() -> r.bytes(0, -1)).isInstanceOf(MalformedRequestException.class);
        assertThatThrownBy(() -> r.bytes(Integer.MAX_VALUE, Integer.MAX_VALUE))
                .isInstanceOf(MalformedRequestException.class);
        assertThat(r.received(39)).isFalse();
        assertThatThrownBy(() -> r.received(45)).isInstanceOf(MalformedRequestException.class);
    }

    /** Whatever comes, an access either succeeds inside the message or is refused. */
    @Test
    void noiseIsRefused() {
        long seed = Long.getLong("scoutfs.seed", System.nanoTime());
        Random random = new Random(seed);
        MemorySegment memory = Arena.ofAuto().allocate(8192, 8);
        Request r = new Request(memory, 0);
        for (int i = 0; i < 20_000; i++) {
            int length = random.nextInt(200);
            byte[] noise = new byte[length];
            random.nextBytes(noise);
            memory.asSlice(0, length).copyFrom(MemorySegment.ofArray(noise));
            if (length >= 40) {
                memory.set(ValueLayout.JAVA_INT, 0, length);
                memory.set(ValueLayout.JAVA_SHORT, 36, (short) random.nextInt(8));
            }
            try {
                if (r.received(length)) {
                    r.supplementaryGroup();
                    r.name(random.nextInt(200));
                    r.int64(random.nextInt(25) * 8);
                }
            } catch (MalformedRequestException e) {
                assertThat(e.getMessage()).as("seed %d", seed).isNotEmpty();
            }
        }
    }

    @Test
    void deviceNumbers() {
        for (int rdev : new int[] {0, 1 << 20, (4095 << 20) | 0xfffff, (259 << 20) | 70000}) {
            assertThat(ReplyBuffer.deviceFromKernel(ReplyBuffer.deviceToKernel(rdev)))
                    .isEqualTo(rdev);
        }
    }

    private static byte[] concat(byte[] a, byte[] b) {
        byte[] both = Arrays.copyOf(a, a.length + b.length);
        System.arraycopy(b, 0, both, a.length, b.length);
        return both;
    }
}
