package dev.entente.spring.test;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/** The coordinator's runnable jar, which this library's jar contains. */
final class PackedServer {
    private static final String NAME = "entente-server.jar";
    private static final Path JAR = unpack();

    private PackedServer() {}

    /** Returns the file, which exists until the end of this JVM. */
    static Path jar() {
        return JAR;
    }

    private static Path unpack() {
        try (InputStream packed = PackedServer.class.getResourceAsStream(NAME)) {
            if (packed == null) {
                throw new IllegalStateException(
                        NAME + " is not packed into entente-spring-boot-test; build the server first: mvn package");
            }
            Path jar = Files.createTempFile("entente-server", ".jar");
            jar.toFile().deleteOnExit();
            Files.copy(packed, jar, StandardCopyOption.REPLACE_EXISTING);
            return jar;
        } catch (IOException failed) {
            throw new IllegalStateException("the coordinator's jar cannot be unpacked", failed);
        }
    }
}
