package dev.entente.server.console;

import dev.entente.core.transaction.Refusal;
import dev.entente.server.codec.ExamplePlan;
import dev.entente.server.codec.GeneratedGids;
import dev.entente.server.codec.PlanText;
import dev.entente.server.console.part.ApiCalls;
import dev.entente.server.console.part.Part;
import dev.entente.server.console.part.Query;
import dev.entente.v1.Plan;
import dev.entente.v1.SubmitTransactionRequest;
import dev.entente.v1.SubmitTransactionResponse;
import dev.entente.v1.TransactionServiceGrpc;
import java.util.Arrays;
import java.util.List;

/**
 * The page on which a plan is written, checked and submitted.
 *
 * @param examples buttons that begin with another plan
 * @param plan the text of the form
 * @param gid for a plan without one: a form that is sent twice makes one transaction
 */
public record NewPage(List<Example> examples, String plan, String gid, Answer answer) {
    static final String PATH = "new";

    /** An example, by its name. */
    public record Example(String name, boolean isShown) {}

    /**
     * The answer to the plan that was sent just now.
     *
     * @param isValid whether it was checked, and may be submitted
     * @param warnings of such a check
     * @param status of HTTP
     * @param error why it was refused; empty where it was not
     * @param findings what is wrong, each with its place; empty where no place is known
     * @param kept why no example took the place of the text; empty where none was asked for
     * @param accepted the gid of the transaction that it has become; empty where it has not
     */
    public record Answer(
            boolean isValid,
            List<String> warnings,
            int status,
            String error,
            List<Part.Finding> findings,
            String kept,
            String accepted) {
        static final Answer NONE = kept("");

        static Answer refused(int status, String error, List<Part.Finding> findings) {
            return new Answer(false, List.of(), status, error, findings, "", "");
        }

        static Answer kept(String why) {
            return new Answer(false, List.of(), 200, "", List.of(), why, "");
        }
    }

    /** Returns the page with the example that the URL names, or the first. */
    static NewPage of(Frame frame) {
        ExamplePlan kind = Arrays.stream(ExamplePlan.values())
                .filter(one -> one.toString().equals(frame.query().get("example")))
                .findFirst()
                .orElse(ExamplePlan.saga);
        String gid = newGid(frame);
        return new NewPage(examples(kind.text(gid), gid), kind.text(gid), gid, Answer.NONE);
    }

    /** Returns the page with the example that the form asks for, unless its text is somebody's own. */
    private static NewPage of(Frame frame, String gid, String plan) {
        boolean isOwn = !plan.isEmpty() && examples(plan, gid).stream().noneMatch(Example::isShown);
        return isOwn ? new NewPage(examples(plan, gid), plan, gid, Answer.kept(frame.t("new.kept"))) : of(frame);
    }

    private static String newGid(Frame frame) {
        return GeneratedGids.next(frame.now().toEpochMilli());
    }

    private static List<Example> examples(String plan, String gid) {
        return Arrays.stream(ExamplePlan.values())
                .map(one -> new Example(one.toString(), one.text(gid).strip().equals(plan.strip())))
                .toList();
    }

    /** Checks the plan of a form, or submits it if the form says so. Blocks. */
    static NewPage posted(Frame frame, ApiCalls api) {
        Query form = frame.query();
        String gid = form.get("gid").isEmpty() ? newGid(frame) : form.get("gid");
        String plan = form.get("plan").replace("\r\n", "\n");
        if (!form.get("example").isEmpty()) {
            return of(frame, gid, plan);
        }
        boolean submits = form.get("do").equals("submit");
        Answer answer;
        boolean isAnothers = false;
        if (!frame.maySubmit() || (submits && !frame.mayAct())) {
            answer = Answer.refused(403, frame.t(frame.maySubmit() ? "new.read-only" : "new.role"), List.of());
        } else {
            try {
                Plan read = PlanText.parse(plan);
                boolean isNamed = !read.getGid().isEmpty();
                answer = answer(isNamed ? read : read.toBuilder().setGid(gid).build(), submits, frame, api);
                isAnothers = !isNamed && answer.status() == 409;
            } catch (Refusal unreadable) {
                answer = Answer.refused(
                        400,
                        frame.t("new.unreadable"),
                        unreadable.violations().stream()
                                .map(one ->
                                        new Part.Finding(one.field(), one.code().id() + ": " + one.message()))
                                .toList());
            }
        }
        return new NewPage(examples(plan, gid), plan, isAnothers ? newGid(frame) : gid, answer);
    }

    private static Answer answer(Plan plan, boolean submits, Frame frame, ApiCalls api) {
        SubmitTransactionRequest request = SubmitTransactionRequest.newBuilder()
                .setPlan(plan)
                .setValidateOnly(!submits)
                .build();
        Part<SubmitTransactionResponse> answered = api.ask(
                        TransactionServiceGrpc.getSubmitTransactionMethod(), request, frame.texts())
                .get();
        SubmitTransactionResponse response = answered.value();
        if (response == null) {
            return Answer.refused(answered.status(), answered.error(), answered.findings());
        }
        String gid = response.getTransaction().getGid();
        return new Answer(!submits, response.getWarningsList(), 200, "", List.of(), "", submits ? gid : "");
    }
}
