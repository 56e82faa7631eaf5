/**
 * A coordinator on virtual time: the real engine with a store in memory and simulated participants, driven by one
 * thread and a seed. It may use the server's engine and its dependencies. It must never read a real clock or start a
 * thread.
 *
 * <p>Read {@link dev.entente.simulation.Simulation} first. Other packages: {@code store} is the store in memory, {@code
 * world} time and kills, {@code drawing} plans, {@code mutant} broken engines, {@code command} runs over many seeds.
 */
@NullMarked
package dev.entente.simulation;

import org.jspecify.annotations.NullMarked;
