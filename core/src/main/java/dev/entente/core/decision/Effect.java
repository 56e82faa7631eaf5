package dev.entente.core.decision;

import com.google.protobuf.ByteString;
import dev.entente.core.transaction.Refusal;
import dev.entente.core.transaction.Role;
import dev.entente.core.transaction.Target;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** An action that a decision requires. The effects of one decision are carried out in order. */
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
     * Checks the delivery's position in its queue, and reports {@link Event.PositionReached} or {@link Event.Blocked}.
     * No call leaves.
     */
    record AwaitPosition(int branch) implements Effect {}

    /** Writes the progress. This coordinator keeps the ownership of the row, or gets the ownership. */
    record Flush(@Nullable ByteString planAppended) implements Effect {}

    /** Writes the progress and releases the row. The row is due at that time, or parked. */
    record Release(@Nullable Instant dueAt) implements Effect {}

    /** Writes the finished row. */
    record Finish() implements Effect {}

    /** Checks the transaction again at that time. */
    record Wake(Instant at) implements Effect {}

    /** Defers the request. The engine offers the request again after a call, after a write, or at a wake-up. */
    record Defer() implements Effect {}

    /** Refuses the request, which changed nothing. */
    record Refuse(Refusal refusal) implements Effect {}

    /**
     * Answers the recorded request once the history is durable up to that revision.
     *
     * @param isIdle whether the request changed nothing, because its goal was already reached
     */
    record Recorded(int revision, boolean isIdle) implements Effect {}
}
