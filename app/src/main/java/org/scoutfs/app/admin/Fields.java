package org.scoutfs.app.admin;

import java.io.PrintWriter;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;

/** Names with values, one a line, or one value alone: stat and statfs. */
final class Fields {
    private static final int NAME_WIDTH = 17;

    private Fields() {}

    /**
     * @param single the name whose value is wanted, null for all
     * @throws FsException EINVAL for a name that there is not
     */
    static void print(PrintWriter out, Map<String, String> fields, @Nullable String single) throws FsException {
        if (single != null) {
            String value = fields.get(single);
            if (value == null) {
                throw new FsException(Errno.EINVAL, "unknown field: '" + single + "'");
            }
            out.println(value);
        } else {
            fields.forEach((name, value) ->
                    out.println(name + " ".repeat(Math.max(1, NAME_WIDTH + 1 - name.length())) + value));
        }
        out.flush();
    }
}
