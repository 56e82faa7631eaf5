package dev.entente.lab.compat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/** Finds Java runtimes where {@code ./entente} looks for them. */
final class InstalledJdk {
    private static final Path LAUNCHER = Path.of(System.getProperty("entente.home", ".."), "entente");

    private InstalledJdk() {}

    /** Returns the {@code java} of a runtime with that feature number; this process's own where that is it. */
    static Optional<Path> java(int feature) throws IOException, InterruptedException {
        if (Runtime.version().feature() == feature) {
            return Optional.of(Path.of(System.getProperty("java.home"), "bin/java"));
        }
        Process search = new ProcessBuilder(LAUNCHER.toString(), "java-home", Integer.toString(feature))
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        String home = search.inputReader().readLine();
        return search.waitFor() == 0 && home != null ? Optional.of(Path.of(home, "bin/java")) : Optional.empty();
    }
}
