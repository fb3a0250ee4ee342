package org.scoutfs.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.scoutfs.format.TestBytes.utf8;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Vectors of spec 1 sections 18.1, 18.3, 18.4 and 18.5. */
class HashesTest {
    @Test
    void crcIsRawCastagnoli() {
        assertThat(Hashes.crc32cRaw(utf8("123456789"))).isEqualTo(0x1cf96d7c);
        assertThat(Hashes.crc32cRaw(new byte[0])).isEqualTo(0xffffffff);
        assertThat(Hashes.crc32cRaw(new byte[4092])).isEqualTo(0x58cda791);
        assertThat(Hashes.crc32cRaw(new byte[65532])).isEqualTo(0xe8a56956);
    }

    @Test
    void blockCrcLeavesOutItsOwnFourBytes() {
        byte[] block = new byte[4096];
        block[0] = 1;
        block[3] = -1;
        assertThat(Hashes.blockCrc(MemorySegment.ofArray(block), 4096)).isEqualTo(0x58cda791);
    }

    @Test
    void crcIsTheSameInHeapAndNativeMemoryAtAnyOffset() {
        Random random = TestBytes.random();
        byte[] bytes = new byte[70_000];
        random.nextBytes(bytes);
        try (Arena arena = Arena.ofShared()) {
            MemorySegment memory = arena.allocate(bytes.length);
            Le.putBytes(memory, 0, bytes);
            MemorySegment heap = MemorySegment.ofArray(bytes);
            for (int i = 0; i < 20; i++) {
                int off = random.nextInt(2000);
                int len = random.nextInt(65536);
                int crc = Hashes.crc32cRaw(Le.bytes(heap, off, len));
                assertThat(Hashes.crc32cRaw(heap, off, len)).isEqualTo(crc);
                assertThat(Hashes.crc32cRaw(heap.asReadOnly(), off, len)).isEqualTo(crc);
                assertThat(Hashes.crc32cRaw(memory, off, len)).isEqualTo(crc);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "'', 0x811c9dc5, 0xcbf29ce484222325",
        "a, 0xe40c292c, 0xaf63dc4c8601ec8c",
        "foobar, 0xbf9cf968, 0x85944171f73967e8"
    })
    void fnvMatchesVectors(String text, String expected32, String expected64) {
        byte[] bytes = utf8(text);
        MemorySegment seg = MemorySegment.ofArray(utf8("x" + text));
        assertThat(Hashes.fnv1a32(bytes)).isEqualTo((int) unsigned(expected32));
        assertThat(Hashes.fnv1a32(seg, 1, bytes.length)).isEqualTo((int) unsigned(expected32));
        assertThat(Hashes.fnv1a64(bytes)).isEqualTo(unsigned(expected64));
        assertThat(Hashes.fnv1a64(seg, 1, bytes.length)).isEqualTo(unsigned(expected64));
    }

    @Test
    void keyIsHashedAsItsStoredBytes() {
        Random random = TestBytes.random();
        MemorySegment seg = TestBytes.zeros(Key.SIZE + 3);
        for (int i = 0; i < 1000; i++) {
            Key key = RandomKeys.next(random);
            key.write(seg, 3);
            assertThat(Hashes.fnv1a32(key)).isEqualTo(Hashes.fnv1a32(seg, 3, Key.SIZE));
            assertThat(Hashes.fnv1a64(key)).isEqualTo(Hashes.fnv1a64(seg, 3, Key.SIZE));
            assertThat(Hashes.leafBucket(key))
                    .isEqualTo(Hashes.leafBucket(seg, 3))
                    .isBetween(0, 1511);
            assertThat(IntStream.of(Hashes.bloomBits(key))).allMatch(bit -> bit >= 0 && bit < 523968);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "16.0.0.0.0.0, 349301, 400905, 383775",
        "16.1024.0.0.0.0, 410633, 362016, 181083",
        "4.0.4.0.0.0, 30749, 251904, 427980",
        "4.0.8.1024.0.0, 257053, 505895, 283397",
        "8.0.4.0.0.0, 418537, 160996, 431949",
        "10.0.0.0.0.0, 64599, 21928, 350900",
        "12.0.0.0.0.0, 509345, 323443, 200855",
        "14.0.0.0.0.0, 430123, 100990, 9851"
    })
    void bloomBitsMatchVectors(String lockStart, int first, int second, int third) {
        assertThat(Hashes.bloomBits(RandomKeys.parse(lockStart))).containsExactly(first, second, third);
    }

    @ParameterizedTest
    @CsvSource({
        "a, 0x61000000e40c292c",
        "abc, 0x616263001a47e90b",
        "file, 0x66696c65aaea5743",
        "hello.txt, 0x6466774629c146cd",
        "scoutfs-on-disk-format, 0x3d7e6e6e96d4cc9a",
        "ünïcödé-名前, 0xb6ca2dae975fe6e8",
        "collide-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxoycvpjs2f1wq, 0x00000000bf963a7f",
        "collide-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxkooul8ebd6sy, 0x00000000bf963a7f"
    })
    void direntHashMatchesVectors(String name, String expected) {
        assertThat(Hashes.direntHash(utf8(name))).isEqualTo(unsigned(expected));
    }

    @Test
    void direntHashOfTheLongestName() {
        assertThat(Hashes.direntHash(utf8("L".repeat(255)))).isEqualTo(0x19191919164b2a0bL);
    }

    @ParameterizedTest
    @CsvSource({
        "user.small, 0xcee1597e, 0x1cc8c1f7d3d5bd9b",
        "system.posix_acl_access, 0x0cad41c7, 0x0cea5bb44587e165",
        "scoutfs.srch.foo, 0xdc5633f9, 0xf720b33bf1b24954",
        "scoutfs.totl.acct.1.2.3, 0xe0dd2011, 0xef2513657d6d503c",
        "user.cq8zrnixy27, 0xe4c55e37, 0x379dab28084be389",
        "user.cufaa11tvms, 0xe4c55e37, 0xcdf23757a829fe04"
    })
    void xattrHashesMatchVectors(String name, String keyHash, String srchHash) {
        assertThat(Hashes.xattrNameHash(utf8(name))).isEqualTo(unsigned(keyHash));
        assertThat(Hashes.srchHash(utf8(name))).isEqualTo(unsigned(srchHash));
    }

    private static long unsigned(String hexadecimal) {
        return Long.parseUnsignedLong(hexadecimal.substring(2), 16);
    }
}
