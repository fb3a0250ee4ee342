package org.scoutfs.device;

/** Seeds of random tests: printed, and given back with {@code -Dscoutfs.seed=N} through {@code -DargLine}. */
public final class Seeds {
    private Seeds() {}

    public static long next(String test) {
        Long given = Long.getLong("scoutfs.seed");
        long seed = given != null ? given : System.nanoTime();
        System.out.println(test + ": replay with -DargLine=-Dscoutfs.seed=" + seed);
        return seed;
    }
}
