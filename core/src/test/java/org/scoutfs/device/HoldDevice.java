package org.scoutfs.device;

import java.nio.file.Path;

/** A process of its own that opens a device and holds it until its input ends. Arguments: path, access, sharing. */
final class HoldDevice {
    private HoldDevice() {}

    public static void main(String[] args) throws Exception {
        try (FileDevice device = FileDevice.open(Path.of(args[0]), Access.valueOf(args[1]), Sharing.valueOf(args[2]))) {
            System.out.println("open " + device.name());
            while (System.in.read() >= 0) {
                // until the test lets go
            }
        } catch (DeviceBusyException e) {
            System.out.println("busy");
        }
    }

    /** Starts such a process; it has the device when this returns. */
    static Process start(Path path, Access access, Sharing sharing) throws Exception {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+UseSerialGC",
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        HoldDevice.class.getName(),
                        path.toString(),
                        access.name(),
                        sharing.name())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        String line = process.inputReader().readLine();
        if (!("open " + path).equals(line)) {
            process.destroyForcibly().waitFor();
            throw new IllegalStateException("the other process said: " + line);
        }
        return process;
    }

    /** Lets the device go in the orderly way. */
    static void release(Process process) throws Exception {
        process.outputWriter().close();
        process.waitFor();
    }
}
