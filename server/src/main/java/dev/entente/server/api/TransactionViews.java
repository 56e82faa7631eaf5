package dev.entente.server.api;

import com.google.protobuf.Value;
import dev.entente.core.transaction.Operation;
import dev.entente.core.transaction.Plan;
import dev.entente.core.transaction.Refusal;
import dev.entente.core.transaction.Role;
import dev.entente.server.api.access.Caller;
import dev.entente.server.api.json.JsonPayloads;
import dev.entente.server.api.wire.Errors;
import dev.entente.server.engine.Snapshot;
import dev.entente.v1.Body;
import dev.entente.v1.Transaction;
import dev.entente.v1.View;
import java.util.concurrent.CompletableFuture;

/** Converts transactions for responses, with payloads as JSON on request. Thread-safe. */
final class TransactionViews {
    private final TransactionTranslation translation;
    private final JsonPayloads json;
    private final Blocking blocking;

    TransactionViews(TransactionTranslation translation, JsonPayloads json, Blocking blocking) {
        this.translation = translation;
        this.json = json;
        this.blocking = blocking;
    }

    /** Converts on this thread. */
    Transaction show(Snapshot snapshot, View view, Caller caller) {
        return translation.transaction(snapshot, view, caller);
    }

    /** Converts the transaction that results from a request, on this thread. */
    Transaction show(Snapshot snapshot, Caller caller) {
        return show(snapshot, View.BASIC, caller);
    }

    /** Converts on this thread, or on another thread if JSON may need a participant's reflection. */
    CompletableFuture<Transaction> show(Snapshot snapshot, View view, boolean rendersJson, Caller caller) {
        CompletableFuture<Transaction> shown = view == View.FULL || view == View.OUTLINE
                ? translation.meetNodes(snapshot).thenApply(_ -> show(snapshot, view, caller))
                : CompletableFuture.completedFuture(show(snapshot, view, caller));
        return rendersJson ? shown.thenCompose(plain -> inJson(plain, snapshot.plan())) : shown;
    }

    /**
     * Renders the payloads as JSON, or omits the JSON at the limit of concurrent renderings. The request was executed,
     * so the response must not be an error.
     */
    private CompletableFuture<Transaction> inJson(Transaction plain, Plan plan) {
        return blocking.run(() -> rendered(plain, plan))
                .exceptionallyCompose(thrown -> Errors.unwrap(thrown) instanceof Refusal
                        ? CompletableFuture.completedFuture(plain)
                        : CompletableFuture.failedFuture(thrown));
    }

    private Transaction rendered(Transaction shown, Plan plan) {
        Transaction.Builder rendered = shown.toBuilder();
        int result = plan.resultBranch() == null ? -1 : plan.indexOf(plan.resultBranch());
        if (shown.hasResult() && result >= 0) {
            render(plan, result, rendered.getResultBuilder());
        }
        for (int i = 0; i < rendered.getBranchesCount(); i++) {
            if (rendered.getBranches(i).hasResponse()) {
                render(plan, i, rendered.getBranchesBuilder(i).getResponseBuilder());
            }
        }
        return rendered.build();
    }

    private void render(Plan plan, int branch, Body.Builder body) {
        Operation operation = plan.branches().get(branch).operation(Role.FORWARD);
        if (operation == null) {
            return;
        }
        Value value = json.render(body.getRaw(), operation.target());
        if (value != null) {
            body.setJson(value);
        }
    }
}
