package dev.entente.server.api.access;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * The PEM files of TLS, for the coordinator's port and for calls between coordinators; {@link TlsFiles} reads them.
 *
 * @param certificate this coordinator's chain; other coordinators verify that the chain matches the host of {@code
 *     grpc.advertise}
 * @param key the chain's private key
 * @param clientCa the authorities of client certificates, which each client then needs; null: no client certificates
 * @param trusted the authorities of other coordinators' certificates, or null for the platform's authorities
 */
public record Tls(
        Path certificate,
        Path key,
        @Nullable Path clientCa,
        @Nullable Path trusted) {}
