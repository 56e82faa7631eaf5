package dev.entente.stories.packages;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.rig.Ended;
import dev.entente.rig.ServerJar;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** The output of {@code ./entente package}. The first use of this class creates output that is older than the build. */
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

    /** Returns the Maven repository. */
    static Path repository() {
        return FOLDER.resolve("maven");
    }

    private static String create() {
        try (FileChannel file = FileChannel.open(
                        HOME.resolve("target/packages.lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                FileLock _ = file.lock()) {
            Path last = FOLDER.resolve("SHA256SUMS");
            if (!Files.exists(last)
                    || Files.getLastModifiedTime(last).compareTo(Files.getLastModifiedTime(ServerJar.find())) < 0) {
                build();
            }
            Ended sums = Ended.run(new ProcessBuilder("sha256sum", "--check", "SHA256SUMS").directory(FOLDER.toFile()));
            assertThat(sums.exit()).as(sums.output()).isZero();
            return sums.out();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void build() throws IOException {
        ProcessBuilder builder = new ProcessBuilder(HOME.resolve("entente").toString(), "package");
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        builder.environment().put("ENTENTE_NO_BUILD", "1");
        builder.environment().remove("ENTENTE_JVM_ARGS");
        Ended created = Ended.run(builder);
        assertThat(created.exit()).as(created.output()).isZero();
        System.out.println("figures: " + created.err().strip());
    }
}
