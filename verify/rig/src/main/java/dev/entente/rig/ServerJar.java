package dev.entente.rig;

import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** Finds the built coordinator. */
public final class ServerJar {
    private ServerJar() {}

    /**
     * Returns {@code server/target/entente-server.jar} of the checkout that the launcher names ({@code
     * -Dentente.home}), or of the checkout from which this code runs.
     *
     * @throws IllegalStateException if the jar was not built
     */
    public static Path find() {
        String home = System.getProperty("entente.home");
        return Stream.of(
                        home == null ? module().resolve("../../server") : Path.of(home, "server"),
                        Path.of("../../server"))
                .map(server -> server.resolve("target/entente-server.jar")
                        .toAbsolutePath()
                        .normalize())
                .filter(Files::isRegularFile)
                .findFirst()
                .orElseThrow(() -> new IllegalStateException(
                        "server/target/entente-server.jar is not built; run: mvn -B -DskipTests package"));
    }

    /** Returns this module's folder, the parent of target/classes or target/entente-rig.jar. */
    private static Path module() {
        try {
            Path code = Path.of(ServerJar.class
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toURI());
            Path target = code.getParent();
            Path module = target == null ? null : target.getParent();
            return module == null ? code : module;
        } catch (URISyntaxException e) {
            throw new IllegalStateException("the location of the program is unknown", e);
        }
    }
}
