package dev.entente.server.api.access;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * The PEM files of TLS, for the coordinator's port and for what coordinators ask of each other; {@link TlsFiles} reads
 * them.
 *
 * @param certificate this coordinator's chain; other coordinators verify in it the host that {@code grpc.advertise}
 *     names
 * @param key its private key
 * @param clientCa who signs clients' certificates: then every client must have one; null: none is asked for
 * @param trusted what other coordinators' certificates are verified against, or null for the platform's
 */
public record Tls(
        Path certificate,
        Path key,
        @Nullable Path clientCa,
        @Nullable Path trusted) {}
