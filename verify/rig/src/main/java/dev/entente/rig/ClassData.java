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
 * Class data archives (CDS) for the processes of a rig; they halve the CPU time of a start. The build creates them
 * once, beside the server's jar. Without an archive, or with an archive of other jars, the JVM starts normally.
 */
public enum ClassData {
    COORDINATOR,
    PARTICIPANT;

    /** True if this process creates the archives instead of using them. */
    private static final boolean IS_MAKING = Boolean.getBoolean("entente.class-data");

    /** Returns the JVM's options for a start with the archive; empty if there is no archive. */
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
     * Returns this process's class path in an order that all processes share. It leaves out the folders and the jar of
     * the current module: that module contains no participants, and the JVM archives no folders.
     */
    static String classPath() {
        Path own = Path.of("target").toAbsolutePath();
        return Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(entry -> !own.equals(Path.of(entry).getParent()))
                .sorted()
                .collect(Collectors.joining(File.pathSeparator));
    }

    /** Creates the archives: starts each program once and ends it. A program that ends too late creates none. */
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
