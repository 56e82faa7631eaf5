package dev.entente.torture.check;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.torture.check.Shape.BranchShape;
import dev.entente.torture.check.Shape.Pattern;
import dev.entente.torture.check.TransactionReport.Entry;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class CheckerTest {
    private static List<Violation> judge(Rule rule, List<Shape> shapes, List<TransactionReport> txReports) {
        Evidence evidence = new Evidence(shapes, List.of(), List.of(), List.of(), List.of(), txReports, List.of());
        return Checker.judge(evidence).stream()
                .filter(violation -> violation.rule() == rule)
                .toList();
    }

    private static Shape message(String gid, String... branches) {
        List<BranchShape> deliveries = List.of(branches).stream()
                .map(name -> new BranchShape(name, false, null).in("queue"))
                .toList();
        return new Shape(gid, Pattern.MESSAGE, deliveries);
    }

    private static TransactionReport txReport(String gid, ReportedState standing, String because, String outcome) {
        String state = standing.isEnd() ? standing.name() : "RUNNING";
        return new TransactionReport(
                gid,
                1,
                standing,
                state,
                because,
                false,
                Map.of(),
                List.of(
                        new Entry(1, 1, "ACCEPTED", "", "", 0, "", "RUNNING"),
                        new Entry(2, 2, "CALL_FINISHED", "one", "deliver", 1, outcome, state)));
    }

    @Test
    void two_lost_messages_in_one_queue_do_not_excuse_each_other() {
        List<Violation> found = judge(
                Rule.ACCEPTED_ENDS,
                List.of(message("a", "one"), message("b", "one")),
                List.of(
                        txReport("a", ReportedState.OPEN, "", "UNAVAILABLE"),
                        txReport("b", ReportedState.OPEN, "", "UNAVAILABLE")));
        assertThat(found).extracting(Violation::gid).containsExactlyInAnyOrder("a", "b");
    }

    @Test
    void a_delivery_may_wait_behind_a_refused_delivery_of_its_message() {
        assertThat(judge(
                        Rule.ACCEPTED_ENDS,
                        List.of(message("a", "one", "two")),
                        List.of(txReport("a", ReportedState.OPEN, "", "FAILED"))))
                .isEmpty();
    }

    @Test
    void a_message_may_wait_behind_a_message_parked_without_a_response() {
        assertThat(judge(
                        Rule.ACCEPTED_ENDS,
                        List.of(message("a", "one"), message("b", "one")),
                        List.of(
                                txReport("a", ReportedState.PARKED, "DELIVERY_EXHAUSTED", "UNKNOWN"),
                                txReport("b", ReportedState.OPEN, "", "IN_PROGRESS"))))
                .isEmpty();
    }

    @Test
    void a_parked_transaction_without_a_fault_is_a_violation() {
        assertThat(judge(
                        Rule.ACCEPTED_ENDS,
                        List.of(message("a", "one")),
                        List.of(txReport("a", ReportedState.PARKED, "DELIVERY_REFUSED", "FAILED"))))
                .hasSize(1);
    }

    @Test
    void a_succeeded_transaction_needs_a_recorded_success_of_each_branch() {
        TransactionReport succeeded = txReport("a", ReportedState.SUCCEEDED, "", "UNKNOWN");
        assertThat(judge(Rule.REPLAY, List.of(message("a", "one")), List.of(succeeded)))
                .extracting(Violation::what)
                .containsExactly("the transaction is SUCCEEDED without a successful call of one");
    }

    private static LedgerCall call(String gid, String branch, String op, long at) {
        return new LedgerCall("east", at, gid, branch, op, 1, 0, "coordinator-0", "");
    }

    private static LedgerEffect effect(String gid, String branch, String op, long number, long at) {
        return new LedgerEffect("east", number, at, gid, branch, op, 1, 0, 0, "");
    }

    private static ClientAnswer accepted(String gid, long at) {
        return new ClientAnswer(gid, at, at, ClientAnswer.Event.ACCEPTED, ReportedState.OPEN);
    }

    @Test
    void unreadable_records_cause_no_violation() {
        Shape message = message("a", "one");
        Shape behind = message("b", "one");
        Shape saga = new Shape("s", Pattern.SAGA, List.of(new BranchShape("debit", true, null)));
        Evidence evidence = new Evidence(
                List.of(message, behind, saga),
                List.of(
                        accepted("a", 1000),
                        accepted("b", 5000),
                        accepted("s", 1000),
                        new ClientAnswer("s", 1100, 1200, ClientAnswer.Event.SEEN, ReportedState.ABORTED)),
                List.of(
                        call("a", "one", "deliver", 9000),
                        call("b", "one", "deliver", 8000),
                        call("s", "debit", "action", 1050),
                        call("s", "debit", "compensate", 1150)),
                List.of(),
                List.of(effect("s", "debit", "action", 1, 1050), effect("s", "debit", "compensate", 2, 1150)),
                List.of(TransactionReport.unread("a"), TransactionReport.unread("b"), TransactionReport.unread("s")),
                List.of());

        assertThat(Checker.judge(evidence)).isEmpty();
    }

    @Test
    void ledgers_and_clients_prove_violations_without_a_readable_record() {
        Shape saga = new Shape("s", Pattern.SAGA, List.of(new BranchShape("debit", true, null)));
        Evidence evidence = new Evidence(
                List.of(saga),
                List.of(
                        new ClientAnswer("s", 1100, 1200, ClientAnswer.Event.SEEN, ReportedState.ABORTED),
                        new ClientAnswer("s", 1300, 1400, ClientAnswer.Event.SEEN, ReportedState.SUCCEEDED)),
                List.of(),
                List.of(),
                List.of(effect("s", "debit", "action", 1, 1050), effect("s", "debit", "action", 2, 1060)),
                List.of(TransactionReport.unread("s")),
                List.of());

        assertThat(Checker.judge(evidence)).extracting(Violation::rule).contains(Rule.ONCE, Rule.ANSWERS_ARE_FINAL);
    }

    @Test
    void a_message_may_wait_behind_a_message_with_an_unreadable_record() {
        assertThat(judge(
                        Rule.ACCEPTED_ENDS,
                        List.of(message("a", "one"), message("b", "one")),
                        List.of(TransactionReport.unread("a"), txReport("b", ReportedState.OPEN, "", "IN_PROGRESS"))))
                .isEmpty();
    }

    @Test
    void a_transaction_may_be_parked_only_for_an_expected_reason() {
        Shape shape = message("a", "one").parkingFor(Set.of("DELIVERY_REFUSED"));
        assertThat(judge(
                        Rule.ACCEPTED_ENDS,
                        List.of(shape),
                        List.of(txReport("a", ReportedState.PARKED, "DELIVERY_REFUSED", "FAILED"))))
                .isEmpty();
        assertThat(judge(
                        Rule.ACCEPTED_ENDS,
                        List.of(shape),
                        List.of(txReport("a", ReportedState.PARKED, "UNREADABLE_ROW", "FAILED"))))
                .hasSize(1);
    }

    @Test
    void each_approval_is_checked_against_its_own_expiry() {
        Shape saga = new Shape("a", Pattern.SAGA, List.of(), false, Map.of("no", false, "yes", true), Set.of());
        TransactionReport aborted = new TransactionReport(
                "a",
                1,
                ReportedState.ABORTED,
                "ABORTED",
                "",
                false,
                Map.of(),
                List.of(
                        new Entry(1, 1, "ACCEPTED", "", "", 0, "", "RUNNING"),
                        new Entry(2, 2, "APPROVAL_EXPIRED", "no", "approval", 0, "UNKNOWN", "RUNNING"),
                        new Entry(3, 3, "FINISHED", "", "", 0, "", "ABORTED")));
        Evidence evidence = new Evidence(
                List.of(saga),
                List.of(new ClientAnswer("a", 1, 4, ClientAnswer.Event.DISAPPROVED, ReportedState.OPEN)),
                List.of(),
                List.of(),
                List.of(),
                List.of(aborted),
                List.of());

        assertThat(Checker.judge(evidence)).isEmpty();
    }
}
