package org.scoutfs.app.contents;

import java.util.ArrayList;
import java.util.List;
import org.scoutfs.vfs.ArchiveFiles;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** The names of operations that wait for offline contents. */
final class WaitOps {
    private static final List<String> NAMES = List.of("read", "write", "change_size");
    private static final List<Integer> BITS =
            List.of(ArchiveFiles.WAIT_READ, ArchiveFiles.WAIT_WRITE, ArchiveFiles.WAIT_CHANGE_SIZE);

    private WaitOps() {}

    static List<String> names(int ops) {
        List<String> names = new ArrayList<>();
        for (int i = 0; i < NAMES.size(); i++) {
            if ((ops & BITS.get(i)) != 0) {
                names.add(NAMES.get(i));
            }
        }
        return names;
    }

    /** The bit of one name. */
    static final class Converter implements ITypeConverter<Integer> {
        @Override
        public Integer convert(String text) {
            int at = NAMES.indexOf(text);
            if (at < 0) {
                throw new TypeConversionException("invalid data wait op: '" + text + "'");
            }
            return BITS.get(at);
        }
    }
}
