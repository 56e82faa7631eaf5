package dev.entente.backends;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Assumptions;

/**
 * A program that Maven cannot provide.
 *
 * @param name the program's file
 * @param packages the Debian packages that contain the program, separated by spaces
 */
public record DebianProgram(String name, String packages) {
    /** Skips a test if the program is missing; fails it under {@code ENTENTE_REQUIRE=all}. For tests only. */
    public void require() {
        boolean isInstalled = find().isPresent();
        if ("all".equals(System.getenv("ENTENTE_REQUIRE"))) {
            Assertions.assertTrue(isInstalled, advice());
        }
        Assumptions.assumeTrue(isInstalled, advice());
    }

    public boolean isInstalled() {
        return find().isPresent();
    }

    /** Returns the program's file. If the program is missing, the exception names the packages to install. */
    Path path() throws IOException {
        return find().orElseThrow(() -> new IOException(advice()));
    }

    private Optional<Path> find() {
        return Stream.of("/usr/sbin", "/usr/bin")
                .map(folder -> Path.of(folder, name))
                .filter(Files::isExecutable)
                .findFirst();
    }

    private String advice() {
        return "missing packages; run: apt-get install " + packages;
    }
}
