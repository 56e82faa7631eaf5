package dev.entente.core.decision;

import com.google.protobuf.ByteString;
import dev.entente.core.transaction.Refusal;
import dev.entente.core.transaction.Role;
import dev.entente.core.transaction.Target;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** An action that a decision asks for. The order within a decision is kept. */
public sealed interface Effect {

    /**
     * Call a participant.
     *
     * @param attempt from 1
     * @param request with its bindings filled in
     */
    record Call(int branch, Role role, int attempt, Target target, ByteString request, Duration timeout)
            implements Effect {}

    /**
     * Look whether it is that delivery's turn, and tell by {@link Event.TurnCame} or {@link Event.Blocked}. Nothing
     * leaves.
     */
    record AwaitTurn(int branch) implements Effect {}

    /** Write the progress; the row stays ours, or becomes ours. */
    record Flush(@Nullable ByteString planAppended) implements Effect {}

    /** Write the progress and let the row go: it is due then, or parked. */
    record Rest(@Nullable Instant dueAt) implements Effect {}

    /** Write the finished row. */
    record Finish() implements Effect {}

    /** Look again then. */
    record Wake(Instant at) implements Effect {}

    /** The act must be offered again once a call has ended, a write is done, or it wakes. */
    record Defer() implements Effect {}

    /** The act is refused; nothing was changed by it. */
    record Refuse(Refusal refusal) implements Effect {}

    /**
     * The act is recorded: answer it once the history is durable up to that size.
     *
     * @param isIdle whether it changed nothing, for what it asks for was so already
     */
    record Recorded(int revision, boolean isIdle) implements Effect {}
}
