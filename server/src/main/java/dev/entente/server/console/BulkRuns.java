package dev.entente.server.console;

import dev.entente.server.console.part.Query;
import dev.entente.server.store.BulkRunTable;
import dev.entente.v1.OperateMatchingRequest;
import dev.entente.v1.OperateMatchingResponse;
import io.grpc.ClientCall;
import java.util.List;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The console's runs of operations on many transactions, at all coordinators. Thread-safe; blocks. */
record BulkRuns(BulkRunTable stored) {
    /**
     * Begins a run; returns null if too many runs are active.
     *
     * @param query of the run's page
     * @param call creates the call with a request id
     */
    @Nullable
    BulkRun begin(
            Query query,
            Function<String, ClientCall<OperateMatchingRequest, OperateMatchingResponse>> call,
            OperateMatchingRequest request) {
        String id = UUID.randomUUID().toString();
        Query page = query.with("run", id);
        if (!stored.add(id, page.link("").substring(1))) {
            return null;
        }
        BulkRun run = new BulkRun(page, call.apply(id), stored);
        run.start(request);
        return run;
    }

    /** Returns the stored runs, the newest first. */
    List<BulkPage.Run> all() {
        return stored.latest().stream().map(BulkPage.Run::of).toList();
    }

    /** Returns the run of an id; null for none. */
    BulkPage.@Nullable Run find(String id) {
        return id.isEmpty()
                ? null
                : all().stream().filter(run -> run.id().equals(id)).findFirst().orElse(null);
    }
}
