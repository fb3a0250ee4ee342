package org.scoutfs;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.util.Map;
import java.util.Set;

/**
 * Holds the structure of this module: the floors, the separation of server and client, and where the outside world may be
 * touched. A new package is entered in {@link #FLOORS}; an exception is entered in a table here, with its reason.
 */
@AnalyzeClasses(packages = "org.scoutfs", importOptions = ImportOption.DoNotIncludeTests.class)
class FloorsTest {
    private static final String ROOT = "org.scoutfs";

    /** A package imports only from floors below its own. */
    private static final Map<String, Integer> FLOORS = Map.ofEntries(
            Map.entry("mount", 12),
            Map.entry("vfs", 11),
            Map.entry("fs", 10),
            Map.entry("item", 9),
            Map.entry("trans", 8),
            Map.entry("lock", 7),
            Map.entry("client", 6),
            Map.entry("server", 5),
            Map.entry("check", 4),
            Map.entry("quorum", 4),
            Map.entry("net", 4),
            Map.entry("srch", 3),
            Map.entry("alloc", 3),
            Map.entry("btree", 2),
            Map.entry("block", 1),
            Map.entry("device", 0),
            Map.entry("host", 0),
            Map.entry("format", 0),
            Map.entry("counter", 0),
            Map.entry("error", 0));

    /** Neighbours on one floor that may be imported all the same. */
    private static final Map<String, Set<String>> NEIGHBOURS = Map.of(
            // errors and counters are the vocabulary of every floor; sizes and checksums are facts of the format
            "format", Set.of("error"),
            "counter", Set.of("error"),
            "device", Set.of("format", "error", "counter"),
            "host", Set.of("format", "error", "counter"),
            // a compaction brings its own lists of free blocks
            "srch", Set.of("alloc"));

    /** Only {@code host} gives time, sleep, randomness and connections; so a cluster can be simulated from one seed. */
    private static final Map<String, Set<String>> OUTSIDE = Map.ofEntries(
            Map.entry("java.lang.System", Set.of("nanoTime", "currentTimeMillis")),
            Map.entry("java.lang.Thread", Set.of("sleep")),
            Map.entry("java.lang.Math", Set.of("random")),
            Map.entry("java.time.Instant", Set.of("now")),
            Map.entry("java.time.Clock", Set.of("systemUTC", "systemDefaultZone", "system")),
            Map.entry("java.util.Random", Set.of("<init>")),
            Map.entry("java.security.SecureRandom", Set.of("<init>")),
            Map.entry("java.util.concurrent.ThreadLocalRandom", Set.of("current")),
            Map.entry("java.util.UUID", Set.of("randomUUID")),
            Map.entry("java.net.Socket", Set.of("<init>")),
            Map.entry("java.net.ServerSocket", Set.of("<init>")),
            Map.entry("java.net.DatagramSocket", Set.of("<init>")),
            Map.entry("java.nio.channels.SocketChannel", Set.of("open")),
            Map.entry("java.nio.channels.ServerSocketChannel", Set.of("open")),
            Map.entry("java.nio.channels.DatagramChannel", Set.of("open")));

    private static final String[] CLIENT_SIDE = {
        "org.scoutfs.client..",
        "org.scoutfs.lock..",
        "org.scoutfs.trans..",
        "org.scoutfs.item..",
        "org.scoutfs.fs..",
        "org.scoutfs.vfs.."
    };

    @ArchTest
    static final ArchRule packagesImportOnlyFromFloorsBelow = classes().should(standOnTheirFloor());

    @ArchTest
    static final ArchRule serverDoesNotReachIntoClientSide = noClasses()
            .that()
            .resideInAPackage("org.scoutfs.server..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(CLIENT_SIDE)
            .because("client and server meet only through net, also in one process")
            .allowEmptyShould(true);

    @ArchTest
    static final ArchRule clientSideDoesNotReachIntoServer = noClasses()
            .that()
            .resideInAnyPackage(CLIENT_SIDE)
            .should()
            .dependOnClassesThat()
            .resideInAPackage("org.scoutfs.server..")
            .because("client and server meet only through net, also in one process; mount composes both")
            .allowEmptyShould(true);

    @ArchTest
    static final ArchRule onlyHostTouchesTheOutside = classes()
            .that()
            .resideOutsideOfPackage("org.scoutfs.host..")
            .should(notTouchTheOutside())
            .allowEmptyShould(true);

    @ArchTest
    static final ArchRule staticFieldsAreFinal = fields().that()
            .areStatic()
            .should()
            .beFinal()
            .because("many mounts live in one JVM and share no state")
            .allowEmptyShould(true);

    private static ArchCondition<JavaClass> standOnTheirFloor() {
        return new ArchCondition<>("stand on their floor") {
            @Override
            public void check(JavaClass from, ConditionEvents events) {
                if (from.getPackageName().equals(ROOT)) {
                    if (!from.getSimpleName().equals("package-info")) {
                        violated(from, from.getName() + " is in " + ROOT + ", which holds no code", events);
                    }
                    return;
                }
                if (!FLOORS.containsKey(packageOf(from))) {
                    violated(from, from.getName() + ": enter package " + packageOf(from) + " in FLOORS", events);
                    return;
                }
                for (Dependency dependency : from.getDirectDependenciesFromSelf()) {
                    JavaClass to = dependency.getTargetClass().getBaseComponentType();
                    if (isOurs(to) && !mayImport(packageOf(from), packageOf(to))) {
                        violated(from, dependency.getDescription(), events);
                    }
                }
            }
        };
    }

    private static boolean mayImport(String from, String to) {
        return from.equals(to)
                || FLOORS.getOrDefault(to, Integer.MAX_VALUE) < FLOORS.getOrDefault(from, Integer.MIN_VALUE)
                || NEIGHBOURS.getOrDefault(from, Set.of()).contains(to);
    }

    private static ArchCondition<JavaClass> notTouchTheOutside() {
        return new ArchCondition<>("take time, randomness and connections from host") {
            @Override
            public void check(JavaClass from, ConditionEvents events) {
                for (JavaAccess<?> access : from.getAccessesFromSelf()) {
                    if (OUTSIDE.getOrDefault(access.getTargetOwner().getName(), Set.of())
                            .contains(access.getTarget().getName())) {
                        violated(from, access.getDescription(), events);
                    }
                }
            }
        };
    }

    private static boolean isOurs(JavaClass type) {
        return type.getPackageName().startsWith(ROOT + ".");
    }

    /** The first name below the root: {@code org.scoutfs.fs.xattr} is part of {@code fs}. */
    private static String packageOf(JavaClass type) {
        String below = type.getPackageName().substring(ROOT.length() + 1);
        int dot = below.indexOf('.');
        return dot < 0 ? below : below.substring(0, dot);
    }

    private static void violated(JavaClass type, String message, ConditionEvents events) {
        events.add(SimpleConditionEvent.violated(type, message));
    }
}
