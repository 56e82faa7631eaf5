/**
 * The input and output of commands: plan files and their mistakes, lines and timelines, JSON, failures with their exit
 * codes. It must never know a command. Open {@link dev.entente.server.cli.text.Failure} first.
 */
@NullMarked
package dev.entente.server.cli.text;

import org.jspecify.annotations.NullMarked;
