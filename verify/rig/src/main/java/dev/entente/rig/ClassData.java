package dev.entente.rig;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The archived class data of a rig's processes, with which a start takes half the CPU time. The build makes them once,
 * beside the server's jar. Where they are missing or of other jars, the JVM does without.
 */
public enum ClassData {
    COORDINATOR,
    PARTICIPANT;

    /** Tells whether this process makes the archives, and does not use them. */
    private static final boolean IS_MAKING = Boolean.getBoolean("entente.class-data");

    /** The JVM's options for a start with it; none where there is none. */
    List<String> options() {
        if (IS_MAKING) {
            return List.of("-XX:ArchiveClassesAtExit=" + file(".jsa.new"), "-Xlog:disable");
        }
        Path archive = file(".jsa");
        return Files.exists(archive)
                ? List.of("-XX:SharedArchiveFile=" + archive, "-Xlog:cds*=off", "-Xlog:aot*=off")
                : List.of();
    }

    private Path file(String suffix) {
        return ServerJar.find().resolveSibling(name().toLowerCase(Locale.ROOT) + suffix);
    }

    /**
     * This process's class path in an order that all share, without the folders and the jar of the module that it runs
     * in: that has no participants, and of a folder no archive is made.
     */
    static String classPath() {
        Path own = Path.of("target").toAbsolutePath();
        return Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(entry -> !own.equals(Path.of(entry).getParent()))
                .sorted()
                .collect(Collectors.joining(File.pathSeparator));
    }

    /** Makes them: starts each program once and asks it to end. One that takes too long for that leaves none. */
    public static void main(String[] none) throws Exception {
        try (Playground playground = Playground.open()) {
            Shop shop = playground.startSmallShop();
            playground.startCoordinator("coordinator", 0, 0, shop.targets(), Map.of());
        }
        for (ClassData each : values()) {
            if (Files.exists(each.file(".jsa.new"))) {
                Files.move(each.file(".jsa.new"), each.file(".jsa"), StandardCopyOption.REPLACE_EXISTING);
            }
        }
    }
}
