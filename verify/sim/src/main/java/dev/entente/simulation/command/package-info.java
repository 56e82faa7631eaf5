/**
 * {@code entente sim}: seeds one after another, sums over them, and the smallest plan of a violation. It may use the
 * simulation. It must never judge a run itself.
 *
 * <p>Open {@link dev.entente.simulation.command.SimCommand} first.
 */
@NullMarked
package dev.entente.simulation.command;

import org.jspecify.annotations.NullMarked;
