package dev.entente.lab.compat;

import dev.entente.rig.Ended;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Finds Java runtimes where {@code ./entente} looks for them. */
final class InstalledJdk {
    private static final Path LAUNCHER = Path.of(System.getProperty("entente.home", ".."), "entente");

    private InstalledJdk() {}

    /** Returns the {@code java} of a runtime with that feature number; this process's own where that is it. */
    static Optional<Path> java(int feature) throws IOException {
        if (Runtime.version().feature() == feature) {
            return Optional.of(Path.of(System.getProperty("java.home"), "bin/java"));
        }
        Ended search = Ended.run(List.of(LAUNCHER.toString(), "java-home", Integer.toString(feature)));
        return search.exit() == 0 ? Optional.of(Path.of(search.out().strip(), "bin/java")) : Optional.empty();
    }
}
