/**
 * A coordinator on virtual time: the real engine over a store in memory and simulated participants, driven by one
 * thread and a seed. It may use the server's engine and everything below it. It must never read a real clock or start a
 * thread.
 *
 * <p>Open {@link dev.entente.simulation.Simulation} first. The package {@code store} has the store in memory, {@code
 * world} time and kills, {@code drawing} plans, {@code mutant} broken engines, and {@code command} runs many seeds.
 */
@NullMarked
package dev.entente.simulation;

import org.jspecify.annotations.NullMarked;
