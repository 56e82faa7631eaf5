package dev.entente.lab.compat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Finds Java runtimes in the folders where the build looks for them. */
final class InstalledJdk {
    private static final List<Path> FOLDERS = List.of(
            Path.of("/usr/lib/jvm"),
            Path.of("/usr/java"),
            Path.of("/opt/java"),
            Path.of(System.getProperty("user.home"), ".sdkman/candidates/java"));

    private InstalledJdk() {}

    /** The {@code java} of a runtime with that feature number; this process's own where that is it. */
    static Optional<Path> java(int feature) {
        if (Runtime.version().feature() == feature) {
            return Optional.of(Path.of(System.getProperty("java.home"), "bin/java"));
        }
        return FOLDERS.stream()
                .filter(Files::isDirectory)
                .flatMap(InstalledJdk::homes)
                .filter(home -> isOf(home, feature))
                .map(home -> home.resolve("bin/java"))
                .filter(Files::isExecutable)
                .findFirst();
    }

    private static Stream<Path> homes(Path folder) {
        try (Stream<Path> homes = Files.list(folder)) {
            return homes.sorted().toList().stream();
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    private static boolean isOf(Path home, int feature) {
        Path release = home.resolve("release");
        try {
            return Files.exists(release) && Files.readString(release).contains("JAVA_VERSION=\"" + feature + ".");
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }
}
