package dev.entente.bench;

import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** The folders of the sources and of the build. */
final class Checkout {
    private Checkout() {}

    /** {@code chosen}, or the jar of this checkout, whether it is there or not. */
    static Path serverJar(@Nullable Path chosen) {
        return (chosen != null ? chosen : folder().resolve("server/target/entente-server.jar")).toAbsolutePath();
    }

    /** The checkout's folder: as the launcher says, else two above this module, whose classes lie two below it. */
    static Path folder() {
        String home = System.getProperty("entente.home");
        if (home != null) {
            return Path.of(home);
        }
        try {
            URI code = Checkout.class
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toURI();
            return Path.of(code).resolve("../../../..").normalize();
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }
}
