package dev.entente.server.console;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.server.console.part.ApiCalls;
import dev.entente.server.console.part.ApiResult;
import dev.entente.server.console.part.Language;
import dev.entente.server.console.part.Query;
import dev.entente.server.console.part.ResponseCache;
import dev.entente.v1.BranchStatus;
import dev.entente.v1.Call;
import dev.entente.v1.OperationPreview;
import dev.entente.v1.Transaction;
import io.grpc.ManagedChannel;
import io.grpc.inprocess.InProcessChannelBuilder;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Operations that a transaction may have, and their pages. */
class OperationPageTest {
    @Test
    void a_force_finish_page_lists_remaining_undone_and_unknown_branches() {
        Transaction.Builder saga = ShownTransactions.steps(70).setGid("odd");
        BranchStatus.State[] states = {
            BranchStatus.State.DONE, BranchStatus.State.CONFIRMED, BranchStatus.State.CALLED, BranchStatus.State.UNDONE
        };
        for (int i = 0; i < states.length; i++) {
            saga.getBranchesBuilder(i).setState(states[i]);
        }
        saga.getBranchesBuilder(4)
                .setState(BranchStatus.State.DONE)
                .setCurrentOp("compensate")
                .setLastOutcome(Call.Outcome.UNKNOWN);
        assertThat(left(saga, "force-finish"))
                .containsExactly(
                        Map.entry("Effects that remain", "step-0 step-1"),
                        Map.entry("Not done, or undone", "step-3 " + names(5, 68) + " +2"),
                        Map.entry("Unknown: the call or its undo may have been done", "step-2 step-4"));
        assertThat(left(saga, "retry")).isEmpty();
    }

    @Test
    void a_forced_finish_names_the_branches_that_contradict_the_final_state() {
        Transaction.Builder saga = ShownTransactions.steps(3).setState(Transaction.State.UNDOING);
        saga.getBranchesBuilder(0).setState(BranchStatus.State.DONE);
        saga.getBranchesBuilder(1).setState(BranchStatus.State.UNDONE);

        assertThat(contradiction(saga, "SUCCEEDED"))
                .isEqualTo("Clients will see Succeeded, although these branches are undone or were not done: step-1,"
                        + " step-2; no further call is sent.");
        assertThat(contradiction(saga, "ABORTED"))
                .isEqualTo("Clients will see Aborted, although the effects of these branches remain: step-0;"
                        + " no further call is sent.");
        assertThat(contradiction(saga, "")).isEmpty();
        assertThat(contradiction(ShownTransactions.steps(10), "SUCCEEDED")).contains(", step-7 and 2 more;");
    }

    private static String contradiction(Transaction.Builder saga, String as) {
        Query query = Query.NONE.with("operation", "force-finish").with("as", as);
        Frame frame = Rendered.frame("transaction/operation", query, Duration.ZERO, Language.ENGLISH);
        return new OperationPage(new OperationForm(query), saga.build(), null, ApiResult.of(""), frame.texts())
                .contradiction();
    }

    @Test
    void only_retry_resume_and_park_need_no_reason() {
        assertThat(OperationForm.NAMES)
                .filteredOn(OperationForm::needsReason)
                .containsExactly("abort", "approve", "force-finish", "reject", "resend", "resolve", "skip");
        OperationForm retry = OperationForm.of(Map.of("gid", "a", "operation", "retry"));
        assertThat(retry.command()).isEqualTo("entente tx retry a");
        assertThat(new OperationForm(retry.query().with("reason", "it's fixed")).command())
                .isEqualTo("entente tx retry a --reason 'it'\\''s fixed'");
    }

    private static String names(int from, int to) {
        return IntStream.range(from, to).mapToObj(i -> "step-" + i).collect(Collectors.joining(" "));
    }

    private static List<Map.Entry<String, String>> left(Transaction.Builder saga, String act) {
        Query query = Query.NONE.with("gid", saga.getGid()).with("operation", act);
        Frame frame = Rendered.frame("transaction/operation", query, Duration.ZERO, Language.ENGLISH);
        OperationPreview preview = OperationPreview.newBuilder().setRevision(1).build();
        OperationPage page =
                new OperationPage(new OperationForm(query), saga.build(), preview, ApiResult.of(""), frame.texts());
        String html = Rendered.html("operation.jte", frame, page);
        MarkupRules.verify(html);
        assertThat(html.contains("<button type=\"submit\" class=\"danger\">")).isEqualTo(act.equals("force-finish"));
        return page.left().stream()
                .map(group -> Map.entry(
                        group.title(),
                        group.branches().stream().map(BranchStatus::getId).collect(Collectors.joining(" "))
                                + (group.more() > 0 ? " +" + group.more() : "")))
                .toList();
    }

    @Test
    void a_failure_with_an_unknown_outcome_is_not_shown_as_not_done() {
        Query query = Query.NONE.with("gid", "a").with("operation", "retry");
        Frame frame = Rendered.frame("transaction/operation", query, Duration.ZERO, Language.ENGLISH);
        for (ApiResult<?> tried : List.of(
                ApiResult.failed("no response within 15 s"),
                ApiResult.failed(503, "ENT-053: DEADLINE_EXCEEDED"),
                ApiResult.failed(503, "ENT-055: nothing was changed"),
                ApiResult.failed(400, "ENT-045: the transaction is not parked"))) {
            OperationPage page = new OperationPage(
                    new OperationForm(query), Transaction.getDefaultInstance(), null, tried, frame.texts());
            String html = Rendered.html("operation.jte", frame, page);
            MarkupRules.verify(html);
            boolean isOpen = tried.error().matches("no response.*|ENT-053.*");
            assertThat(html.contains("The outcome is unknown: the operation may have been done, or may be done later."))
                    .isEqualTo(isOpen);
            assertThat(html.contains("transaction?gid=a#history\"") && html.contains("audit?gid=a\""))
                    .isEqualTo(isOpen);
            assertThat(html.contains("Not done:")).isEqualTo(!isOpen);
        }
    }

    @Test
    void the_outcome_is_unknown_if_the_api_is_unavailable() {
        ManagedChannel unavailable = InProcessChannelBuilder.forName("unknown").build();
        for (String act : OperationForm.NAMES) {
            Query query = OperationForm.of(Map.of(
                            "gid",
                            "a",
                            "operation",
                            act,
                            "branch",
                            "b",
                            "op",
                            "action",
                            "as",
                            act.equals(OperationForm.FORCE) ? "ABORTED" : "done",
                            "reason",
                            "x"))
                    .at(1, 1)
                    .query();
            Frame frame = Rendered.frame("transaction/operation", query, Duration.ZERO, Language.ENGLISH);
            ApiCalls api =
                    new ApiCalls(unavailable, new ResponseCache(System::nanoTime), "", frame.texts(), frame.now());
            View view = new TransactionPages(api).acted(frame);
            assertThat(view.status()).isEqualTo(503);
            assertThat(Rendered.html(view.template(), frame, view.page()))
                    .as(act)
                    .contains("The outcome is unknown: the operation may have been done, or may be done later.")
                    .doesNotContain("Only a notification that was given up can be resent.");
        }
        unavailable.shutdownNow();
    }

    @Test
    void only_a_given_up_notification_has_an_operation_after_its_end() {
        Transaction.Builder ended = ShownTransactions.example("notification").setTerminal(true);

        assertThat(OfferedOperation.forms(
                        ended.setState(Transaction.State.SUCCEEDED).build()))
                .isEmpty();
        assertThat(OfferedOperation.forms(
                        ended.setState(Transaction.State.GIVEN_UP).build()))
                .extracting(OperationForm::act)
                .containsExactly("resend");
        Query query = Query.NONE.with("gid", "a").with("operation", "resend");
        Frame frame = Rendered.frame("transaction/operation", query, Duration.ZERO, Language.ENGLISH);
        for (Transaction shown : List.of(ended.build(), Transaction.getDefaultInstance())) {
            OperationPage page =
                    new OperationPage(new OperationForm(query), shown, null, ApiResult.of(""), frame.texts());
            String html = Rendered.html("operation.jte", frame, page);
            assertThat(html.contains("method=\"post\"")).isEqualTo(shown.getTerminal());
            assertThat(html.contains("Only a notification that was given up can be resent."))
                    .isEqualTo(!shown.getTerminal());
        }
    }
}
