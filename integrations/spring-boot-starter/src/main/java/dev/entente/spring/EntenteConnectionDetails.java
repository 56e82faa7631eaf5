package dev.entente.spring;

import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.autoconfigure.service.connection.ConnectionDetails;

/**
 * The way to the coordinator. Made of {@code entente.target}, {@code entente.token} and {@code entente.tls} unless there
 * is a bean of this type, which goes before them: a test's, or that of a container.
 */
public interface EntenteConnectionDetails extends ConnectionDetails {
    /** Returns {@code host:port}, or several with commas. */
    String target();

    /** Returns what is asked for the bearer token with each call; null for none. */
    default @Nullable Supplier<String> bearerToken() {
        return null;
    }

    /** Tells whether the coordinator speaks TLS, trusted as the JVM trusts. */
    default boolean tls() {
        return false;
    }
}
