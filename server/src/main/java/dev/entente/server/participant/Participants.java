package dev.entente.server.participant;

import dev.entente.core.transaction.Outcome;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The interface for calls to participants. Thread-safe; no method blocks. */
public interface Participants {
    /**
     * Starts one call, or queues the call behind its participant's limit. The outcome arrives exactly once, on any
     * thread, at the latest after the call's timeout. The outcome of a call that never left is {@link Outcome.NotSent}.
     */
    void call(BranchCall call, Consumer<Outcome> answer);

    /**
     * Returns how many more calls to a participant would leave soon. 0 if too many calls are queued, or if a call waits
     * for a connection; at most 1, as a probe, if the circuit is not closed.
     */
    default int capacity(String participant) {
        return Integer.MAX_VALUE;
    }

    /**
     * Returns the state of a participant's limit and circuit. Iterates over all calls in the queue.
     *
     * @param gids the transactions that the caller asks for
     */
    default AdmissionSnapshot admission(String participant, Set<String> gids) {
        return AdmissionSnapshot.OPEN;
    }

    /** Returns the token with which a try may register children below its branch; null if tries carry no tokens. */
    default @Nullable String joinToken(String gid, String branch, long fence) {
        return null;
    }
}
