package dev.entente.server.api;

import com.google.protobuf.ByteString;
import dev.entente.core.transaction.ErrorCode;
import dev.entente.core.transaction.Operation;
import dev.entente.core.transaction.Plan;
import dev.entente.core.transaction.Refusal;
import dev.entente.core.transaction.Role;
import dev.entente.core.transaction.VisibleText;
import dev.entente.server.api.json.JsonPayloads;
import dev.entente.server.engine.Snapshot;
import dev.entente.v1.Payload;
import dev.entente.v1.ReadPayloadRequest;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Returns one request or response of a transaction to authorized callers. Thread-safe; does not block. */
final class Payloads {
    private final JsonPayloads json;
    private final Blocking blocking;

    Payloads(JsonPayloads json, Blocking blocking) {
        this.json = json;
        this.blocking = blocking;
    }

    /** @return fails with ENT-001 if the transaction has no such operation */
    CompletableFuture<Payload> read(ReadPayloadRequest request, Snapshot snapshot) {
        Plan plan = snapshot.plan();
        for (int i = 0; i < plan.branches().size(); i++) {
            if (plan.branches().get(i).shownId().equals(request.getBranch())) {
                for (Role role : Role.values()) {
                    Operation operation = plan.branches().get(i).operation(role);
                    if (operation != null && isAsked(request, plan, i, role)) {
                        return read(request, snapshot, i, operation);
                    }
                }
            }
        }
        throw Refusal.of(
                ErrorCode.MALFORMED,
                "there is no operation '%s' of a branch '%s' that calls a participant"
                        .formatted(VisibleText.of(request.getOp()), VisibleText.of(request.getBranch())));
    }

    private static boolean isAsked(ReadPayloadRequest request, Plan plan, int branch, Role role) {
        return request.getResponse()
                ? role == Role.FORWARD
                : plan.operationName(branch, role).equals(request.getOp());
    }

    /** Runs on another thread, because JSON may need a participant's reflection. */
    private CompletableFuture<Payload> read(
            ReadPayloadRequest request, Snapshot snapshot, int branch, Operation operation) {
        @Nullable ByteString response = snapshot.progress().branch(branch).response();
        ByteString raw = request.getResponse() ? (response == null ? ByteString.EMPTY : response) : operation.body();
        return blocking.run(() -> {
            String text = raw.isEmpty() ? null : json.text(raw, operation.target(), !request.getResponse());
            return Payload.newBuilder()
                    .setRaw(raw)
                    .setJson(text == null ? "" : text)
                    .build();
        });
    }
}
