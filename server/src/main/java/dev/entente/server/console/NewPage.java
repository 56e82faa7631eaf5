package dev.entente.server.console;

import dev.entente.core.transaction.Refusal;
import dev.entente.server.codec.ExamplePlan;
import dev.entente.server.codec.GeneratedGids;
import dev.entente.server.codec.MessageJson;
import dev.entente.server.codec.PlanText;
import dev.entente.server.console.part.ApiCalls;
import dev.entente.server.console.part.ApiResult;
import dev.entente.server.console.part.Query;
import dev.entente.v1.BranchStatus;
import dev.entente.v1.Plan;
import dev.entente.v1.SubmitTransactionRequest;
import dev.entente.v1.SubmitTransactionResponse;
import dev.entente.v1.Transaction;
import dev.entente.v1.TransactionServiceGrpc;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The page to write, check and submit a plan.
 *
 * @param plan the text of the form
 * @param gid for a plan without one, so that a form that is sent twice creates one transaction
 * @param note the key of a note: the own text was kept, or an earlier plan has no payloads; empty for none
 * @param answer to the plan that was just checked or not accepted; null for none
 */
public record NewPage(
        String plan, String gid, String note, @Nullable ApiResult<SubmitTransactionResponse> answer) {

    /** An example plan, by its name. */
    public record Example(String name, boolean isShown) {}

    /** Returns the page with the requested example, or with the first example. */
    static NewPage of(Frame frame) {
        String name = frame.query().get("example");
        ExamplePlan kind = name.isEmpty() ? ExamplePlan.saga : ExamplePlan.valueOf(name.replace('-', '_'));
        String gid = newGid(frame);
        return new NewPage(kind.text(gid), gid, "", null);
    }

    /** Returns the page with the plan of an earlier transaction, without its gid. */
    static NewPage again(Transaction earlier, Frame frame) {
        boolean isBare = !frame.visitor().isOperator()
                || earlier.getBranchesList().stream().noneMatch(BranchStatus::getHasPayload);
        String plan = MessageJson.text(earlier.getPlan().toBuilder().clearGid().build());
        return new NewPage(plan, newGid(frame), isBare ? "new.bare" : "", null);
    }

    private static String newGid(Frame frame) {
        return GeneratedGids.next(frame.now().toEpochMilli());
    }

    /** Returns the example plans. */
    public List<Example> examples() {
        return Arrays.stream(ExamplePlan.values())
                .map(one -> new Example(one.toString(), one.text(gid).strip().equals(plan.strip())))
                .toList();
    }

    /** Checks the plan of a form, submits the plan, or replaces the plan by an example. Blocks. */
    static View posted(Frame frame, ApiCalls api) {
        Query form = frame.query();
        if (!form.get("again").isEmpty()
                && frame.maySubmit()
                && frame.mayAct()) { // otherwise the page shows the reason
            return new TransactionPages(api).again(frame);
        }
        String gid = form.get("gid").isEmpty() ? newGid(frame) : form.get("gid");
        String plan = form.get("plan").replace("\r\n", "\n");
        if (!form.get("example").isEmpty()) {
            NewPage kept = new NewPage(plan, gid, "new.kept", null);
            boolean isOwn = !plan.isEmpty() && kept.examples().stream().noneMatch(Example::isShown);
            return View.of(frame, "new.jte", isOwn ? kept : of(frame));
        }
        boolean submits = form.get("do").equals("submit");
        ApiResult<SubmitTransactionResponse> answer = answer(plan, gid, submits, frame, api);
        SubmitTransactionResponse done = answer.value();
        if (submits && done != null) {
            return View.to(frame, TransactionRow.href(done.getTransaction().getGid()));
        }
        String next = answer.status() == 409 ? newGid(frame) : gid;
        return new View(frame, answer.status(), "new.jte", new NewPage(plan, next, "", answer));
    }

    private static ApiResult<SubmitTransactionResponse> answer(
            String text, String gid, boolean submits, Frame frame, ApiCalls api) {
        if (!frame.maySubmit() || (submits && !frame.mayAct())) {
            return ApiResult.failed(403, frame.t(frame.maySubmit() ? "new.read-only" : "new.role"));
        }
        try {
            Plan plan = PlanText.parse(text);
            SubmitTransactionRequest request = SubmitTransactionRequest.newBuilder()
                    .setPlan(
                            plan.getGid().isEmpty()
                                    ? plan.toBuilder().setGid(gid).build()
                                    : plan)
                    .setValidateOnly(!submits)
                    .build();
            return api.carryOut(TransactionServiceGrpc.getSubmitTransactionMethod(), request);
        } catch (Refusal unreadable) {
            List<ApiResult.Finding> findings = unreadable.violations().stream()
                    .map(one -> new ApiResult.Finding(one.field(), one.code().id() + ": " + one.message()))
                    .toList();
            return new ApiResult<>(null, 400, frame.t("new.unreadable"), findings, null);
        }
    }
}
