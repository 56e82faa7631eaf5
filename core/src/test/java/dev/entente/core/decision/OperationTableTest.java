package dev.entente.core.decision;

import static dev.entente.core.decision.Sketch.message;
import static dev.entente.core.decision.Sketch.notification;
import static dev.entente.core.decision.Sketch.saga;
import static dev.entente.core.decision.Sketch.step;
import static dev.entente.core.decision.Sketch.tcc;
import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.core.transaction.Approval;
import dev.entente.core.transaction.GlobalTransaction;
import dev.entente.core.transaction.TransactionState;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Compares the table of requests with the decider, except the rows that OperationTableRowsTest verifies. */
class OperationTableTest {
    private static final String NEVER = "–";
    private static final Duration LONG = Duration.ofHours(1);

    private static final Set<String> NOT_BY_THE_DECIDER = Set.of("register, of what its client began", "resend");

    static List<DocumentTable.Cell> cells() {
        return DocumentTable.below("### Operations by state", 2).stream()
                .filter(cell -> !cell.text().equals(NEVER))
                .filter(cell -> !NOT_BY_THE_DECIDER.contains(cell.row().getFirst()))
                .toList();
    }

    @ParameterizedTest
    @MethodSource("cells")
    void each_request_has_the_effect_listed_in_its_table_cell(DocumentTable.Cell cell) {
        String row = cell.row().getFirst();
        Play play = situation(row, cell.column(), cell.row().getLast());
        GlobalTransaction before = play.transaction();
        request(row, play);

        if (cell.text().startsWith("ENT-")) {
            assertThat(play.answer()).isEqualTo(cell.text().substring(0, "ENT-000".length()));
            assertThat(play.transaction().progress().parked())
                    .as("nothing was changed")
                    .isEqualTo(before.progress().parked());
        } else {
            assertThat(play.answer()).isEqualTo("done");
            assertThat(effect(before, play.transaction())).isEqualTo(cell.text());
        }
    }

    private static String effect(GlobalTransaction before, GlobalTransaction after) {
        boolean wasParked = before.progress().parked() != null;
        boolean isParked = after.progress().parked() != null;
        if (after.progress().revision() == before.progress().revision()) {
            return "no change";
        }
        if (after.state() != before.state()) {
            return after.state() + (isParked ? ", parked" : "");
        }
        return wasParked == isParked ? "recorded" : isParked ? "parked" : "continues";
    }

    // ---- requests

    private static void request(String row, Play play) {
        switch (row) {
            case "commit, of what its client began" ->
                play.request(new TransactionRequest.Commit(Set.of("a"), Map.of()));
            case "commit, of what was submitted" -> play.request(new TransactionRequest.Commit(Set.of(), Map.of()));
            case "abort" -> play.abort();
            case "register, in a TCC" -> play.registerNested(step("a/b"));
            case "approve" -> play.approve("ok");
            case "reject" -> play.request(new TransactionRequest.DecideApproval("ok", false, "op", "no", 0));
            case "park" -> play.park();
            case "resume" -> play.resume();
            case "retry" -> play.retry();
            case "force-finish" -> play.force(TransactionState.ABORTED);
            case "unsubscribe" ->
                play.request(new TransactionRequest.Drop("orders", "stock", true, "op", "unsubscribed"));
            case "skip" -> play.request(new TransactionRequest.Skip("op", "enough", 0));
            default -> throw new AssertionError("no act is called: " + row);
        }
    }

    // ---- situations

    private static Play situation(String row, String column, String parked) {
        boolean hasReason = parked.contains("for a reason");
        Play play = switch (row) {
            case "commit, of what its client began", "register, in a TCC" -> tccIn(column, hasReason);
            case "approve", "reject" -> approvalIn(column);
            case "unsubscribe", "skip" -> messageIn(column, hasReason);
            default -> sagaIn(column, hasReason);
        };
        return parked.contains("by an operator") ? play.park() : play;
    }

    private static Play sagaIn(String column, boolean hasReason) {
        return switch (column) {
            case "BEGUN" -> Play.begun(tcc(step("a")));
            case "SCHEDULED" -> Play.scheduled(saga(step("a")), Play.START.plusSeconds(9));
            case "RUNNING, may switch to undo" -> waits(Play.of(saga(step("a").backoff(LONG))), "a", hasReason);
            case "RUNNING, past the pivot" ->
                waits(
                        Play.of(saga(step("p").pivot().noUndo(), step("z").backoff(LONG)))
                                .succeed("p"),
                        "z",
                        hasReason);
            case "COMPLETING" -> waits(Play.of(tcc(step("a").backoff(LONG))).succeed("a"), "a", hasReason);
            case "UNDOING" ->
                waits(
                        Play.of(saga(step("a").backoff(LONG), step("b")))
                                .succeed("a")
                                .reject("b"),
                        "a",
                        hasReason);
            case "SUCCEEDED" -> Play.of(saga(step("a"))).succeed("a");
            case "ABORTED" -> Play.of(saga(step("a"))).reject("a");
            case "GIVEN_UP" -> Play.of(notification(step("a").attempts(1))).unknown("a");
            default -> throw new AssertionError("unknown column: " + column);
        };
    }

    /** Ends the last call without an answer, or as misconfigured if the transaction is to park. */
    private static Play waits(Play play, String branch, boolean hasReason) {
        return hasReason ? play.misconfigured(branch) : play.unknown(branch);
    }

    /** Creates a TCC transaction begun by its client, or a submitted one if the coordinator is to call the tries. */
    private static Play tccIn(String column, boolean hasReason) {
        Play begun = Play.begun(tcc(step("a").backoff(LONG)));
        return switch (column) {
            case "BEGUN" -> begun;
            case "SCHEDULED" -> Play.scheduled(tcc(step("a")), Play.START.plusSeconds(9));
            case "RUNNING, may switch to undo" -> waits(Play.of(tcc(step("a").backoff(LONG))), "a", hasReason);
            case "COMPLETING" -> waits(committed(begun), "a", hasReason);
            case "UNDOING" -> waits(begun.abort(), "a", hasReason);
            case "SUCCEEDED" -> committed(begun).succeed("a");
            case "ABORTED" -> begun.abort().succeed("a");
            default -> throw new AssertionError("unknown column: " + column);
        };
    }

    private static Play committed(Play begun) {
        return begun.request(new TransactionRequest.Commit(Set.of("a"), Map.of()));
    }

    private static Play approvalIn(String column) {
        Sketch sketch = saga(step("ok").approval(LONG, Approval.Expiry.REJECT), step("b"));
        return switch (column) {
            case "SCHEDULED" -> Play.scheduled(sketch, Play.START.plusSeconds(9));
            case "RUNNING, may switch to undo" -> Play.of(sketch);
            case "SUCCEEDED" -> Play.of(sketch).approve("ok").succeed("b").later(LONG);
            case "ABORTED" -> Play.of(sketch).abort();
            default -> throw new AssertionError("unknown column: " + column);
        };
    }

    private static Play messageIn(String column, boolean hasReason) {
        Sketch sketch = message(
                        step("delivery-1.stock").backoff(LONG),
                        step("delivery-1.mail").backoff(LONG))
                .published("delivery-1", "orders");
        return switch (column) {
            case "BEGUN" -> Play.begunMessage(sketch.checkedBack(3));
            case "SCHEDULED" -> Play.scheduled(sketch, Play.START.plusSeconds(9));
            case "RUNNING, may switch to undo", "RUNNING, past the pivot" ->
                waits(Play.of(sketch).succeed("delivery-1.mail"), "delivery-1.stock", hasReason);
            case "SUCCEEDED" -> Play.of(sketch).succeed("delivery-1.mail").succeed("delivery-1.stock");
            default -> throw new AssertionError("unknown column: " + column);
        };
    }
}
