/**
 * Composes the coordinator and offers its command line: configuration, the server, one class per command. It may use
 * every other package, picocli and the pieces that need wiring (a DataSource, gRPC servers, meter registries). It must
 * never decide anything about a transaction.
 *
 * <p>Open {@link dev.entente.server.app.CommandLine} first; {@link dev.entente.server.app.Main} only checks the Java
 * version.
 */
@NullMarked
package dev.entente.server.app;

import org.jspecify.annotations.NullMarked;
