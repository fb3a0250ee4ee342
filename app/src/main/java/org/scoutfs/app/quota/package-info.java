/** Commands on quota rules, and their text (spec 5 section 5.5). */
@NullMarked
package org.scoutfs.app.quota;

import org.jspecify.annotations.NullMarked;
