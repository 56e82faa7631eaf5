package dev.entente.core.decision;

import com.google.protobuf.ByteString;
import dev.entente.core.transaction.Refusal;
import dev.entente.core.transaction.Role;
import dev.entente.core.transaction.Target;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** An action that a decision requires. The order within a decision is kept. */
public sealed interface Effect {

    /**
     * Calls a participant.
     *
     * @param attempt from 1
     * @param request with its bindings filled in
     */
    record Call(int branch, Role role, int attempt, Target target, ByteString request, Duration timeout)
            implements Effect {}

    /**
     * Checks the delivery's position in its queue, and reports {@link Event.PositionReached} or {@link Event.Blocked}. No call
     * leaves.
     */
    record AwaitPosition(int branch) implements Effect {}

    /** Writes the progress; this coordinator keeps the row, or becomes its owner. */
    record Flush(@Nullable ByteString planAppended) implements Effect {}

    /** Writes the progress and releases the row, which is due then, or parked. */
    record Rest(@Nullable Instant dueAt) implements Effect {}

    /** Writes the finished row. */
    record Finish() implements Effect {}

    /** Checks the transaction again at that time. */
    record Wake(Instant at) implements Effect {}

    /** Defers the request, which is offered again after a call ends, a write is done, or at a wake-up. */
    record Defer() implements Effect {}

    /** Refuses the request, which changed nothing. */
    record Refuse(Refusal refusal) implements Effect {}

    /**
     * Answers the recorded request once the history is durable up to that size.
     *
     * @param isIdle whether the request changed nothing, because its goal was already reached
     */
    record Recorded(int revision, boolean isIdle) implements Effect {}
}
