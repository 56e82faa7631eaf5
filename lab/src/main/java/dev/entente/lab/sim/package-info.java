/**
 * A coordinator on virtual time: the real engine over a store in memory and simulated participants, driven by one
 * thread and a seed. It may use the server's engine and everything below it. It must never read a real clock or start a
 * thread.
 *
 * <p>Open {@link dev.entente.lab.sim.Simulation} first; {@link dev.entente.lab.sim.InMemoryStore} is the store's half.
 */
@NullMarked
package dev.entente.lab.sim;

import org.jspecify.annotations.NullMarked;
