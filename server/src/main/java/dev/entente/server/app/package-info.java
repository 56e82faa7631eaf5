/**
 * Composes the coordinator: configuration, the server, and what stands between its parts. It may use every package but
 * the command line, and the pieces that need wiring (a DataSource, gRPC servers, meter registries). It must never
 * decide anything about a transaction.
 *
 * <p>Open {@link dev.entente.server.app.Server} first; {@link dev.entente.server.app.Main} only checks Java's version.
 */
@NullMarked
package dev.entente.server.app;

import org.jspecify.annotations.NullMarked;
