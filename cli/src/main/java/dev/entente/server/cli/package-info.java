/**
 * The command line: one class for each command or group. Commands call a coordinator over gRPC, like any client. {@code
 * server} and {@code migrate} start the composition of {@code app}. Only this package may use picocli. Read {@link
 * dev.entente.server.cli.CommandLine} first.
 */
@NullMarked
package dev.entente.server.cli;

import org.jspecify.annotations.NullMarked;
