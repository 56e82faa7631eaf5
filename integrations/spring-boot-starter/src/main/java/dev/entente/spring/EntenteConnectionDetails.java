package dev.entente.spring;

import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.autoconfigure.service.connection.ConnectionDetails;

/**
 * The connection to the coordinator. A bean of this type, such as a test's or a container's, overrides {@code
 * entente.target}, {@code entente.token} and {@code entente.tls}.
 */
public interface EntenteConnectionDetails extends ConnectionDetails {
    /** Returns {@code host:port}, or several separated by commas. */
    String target();

    /** Returns the supplier of the bearer token, which is called for each call; null for no token. */
    default @Nullable Supplier<String> bearerToken() {
        return null;
    }

    /** Returns whether the coordinator uses TLS with a certificate that the JVM trusts. */
    default boolean tls() {
        return false;
    }
}
