/**
 * Composes the coordinator: configuration, the server, and adapters between its parts. May use each package except the
 * command line, and the components that need wiring (a DataSource, gRPC servers, meter registries). Must never decide
 * anything about a transaction.
 *
 * <p>Read {@link dev.entente.server.app.Server} first; {@link dev.entente.server.app.Main} only checks Java's version.
 */
@NullMarked
package dev.entente.server.app;

import org.jspecify.annotations.NullMarked;
