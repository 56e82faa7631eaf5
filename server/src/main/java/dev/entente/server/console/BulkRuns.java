package dev.entente.server.console;

import dev.entente.server.console.part.Query;
import dev.entente.v1.OperateMatchingRequest;
import dev.entente.v1.OperateMatchingResponse;
import io.grpc.ClientCall;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The acts on many that this console has begun: those under way, and the latest that have ended. Thread-safe. */
final class BulkRuns {
    private static final int MOST = 16;

    private final Deque<BulkRun> runs = new ArrayDeque<>();

    /**
     * Begins one; null where too many are under way.
     *
     * @param query of its page
     */
    synchronized @Nullable BulkRun begin(
            Query query,
            ClientCall<OperateMatchingRequest, OperateMatchingResponse> call,
            OperateMatchingRequest request) {
        if (runs.size() == MOST) {
            BulkRun ended =
                    runs.reversed().stream().filter(BulkRun::isOver).findFirst().orElse(null);
            if (ended == null) {
                return null;
            }
            runs.remove(ended);
        }
        BulkRun run = new BulkRun(query.with("run", UUID.randomUUID().toString()), call);
        run.start(request);
        runs.addFirst(run);
        return run;
    }

    /** Returns them, the latest first. */
    synchronized List<BulkRun> all() {
        return List.copyOf(runs);
    }

    /** Returns the one of that id; null for none. */
    @Nullable
    BulkRun find(String id) {
        return all().stream()
                .filter(run -> run.query().get("run").equals(id))
                .findFirst()
                .orElse(null);
    }
}
