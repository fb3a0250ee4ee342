package org.scoutfs.format.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.scoutfs.error.Errno;
import org.scoutfs.format.Key;

class CommandTest {
    @ParameterizedTest
    @CsvSource({
        "0, GREETING, 40, 40",
        "1, ALLOC_INODES, 8, 16",
        "2, GET_LOG_TREES, 0, 472",
        "3, COMMIT_LOG_TREES, 472, 0",
        "4, SYNC_LOG_TREES, 0, 0",
        "5, GET_ROOTS, 0, 72",
        "6, GET_LAST_SEQ, 0, 8",
        "7, LOCK, 48, 48",
        "9, SRCH_GET_COMPACT, 0, 584",
        "10, SRCH_COMMIT_COMPACT, 584, 0",
        "11, GET_LOG_MERGE, 0, 208",
        "12, COMMIT_LOG_MERGE, 208, 0",
        "13, OPEN_INO_MAP, 16, 144",
        "14, GET_VOLOPT, 0, 520",
        "15, SET_VOLOPT, 520, 0",
        "16, CLEAR_VOLOPT, 520, 0",
        "17, RESIZE_DEVICES, 16, 0",
        "18, STATFS, 0, 56",
        "19, FAREWELL, 0, 0"
    })
    void hasNumberAndLengths(int number, Command command, int request, int response) {
        assertThat(Command.of(number)).isSameAs(command);
        assertThat(command.number()).isEqualTo(number);
        assertThat(command.validRequestLength(request)).isTrue();
        assertThat(command.validRequestLength(request + 1)).isFalse();
        assertThat(command.validResponse(new byte[response])).isTrue();
        assertThat(command.validResponse(new byte[response + 1])).isFalse();
    }

    @Test
    void lockRecoveryIsAsLongAsItsCountSays() {
        assertThat(Command.LOCK_RECOVER.number()).isEqualTo(8);
        assertThat(Command.LOCK_RECOVER.validRequestLength(32)).isTrue();
        LockMessage lock = new LockMessage(Key.ZERO, 0, LockMode.READ, LockMode.READ);
        byte[] full = new LockRecover(Collections.nCopies(LockRecover.MAX_LOCKS, lock)).toBytes();
        assertThat(full).hasSize(8 + 22 * 48);
        assertThat(Command.LOCK_RECOVER.validResponse(full)).isTrue();
        full[0]--;
        assertThat(Command.LOCK_RECOVER.validResponse(full)).isFalse();
        assertThat(Command.LOCK_RECOVER.validResponse(new byte[7])).isFalse();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new LockRecover(Collections.nCopies(LockRecover.MAX_LOCKS + 1, lock)));
    }

    @ParameterizedTest
    @EnumSource
    void wrongLengthsCloseOrAreReported(Command command) {
        Set<Command> requestCloses = EnumSet.of(
                Command.SYNC_LOG_TREES,
                Command.LOCK,
                Command.LOCK_RECOVER,
                Command.GET_LOG_MERGE,
                Command.COMMIT_LOG_MERGE,
                Command.FAREWELL);
        Set<Command> responseCloses =
                EnumSet.of(Command.LOCK, Command.LOCK_RECOVER, Command.OPEN_INO_MAP, Command.FAREWELL);
        assertThat(command.wrongRequestCloses()).isEqualTo(requestCloses.contains(command));
        assertThat(command.wrongResponseCloses()).isEqualTo(responseCloses.contains(command));
    }

    @ParameterizedTest
    @CsvSource({"1, ENOENT", "2, ENOMEM", "3, EIO", "4, ENOSPC", "5, EINVAL", "6, ENOLINK"})
    void errorsTravel(int wire, Errno errno) {
        assertThat(WireError.of(errno)).isEqualTo(wire);
        assertThat(WireError.toErrno(wire)).isEqualTo(errno);
    }

    @Test
    void otherErrorsTravelAsEinval() {
        assertThat(WireError.of(Errno.ESTALE)).isEqualTo(5);
        assertThatIllegalArgumentException().isThrownBy(() -> WireError.toErrno(0));
        assertThatIllegalArgumentException().isThrownBy(() -> WireError.toErrno(7));
    }

    @ParameterizedTest
    @CsvSource({
        "0, 0, 1, 0, 5, 0, 0, seq 0",
        "1, 0, 0, 0, 5, 0, 0, id 0",
        "1, 0, 1, 1101, 5, 0, 0, payload of 1101",
        "1, 0, 1, 0, 20, 0, 0, unknown command 20",
        "1, 0, 1, 0, 255, 1, 0, unknown command 255",
        "1, 0, 1, 0, 5, 2, 0, unknown flags 0x2",
        "1, 0, 1, 0, 5, 3, 0, unknown flags 0x3",
        "1, 0, 1, 0, 5, 1, 7, unknown error 7",
        "1, 0, 1, 0, 5, 0, 1, request with error 1"
    })
    void impossibleHeadersAreNamed(
            long seq, long recvSeq, long id, int dataLen, int command, int flags, int error, String what) {
        NetHeader header = new NetHeader(seq, recvSeq, id, dataLen, command, flags, error);
        assertThat(header.violation()).startsWith(what);
        assertThat(header.toString()).contains("data_len " + dataLen);
    }
}
