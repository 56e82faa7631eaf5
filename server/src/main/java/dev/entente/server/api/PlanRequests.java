package dev.entente.server.api;

import com.google.protobuf.ByteString;
import dev.entente.server.api.access.Caller;
import dev.entente.server.api.json.JsonPayloads;
import dev.entente.server.api.json.Mistakes;
import dev.entente.server.codec.PlanCodec;
import dev.entente.v1.BeginTransactionRequest;
import dev.entente.v1.Plan;
import dev.entente.v1.RegisterBranchRequest;
import dev.entente.v1.SubmitTransactionRequest;
import dev.entente.v1.TccBranch;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/**
 * Requests that carry plans: JSON is translated first, elsewhere; plain bytes are checked at once, on this thread.
 * Thread-safe.
 */
final class PlanRequests {
    private final PlanIntake intake;
    private final JsonPayloads json;
    private final Blocking blocking;

    PlanRequests(PlanIntake intake, JsonPayloads json, Blocking blocking) {
        this.intake = intake;
        this.json = json;
        this.blocking = blocking;
    }

    CompletableFuture<PlanIntake.Checked> submitted(SubmitTransactionRequest request, Caller caller) {
        if (request.hasFirstAttemptTime()) {
            intake.refuseForgotten(request.getFirstAttemptTime());
        }
        return json.isNeeded(request.getPlan())
                ? blocking.run(() -> {
                    Mistakes mistakes = new Mistakes();
                    Plan plan = json.translate(request.getPlan(), mistakes);
                    return intake.submitted(plan, request.getStrict(), caller, mistakes);
                })
                : CompletableFuture.completedFuture(
                        intake.submitted(request.getPlan(), request.getStrict(), caller, new Mistakes()));
    }

    CompletableFuture<PlanIntake.Checked> begun(BeginTransactionRequest request, Caller caller) {
        if (request.hasFirstAttemptTime()) {
            intake.refuseForgotten(request.getFirstAttemptTime());
        }
        return json.isNeeded(request.getPlan())
                ? blocking.run(() -> {
                    Mistakes mistakes = new Mistakes();
                    return intake.begun(json.translate(request.getPlan(), mistakes), caller, mistakes);
                })
                : CompletableFuture.completedFuture(intake.begun(request.getPlan(), caller, new Mistakes()));
    }

    /** A registered branch binds nothing but responses of its own try, so its transaction need not be known. */
    CompletableFuture<PlanCodec.DecodedBranch> registered(RegisterBranchRequest request) {
        TccBranch branch = request.getTcc();
        return json.isNeeded(branch)
                ? blocking.run(() -> {
                    Mistakes mistakes = new Mistakes();
                    return intake.registered(json.translate(branch, mistakes), mistakes);
                })
                : CompletableFuture.completedFuture(intake.registered(branch, new Mistakes()));
    }

    /** @throws dev.entente.core.transaction.Refusal ENT-023 where a row may not have to keep that much */
    Map<String, ByteString> checkedResponses(Map<String, ByteString> responses) {
        intake.refuseLarge(responses);
        return responses;
    }
}
