/**
 * Tests of devices, and devices for the tests of others: {@link org.scoutfs.device.FaultDisk} loses power and fails, {@link
 * org.scoutfs.device.LeakCheck} finds who forgot to close. {@link org.scoutfs.device.BlockDeviceContract} is the contract as a suite for
 * every implementation.
 */
@NullMarked
package org.scoutfs.device;

import org.jspecify.annotations.NullMarked;
