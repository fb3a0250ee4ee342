/**
 * Devices: the two byte ranges a volume lives on, on floor 0.
 *
 * <p>{@link org.scoutfs.device.BlockDevice} is the contract; everything above reads and writes through it and never sees a file
 * descriptor. {@link org.scoutfs.device.FileDevice} is the real one, a block device or a regular file through the C library;
 * {@link org.scoutfs.device.MemoryDevice} is sparse memory for tests and demonstrations. The test jar adds devices that lose power and
 * fail. {@link org.scoutfs.device.AlignedBuffers} lends the page-aligned memory that direct I/O wants.
 *
 * <p><b>Invariants.</b> All transfers are positioned, whole or failed, and in units of 4096 bytes. What was written is stable only
 * after {@link org.scoutfs.device.BlockDevice#flush()} returned. A device never grows by being written. A file descriptor is closed
 * only after the last transfer on it has returned, so a recycled number is never written by mistake.
 *
 * <p><b>Threads.</b> Every device may be used by any number of threads at once. A transfer blocks in the kernel through a native call,
 * which pins a virtual thread to its carrier without compensation (spec 6 section 10.2): it is correct from any thread, and
 * belongs on platform threads ({@code HostWorkers}). No thread is started here.
 *
 * <p><b>Locks.</b> None is held across a transfer. {@code AlignedBuffers} has one lock, a leaf: nothing else is taken under it.
 * Waiting there is for a buffer to come back, never for time.
 *
 * <p>Source: spec 1 section 2 (devices and block sizes), spec 5 section 5 and 7 (exclusive opens, messages), spec 6 section 10.
 */
@NullMarked
package org.scoutfs.device;

import org.jspecify.annotations.NullMarked;
