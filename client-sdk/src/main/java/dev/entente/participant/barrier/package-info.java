/**
 * The barrier's rows: their values, and the statements that claim, store and read them on each database. Open {@link
 * dev.entente.participant.barrier.BarrierTable} first. It may use JDBC. It must never know a call.
 */
@Internal
@NullMarked
package dev.entente.participant.barrier;

import dev.entente.Internal;
import org.jspecify.annotations.NullMarked;
