package dev.entente.faults.machine;

import java.io.IOException;
import java.io.InputStream;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Makes wall clocks that can be put off: a few lines of C between a process and its C library. Without a C compiler
 * ({@code cc}) no clock can be changed. (libfaketime does not do: under it every timed wait of a JVM returns at once.)
 */
final class Clocks {
    private final Path folder;
    private final Optional<Path> library;

    private Clocks(Path folder, Optional<Path> library) {
        this.folder = folder;
        this.library = library;
    }

    /** Compiles the library where it can be. Blocks. */
    static Clocks build(Path folder) throws IOException, InterruptedException {
        Path source = folder.resolve("clock.c");
        Path library = folder.resolve("clock.so");
        try (InputStream lines = Clocks.class.getResourceAsStream("/torture/clock.c")) {
            if (lines == null) {
                throw new IllegalStateException("missing on the class path: /torture/clock.c");
            }
            Files.copy(lines, source);
        }
        return new Clocks(folder, isCompiled(source, library) ? Optional.of(library) : Optional.empty());
    }

    private static boolean isCompiled(Path source, Path library) throws InterruptedException {
        try {
            return new ProcessBuilder("cc", "-O2", "-shared", "-fPIC", "-o", library.toString(), source.toString())
                            .redirectErrorStream(true)
                            .redirectOutput(Redirect.appendTo(
                                    source.resolveSibling("clock.log").toFile()))
                            .start()
                            .waitFor()
                    == 0;
        } catch (IOException noCompiler) {
            return false;
        }
    }

    /** One for the process of that name. */
    Clock of(String name) throws IOException {
        return new Clock(folder.resolve(name + ".clock"), library.orElse(null));
    }
}
