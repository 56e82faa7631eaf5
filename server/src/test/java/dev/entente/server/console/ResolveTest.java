package dev.entente.server.console;

import static dev.entente.server.console.ShownTransactions.event;
import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.server.console.part.ApiResult;
import dev.entente.server.console.part.Language;
import dev.entente.server.console.part.Query;
import dev.entente.v1.BranchStatus;
import dev.entente.v1.Call;
import dev.entente.v1.OperationPreview;
import dev.entente.v1.Transaction;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The page of the operation resolve: possible branches and outcomes, and the form. */
class ResolveTest {
    private static final Call.Outcome NONE = Call.Outcome.OUTCOME_UNSPECIFIED;

    private static Transaction.Builder branch(Transaction.Builder of, int at, BranchStatus.State state, String op) {
        of.getBranchesBuilder(at).setState(state).setCurrentOp(op);
        return of;
    }

    private static List<String> resolvable(Transaction.Builder transaction) {
        return Resolvable.branches(transaction.build()).stream()
                .map(BranchStatus::getId)
                .toList();
    }

    private static OperationPage page(Transaction.Builder of, Query more) {
        Query query = more.with("gid", of.getGid()).with("operation", "resolve");
        Frame frame = Rendered.frame("transaction/operation", query, Duration.ZERO, Language.ENGLISH);
        Transaction transaction = of.build();
        OperationForm form = Resolvable.completed(new OperationForm(query), transaction);
        OperationPreview preview = form.request(com.google.protobuf.ByteString.EMPTY) == null
                ? null
                : OperationPreview.newBuilder().setRevision(1).build();
        OperationPage page = new OperationPage(form, transaction, preview, ApiResult.of(""), frame.texts());
        MarkupRules.verify(Rendered.html("operation.jte", frame, page));
        return page;
    }

    @Test
    void a_called_or_stuck_forward_operation_can_be_resolved() {
        Transaction.Builder saga = ShownTransactions.steps(6);
        branch(saga, 0, BranchStatus.State.DONE, "action");
        branch(saga, 1, BranchStatus.State.CALLED, "action");
        branch(saga, 2, BranchStatus.State.PENDING, "action");
        branch(saga, 3, BranchStatus.State.PENDING, "action")
                .getBranchesBuilder(3)
                .setLastError("a field is absent");
        branch(saga, 4, BranchStatus.State.AWAITING_APPROVAL, "approval");
        branch(saga, 5, BranchStatus.State.CALLED, "approval");

        assertThat(resolvable(saga)).containsExactly("step-1", "step-3");
        assertThat(resolvable(saga.setState(Transaction.State.SCHEDULED))).isEmpty();
        assertThat(resolvable(saga.setState(Transaction.State.ABORTED))).isEmpty();
    }

    @Test
    void an_open_undo_can_be_resolved_unless_the_undo_itself_was_resolved() {
        Transaction.Builder saga = ShownTransactions.steps(5).setState(Transaction.State.UNDOING);
        branch(saga, 0, BranchStatus.State.DONE, "compensate");
        branch(saga, 1, BranchStatus.State.UNDONE, "compensate");
        branch(saga, 2, BranchStatus.State.REJECTED, "action");
        branch(saga, 3, BranchStatus.State.RESOLVED, "compensate");
        branch(saga, 4, BranchStatus.State.RESOLVED, "compensate");
        event(saga, 5, "RESOLVED", "step-3", "action", NONE);
        event(saga, 6, "RESOLVED", "step-4", "compensate", NONE);

        assertThat(resolvable(saga)).containsExactly("step-0", "step-3");
    }

    @ParameterizedTest
    @CsvSource({
        "saga, RUNNING, action, done undone never-happened",
        "saga, UNDOING, compensate, undone",
        "tcc, COMPLETING, confirm, done",
        "message, RUNNING, deliver, done",
        "message, BEGUN, check, done never-happened",
        "notification, RUNNING, deliver, done never-happened"
    })
    void only_possible_outcomes_are_offered(String kind, Transaction.State state, String op, String truths) {
        Transaction.Builder shown = ShownTransactions.example(kind).setState(state);
        assertThat(Resolvable.truths(shown.build(), op)).containsExactly(truths.split(" "));
        event(shown, 4, "PIVOT_CALLED", "ship", "action", NONE);
        if (op.equals("action")) {
            assertThat(Resolvable.truths(shown.build(), op)).containsExactly("done");
        }
    }

    @Test
    void a_single_possible_resolution_is_preselected_and_several_are_choices() {
        Transaction.Builder saga = ShownTransactions.example("saga").setState(Transaction.State.UNDOING);
        branch(saga, 0, BranchStatus.State.DONE, "compensate");
        OperationPage only = page(saga, Query.NONE);
        assertThat(only.form().label(only.texts())).isEqualTo("Resolve reserve");
        assertThat(only.isChosen()).isTrue();
        assertThat(only.again()).isEmpty();
        assertThat(only.fixed()).containsEntry("op", "compensate").containsEntry("as", "undone");

        branch(saga, 1, BranchStatus.State.FAILED, "compensate");
        OperationPage open = page(saga, Query.NONE);
        assertThat(open.isChosen()).isFalse();
        assertThat(open.choices().getFirst().isOpen()).isTrue();
        assertThat(open.choices().getFirst().values())
                .extracting(TransactionsPage.Choice::text)
                .containsExactly("reserve: compensate (Done, not undone)", "pay: compensate (Failed)");
        assertThat(open.choices().getLast().isOpen()).isFalse();
        saga.getBranchesBuilder(0).setLastOutcome(Call.Outcome.OK);
        assertThat(page(saga, Query.NONE).fixed()).as("alone was tried").containsEntry("branch", "pay");
        assertThat(page(saga, Query.NONE.with("choose", "1")).isChosen()).isFalse();
        OperationPage chosen = page(saga, Query.NONE.with("branch", "pay"));
        assertThat(chosen.fixed()).containsEntry("branch", "pay").containsEntry("op", "compensate");
        assertThat(chosen.again())
                .isEqualTo("transaction/operation?gid=" + saga.getGid() + "&operation=resolve&choose=1");
        assertThat(page(saga.clearBranches(), Query.NONE).choices()).isEmpty();
    }
}
