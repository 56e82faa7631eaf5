/**
 * {@code entente sim}: the options of a run over many seeds. It may use the simulation. It must never evaluate a run.
 *
 * <p>Read {@link dev.entente.simulation.command.SimCommand} first.
 */
@NullMarked
package dev.entente.simulation.command;

import org.jspecify.annotations.NullMarked;
