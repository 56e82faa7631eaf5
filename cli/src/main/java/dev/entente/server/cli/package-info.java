/**
 * The command line: a class for each command or group. Commands speak to a coordinator over gRPC, as any client does;
 * {@code server} and {@code migrate} start what {@code app} composes. It alone may use picocli. Open {@link
 * dev.entente.server.cli.CommandLine} first.
 */
@NullMarked
package dev.entente.server.cli;

import org.jspecify.annotations.NullMarked;
