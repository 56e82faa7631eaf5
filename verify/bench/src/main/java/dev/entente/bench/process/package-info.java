/**
 * Coordinators, participants and the database of a measurement as processes, and what the machine counts about them. It
 * may use the rig, the peers and the loads' requests. It must never judge a figure.
 *
 * <p>Open {@link dev.entente.bench.process.BenchProcess} first.
 */
@NullMarked
package dev.entente.bench.process;

import org.jspecify.annotations.NullMarked;
