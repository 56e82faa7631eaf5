package dev.entente.stories.packages;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.rig.Ended;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;

/** The packages of {@code ./entente package}, created from the jars of this build at the first use of this class. */
final class BuiltPackages {
    /** The checkout. */
    static final Path HOME = Path.of(System.getProperty("entente.home"));

    private static final Path FOLDER = HOME.resolve("target/packages");
    private static final String SUMS = create();

    private BuiltPackages() {}

    /** Returns the package whose file name ends with {@code suffix}. */
    static Path find(String suffix) {
        String name = SUMS.lines()
                .map(line -> line.substring(0, line.indexOf(':')))
                .filter(file -> file.endsWith(suffix))
                .findFirst()
                .orElseThrow();
        return FOLDER.resolve(name);
    }

    private static String create() {
        ProcessBuilder builder = new ProcessBuilder(HOME.resolve("entente").toString(), "package");
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        builder.environment().put("ENTENTE_NO_BUILD", "1");
        builder.environment().remove("ENTENTE_JVM_ARGS");
        try {
            Ended created = Ended.run(builder);
            assertThat(created.exit()).as(created.output()).isZero();
            System.out.println("figures: " + created.err().strip());
            Ended sums =
                    Ended.run(new ProcessBuilder("sha256sum", "--check", "SHA256SUMS").directory(FOLDER.toFile()));
            assertThat(sums.exit()).as(sums.output()).isZero();
            return sums.out();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
