/**
 * The barrier's rows: their values, and the statements that claim, store and read them on each database. Read {@link
 * dev.entente.participant.barrier.BarrierTable} first. This package may use JDBC. It must not depend on calls.
 */
@Internal
@NullMarked
package dev.entente.participant.barrier;

import dev.entente.Internal;
import org.jspecify.annotations.NullMarked;
