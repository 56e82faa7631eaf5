package dev.entente.server.participant;

import dev.entente.core.transaction.Outcome;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The way to the participants. Thread-safe; nothing blocks. */
public interface Participants {
    /**
     * Starts one call, or queues it behind its participant's limit. The answer comes exactly once, on any thread, at
     * the latest when the call's timeout has passed; a call that never left is answered {@link Outcome.NotSent}.
     */
    void call(BranchCall call, Consumer<Outcome> answer);

    /**
     * Returns how many more calls to that participant would leave before long. None would while others wait to leave,
     * or for a connection; one, to see, where nobody knows whether it can be reached.
     */
    default int room(String participant) {
        return Integer.MAX_VALUE;
    }

    /**
     * Looks at the gate of that participant. Goes through all calls that wait there.
     *
     * @param gids whose calls are asked about
     */
    default GateView gate(String participant, Set<String> gids) {
        return GateView.OPEN;
    }

    /** Returns the token by which a try's participant may register children below it, or null where nobody asks. */
    default @Nullable String joinToken(String gid, String branch, long fence) {
        return null;
    }
}
