/**
 * The values that a barrier works with: an operation's state as its row has it, the fence of a call, and times. Open
 * {@link dev.entente.participant.barrier.BarrierVerdict} first. It may use the platform. It must never know a call or a
 * connection.
 */
@Internal
@NullMarked
package dev.entente.participant.barrier;

import dev.entente.Internal;
import org.jspecify.annotations.NullMarked;
