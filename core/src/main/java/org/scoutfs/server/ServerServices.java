package org.scoutfs.server;

/** The services of one running server that requests go to. */
record ServerServices(
        ServerContext context,
        LogTreesService logTrees,
        LogMergeService logMerge,
        SrchService srch,
        StatfsService statfs,
        VolumeOptionsService options,
        ResizeService resize,
        LockServer locks,
        OpenInodeMap openInodes,
        Farewells farewells,
        Runnable farewellWanted) {}
