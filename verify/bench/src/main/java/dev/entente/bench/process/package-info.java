/**
 * The processes of a measurement (coordinators, participants, the database), and the machine's counters for them. It
 * may use the rig, the peers and the loads' requests. It must never evaluate a figure.
 *
 * <p>Read {@link dev.entente.bench.process.BenchProcess} first.
 */
@NullMarked
package dev.entente.bench.process;

import org.jspecify.annotations.NullMarked;
