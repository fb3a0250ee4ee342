/**
 * What commands put out: records first, their form second. A command that lists or shows gives {@link org.scoutfs.app.output.Row}s to an
 * {@link org.scoutfs.app.output.Output}, which prints the text of each as the reference does, or its fields in another form.
 */
@NullMarked
package org.scoutfs.app.output;

import org.jspecify.annotations.NullMarked;
