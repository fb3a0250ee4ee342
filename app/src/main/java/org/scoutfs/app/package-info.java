/** The {@code scoutfs} command: one class per subcommand, all listed in {@link org.scoutfs.app.Main}. */
@NullMarked
package org.scoutfs.app;

import org.jspecify.annotations.NullMarked;
