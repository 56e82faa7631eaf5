package dev.entente.server.console;

import static dev.entente.server.console.ShownTransactions.at;
import static dev.entente.server.console.ShownTransactions.call;
import static dev.entente.server.console.ShownTransactions.event;
import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.server.console.drawing.StatusStyle;
import dev.entente.server.console.part.ApiResult;
import dev.entente.server.console.part.Badge;
import dev.entente.server.console.part.Language;
import dev.entente.server.console.part.Query;
import dev.entente.v1.BranchStatus;
import dev.entente.v1.Call;
import dev.entente.v1.Parked;
import dev.entente.v1.Participant;
import dev.entente.v1.Transaction;
import dev.entente.v1.Waiting;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The page of one transaction as HTML. */
class TransactionDetailsTest {
    private static final String HOSTILE =
            "</title><script>alert('x')</script>\" ' onload=\"x\" style=\"y\" ]]> \u202e\u2066 \ud83d\ude00\n";
    private static final int MAX = 300_000;
    private static final Pattern OLDER = Pattern.compile("rel=\"next\" href=\"transaction\\?([^\"#]+)#history\"");
    private static final Pattern NUMBERS = Pattern.compile("<td class=\"num\">(\\d+)</td>");

    private static String page(Transaction.Builder transaction, Query query, Language language) {
        String html = Rendered.transactionPage(transaction.build(), query, Duration.ofHours(5), language);
        MarkupRules.verify(html);
        assertThat(html.length()).as("size").isLessThan(MAX);
        return html;
    }

    private static String page(Transaction.Builder transaction) {
        return page(transaction, Query.NONE, Language.ENGLISH);
    }

    @ParameterizedTest
    @ValueSource(strings = {"saga", "approval", "tcc", "two-phase", "message", "notification", "http"})
    void each_example_has_plan_timeline_branches_and_history(String kind) {
        Transaction.Builder transaction = ShownTransactions.example(kind);
        for (Language language : Language.values()) {
            String html = page(transaction, Query.NONE, language);
            assertThat(html)
                    .contains("<svg class=\"plan wide\"", "<svg class=\"plan narrow\"")
                    .contains("<svg class=\"time wide\"", "<svg class=\"time narrow\"")
                    .contains("id=\"history\"", "id=\"branches\"");
            transaction
                    .getBranchesList()
                    .forEach(branch -> assertThat(html).contains("<bdi>" + branch.getId() + "</bdi>"));
        }
    }

    @Test
    void the_facts_contain_the_trace_id() {
        String id = "0af7651916cd43dd8448eb211c80319c";
        assertThat(page(ShownTransactions.example("saga").setTraceId(id)))
                .contains("<dt>Trace id</dt>", "<bdi>" + id + "</bdi>");
    }

    @Test
    void passed_time_alone_is_not_a_change() {
        Transaction.Builder waits = ShownTransactions.example("saga");
        waits.getWaitingBuilder().setKind(Waiting.Kind.APPROVAL).setSentence("waits 1 s");
        Transaction before = waits.build();
        waits.getWaitingBuilder().setSentence("waits 2 s");
        assertThat(TransactionPages.timeless(waits.build())).isEqualTo(TransactionPages.timeless(before));
    }

    @Test
    void operations_are_links_with_commands_or_show_why_they_are_not_possible() {
        Transaction transaction = ShownTransactions.example("saga")
                .setGid("it's")
                .setRevision(9007199254740993L)
                .build();
        Frame frame = Rendered.frame("transaction", Query.NONE, Duration.ZERO, Language.ENGLISH);
        List<OfferedOperation> acts = OfferedOperation.forms(transaction).stream()
                .map(form -> new OfferedOperation(
                        form, form.act().equals("resume") ? "the transaction is not parked <b>" : ""))
                .toList();
        String html = Rendered.html("transaction.jte", frame, TransactionDetails.of(transaction, frame, acts, null));

        MarkupRules.verify(html);
        assertThat(Rendered.lines(html))
                .contains("<a class=\"act\" href=\"transaction/operation?gid=it%27s&amp;operation=retry\"")
                .contains(
                        "<a class=\"act danger\" href=\"transaction/operation?gid=it%27s&amp;operation=force-finish\"")
                .doesNotContain("operation=resume\"")
                .contains("the transaction is not parked &lt;b&gt;")
                .contains("entente tx park 'it'\\''s' --if-revision 9007199254740993");
        Frame viewer = Rendered.frame("transaction", Query.NONE, Duration.ZERO, Language.ENGLISH, Set.of("viewer"));
        assertThat(Rendered.html(
                        "transaction.jte", viewer, TransactionDetails.of(transaction, viewer, List.of(), null)))
                .doesNotContain("transaction/operation", "transaction/payload", "id=\"acts\"");
    }

    @Test
    void a_cli_command_breaks_only_between_words() {
        assertThat(page(ShownTransactions.example("saga"))).contains("<span>--reason</span> <span>REASON</span>");
    }

    @Test
    void a_final_state_shows_skipped_deliveries_and_force() {
        Transaction.Builder message = ShownTransactions.example("message")
                .setState(Transaction.State.SUCCEEDED)
                .setTerminal(true);
        message.getBranchesBuilderList().forEach(one -> one.setState(BranchStatus.State.DONE));
        assertThat(page(message)).contains("class=\"badge tone-good\">Succeeded</span>");

        message.getBranchesBuilderList().getLast().setState(BranchStatus.State.SKIPPED);
        assertThat(page(message)).contains("class=\"badge tone-wait\">Succeeded, 1 delivery skipped</span>");
        message.addBranchesBuilder().setId("another").setState(BranchStatus.State.SKIPPED);
        message.addBranchesBuilder().setId("check-back").setState(BranchStatus.State.SKIPPED);
        assertThat(page(message)).contains("Succeeded, 2 deliveries skipped");
        assertThat(page(message.setForced(true))).contains("class=\"badge tone-wait\">Succeeded, forced</span>");
        event(message, 9, "FINISHED", "", "", Call.Outcome.OUTCOME_UNSPECIFIED);
        assertThat(page(message))
                .contains("<bdi>Finished: Succeeded, forced</bdi>", "Finished: Succeeded, forced</title>")
                .containsPattern("class=\"dot tone-wait\"><title>[^<]*Finished: Succeeded, forced<")
                .containsPattern("class=\"sign tone-wait\"[^>]*>[^<]*</span> <bdi>Finished: Succeeded, forced<");
    }

    @Test
    void the_receivers_error_and_the_skip_reason_are_shown_separately() {
        Transaction.Builder message = ShownTransactions.example("message");
        String id = message.getBranches(0).getId();
        call(message, 5, id, "deliver", Call.Outcome.REJECTED);
        message.getHistoryBuilder(1).setDetail("no such mailbox");
        event(message, 9, "DROPPED", id, "deliver", Call.Outcome.OUTCOME_UNSPECIFIED);
        message.getHistoryBuilder(2).setActor("alice").setDetail("asked by phone");
        message.getBranchesBuilder(0)
                .setState(BranchStatus.State.SKIPPED)
                .setLastOutcome(Call.Outcome.REJECTED)
                .setLastError("no such mailbox");

        String table = page(message);
        assertThat(table.substring(table.indexOf("id=\"branches\""), table.indexOf("id=\"history\"")))
                .contains("rejected <span class=\"quiet\"><bdi>no such mailbox</bdi>")
                .contains(">Skipped by alice: asked by phone</bdi>");
    }

    @ParameterizedTest
    @CsvSource({
        "PENDING, 90, '', next attempt, in 1 min",
        "PENDING, -90, '', due, 1 min ago",
        "AWAITING_APPROVAL, 90, '', expires, in 1 min",
        "PENDING, 90, order-1, checks its queue position, in 1 min"
    })
    void the_next_step_of_a_branch_is_shown_with_its_time(
            BranchStatus.State state, long in, String behind, String what, String when) {
        Transaction.Builder saga = ShownTransactions.steps(1);
        saga.getBranchesBuilder(0)
                .setState(state)
                .setBlockedBy(behind)
                .setNextAttemptTime(at(Duration.ofHours(5).toMillis() + in * 1000));

        assertThat(page(saga)).contains(what + "\n<time", ">" + when + "</time>");
        saga.getParkedBuilder().setSince(at(0));
        assertThat(page(saga)).contains("none while parked").doesNotContain(what + "\n<time");
    }

    @Test
    void a_page_shows_one_acceptance_time_and_one_finish_time() {
        Transaction.Builder saga = ShownTransactions.steps(1).setState(Transaction.State.SUCCEEDED);
        event(saga.setTerminal(true), 500, "FINISHED", "", "", Call.Outcome.OUTCOME_UNSPECIFIED);
        saga.setCreateTime(at(31)).setFinishTime(at(577));

        assertThat(page(saga))
                .contains(
                        "<dt>Accepted</dt>",
                        "<dt>Finished</dt>",
                        "<span class=\"number\">500 ms</span>",
                        "&middot; 500 ms")
                .doesNotContain(":20.031", ":20.577");
    }

    @Test
    void the_picture_and_the_table_show_equal_branch_states() {
        Transaction.Builder saga = ShownTransactions.example("saga").setState(Transaction.State.UNDOING);
        saga.getBranchesBuilder(0)
                .setState(BranchStatus.State.DONE)
                .setCurrentOp("compensate")
                .setLastOutcome(Call.Outcome.FAILED);

        assertThat(page(saga)).contains(">\u2717 Done, undo fails</text>", "badge tone-bad\">Done, undo fails</span>");
        saga.setState(Transaction.State.COMPLETING).getBranchesBuilder(0).setCurrentOp("confirm");
        assertThat(page(saga)).contains(">\u2717 Done, completion fails</text>");
    }

    @Test
    void a_step_whose_undo_is_owed_is_not_green() {
        Transaction.Builder saga = ShownTransactions.example("saga").setState(Transaction.State.UNDOING);
        BranchStatus.Builder reserve = saga.getBranchesBuilder(0)
                .setState(BranchStatus.State.DONE)
                .setCurrentOp("compensate")
                .setLastOutcome(Call.Outcome.OK);
        assertThat(page(saga))
                .contains("badge tone-wait\">Done, not undone</span>", ">\u25d4 Done, not undone</text>")
                .doesNotContain(">Done</span>");

        reserve.setState(BranchStatus.State.RESOLVED);
        event(saga, 1, "RESOLVED", "reserve", "action", Call.Outcome.OUTCOME_UNSPECIFIED);
        assertThat(page(saga)).as("the action by hand").contains("badge tone-wait\">Done, not undone</span>");
        event(saga, 2, "RESOLVED", "reserve", "compensate", Call.Outcome.OUTCOME_UNSPECIFIED);
        assertThat(page(saga)).as("the undo by hand").contains("badge tone-good\">Resolved</span>");

        reserve.setState(BranchStatus.State.DONE).setCurrentOp("action");
        assertThat(page(saga)).as("a step without an undo").contains("badge tone-good\">Done</span>");
    }

    @Test
    void a_compensating_saga_shows_at_its_top_why_it_compensates() {
        Transaction.Builder saga = ShownTransactions.example("saga")
                .setAbortReason(Transaction.AbortReason.STEP_REJECTED)
                .setRejection("NO_MONEY")
                .setDetail("pay: the card was declined");
        String why = "Undoing because: A participant rejected a step \u00b7 NO_MONEY \u00b7 pay: the card was declined";

        String undoing = page(saga.setState(Transaction.State.UNDOING));
        assertThat(undoing.substring(0, undoing.indexOf("id=\"now-plan\""))).contains("<bdi>" + why + "</bdi>");
        assertThat(page(saga.setState(Transaction.State.ABORTED))).doesNotContain("Undoing because");
    }

    @ParameterizedTest
    @EnumSource(value = Parked.Reason.class, names = "UNRECOGNIZED", mode = EnumSource.Mode.EXCLUDE)
    void the_recommended_operation_is_the_first_button_beside_the_reason(Parked.Reason reason) {
        String act = Map.of(
                        "BY_OPERATOR", "resume",
                        "BINDING_ABSENT", "resolve",
                        "BARRIER_EXPIRED", "resolve",
                        "APPROVAL_TIMED_OUT", "",
                        "DATABASE_MAY_HAVE_LOST_COMMITS", "",
                        "RESTORED", "",
                        "UNREADABLE_ROW", "")
                .getOrDefault(reason.name(), "retry");
        Transaction.Builder saga = ShownTransactions.example("saga").setGid("a");
        saga.getParkedBuilder().setReason(reason).setSince(at(0));
        String first = "<a class=\"act first\" href=\"transaction/operation?gid=a&amp;operation=";

        String html = page(saga);
        assertThat(html).contains(act.isEmpty() ? "href=\"#acts\"" : first + act + "\"");
        assertThat(html.contains(first)).isNotEqualTo(act.isEmpty());
        Frame frame = Rendered.frame("transaction", Query.NONE, Duration.ZERO, Language.ENGLISH);
        var refused = new OfferedOperation(OperationForm.of(Map.of("operation", act)), "ENT-045");
        assertThat(TransactionDetails.of(saga.build(), frame, List.of(refused), null)
                        .recommended())
                .isNull();
    }

    @Test
    void a_retry_is_not_recommended_after_a_call_that_may_have_taken_effect() {
        Transaction.Builder saga = ShownTransactions.example("saga").setGid("a");
        saga.getParkedBuilder()
                .setReason(Parked.Reason.TARGET_MISCONFIGURED)
                .setDetail("ENT-089: the action returned nothing")
                .setSince(at(0));
        assertThat(page(saga))
                .contains("<a class=\"act first\" href=\"transaction/operation?gid=a&amp;operation=resolve\"");
    }

    @Test
    void a_participant_is_shown_by_its_circuit_or_by_a_probe() {
        Frame frame = Rendered.frame("transaction", Query.NONE, Duration.ofMinutes(3), Language.ENGLISH);
        Participant.Builder open = Participant.newBuilder().setCircuit("open").setUnansweredSince(at(60_000));
        AwaitedParticipant listed = new AwaitedParticipant("stock", ApiResult.failed(""), false);
        AwaitedParticipant probed = new AwaitedParticipant("stock", ApiResult.failed(""), true);

        assertThat(listed.badge(open.build(), frame.texts())).isEqualTo(new Badge(StatusStyle.BAD, "Circuit: Open"));
        assertThat(listed.unanswered(open.build(), frame)).isEqualTo("no response since 14:14:20 UTC, 2 min ago");
        assertThat(probed.badge(open.build(), frame.texts())).isEqualTo(new Badge(StatusStyle.BAD, "Unreachable"));
        open.setReachable(true);
        assertThat(probed.badge(open.build(), frame.texts())).isEqualTo(new Badge(StatusStyle.GOOD, "Reachable"));
        assertThat(probed.unanswered(open.build(), frame)).isEmpty();
    }

    @Test
    void a_node_of_the_plan_links_to_its_row() {
        String html = page(ShownTransactions.example("tcc"));
        assertThat(html).contains("<tr id=\"branch-debit\">").doesNotContain("href=\"#branch-\"");
        assertThat(html.split("href=\"#branch-debit\"", -1)).hasSize(3);
    }

    @Test
    void the_last_operation_is_shown_while_it_is_recent_or_the_newest_event() {
        Transaction.Builder saga = ShownTransactions.steps(1);
        event(saga, 10, "DECIDED", "", "", Call.Outcome.OUTCOME_UNSPECIFIED);
        saga.getHistoryBuilder(1).setActor("shop").setStateAfter(Transaction.State.COMPLETING);
        assertThat(page(saga)).as("a client's commit").doesNotContain("Last operation");
        saga.getHistoryBuilder(1).setStateAfter(Transaction.State.UNDOING).setDetail("approved by ops");
        saga.setAbortReason(Transaction.AbortReason.CLIENT_ABORT);
        assertThat(page(saga)).as("a client's abort").doesNotContain("Last operation");
        saga.setAbortReason(Transaction.AbortReason.OPERATOR);
        assertThat(page(saga)).as("an operator's").contains("Last operation");

        event(saga, 20, "RETRIED", "", "", Call.Outcome.OUTCOME_UNSPECIFIED);
        saga.getHistoryBuilder(2).setActor("alice").setDetail("fixed <b>");
        String reported = page(saga);
        assertThat(reported.substring(0, reported.indexOf("id=\"plan\"")))
                .containsPattern("Last operation <time[^>]*>4 h ago</time>")
                .contains("<bdi>Attempts restarted</bdi>", "by alice", "fixed &lt;b&gt;");
        call(saga, 30, "step-0", "action", Call.Outcome.OK);
        assertThat(page(saga)).as("five hours and one event later").doesNotContain("Last operation");
        saga.getHistoryBuilder(2).setTime(at(Duration.ofMinutes(295).toMillis()));
        assertThat(page(saga)).contains("Last operation");
        event(saga, 40, "PARKED", "", "", Call.Outcome.OUTCOME_UNSPECIFIED);
        saga.getHistoryBuilder(4).setActor("bob");
        saga.getParkedBuilder().getByOperatorBuilder().setActor("bob");
        assertThat(page(saga)).as("the park shows it").doesNotContain("Last operation");
        event(saga, 50, "RESOLVED", "step-0", "action", Call.Outcome.OUTCOME_UNSPECIFIED);
        saga.getHistoryBuilder(5).setActor("carol").setDetail("DONE");
        assertThat(page(saga)).as("an act upon what is parked").contains("Last operation", "by carol");
    }

    @Test
    void an_unresponsive_coordinator_is_named() {
        Transaction.Builder saga = ShownTransactions.steps(1).setCoordinator("node-b");
        saga.getWaitingBuilder().setKind(Waiting.Kind.BACKOFF);
        assertThat(page(saga)).doesNotContain("does not respond");
        saga.getWaitingBuilder().setAsLastWritten(true);
        assertThat(page(saga)).contains("The coordinator node-b does not respond.");
        saga.getParkedBuilder().setSince(at(0));
        assertThat(page(saga)).contains("The coordinator node-b does not respond.");
        saga.getWaitingBuilder().setKind(Waiting.Kind.DEAD_OWNER).setLastError("node-b");
        assertThat(page(saga)).as("the wait says it").doesNotContain("The coordinator node-b");
    }

    @Test
    void a_repeated_error_is_shown_once() {
        Transaction.Builder saga = ShownTransactions.steps(1);
        for (int i = 1; i <= 3; i++) {
            call(saga, i, "step-0", "action", Call.Outcome.UNKNOWN);
            saga.getHistoryBuilder(i).setDetail("no route");
        }
        event(saga, 4, "PARKED", "", "", Call.Outcome.OUTCOME_UNSPECIFIED);
        saga.getHistoryBuilder(4).setDetail("step-0: no route").setParkReason(Parked.Reason.UNDO_EXHAUSTED);
        assertThat(page(saga)).contains("Parked: All attempts to undo have failed");
        assertThat(page(saga).split("no route", -1)).hasSize(2);
        assertThat(page(saga).split("as above", -1)).hasSize(4);
        assertThat(page(saga, Query.NONE.with("event", "2"), Language.ENGLISH)).contains("no route");
    }

    /** A replaced element would close an open legend. */
    @Test
    void legends_are_outside_the_replaced_elements() {
        for (String part : page(ShownTransactions.example("saga")).split("<div id=\"now-", -1)) {
            String live = part.substring(0, Math.max(0, part.indexOf("</div>\n<details")));
            assertThat(live).doesNotContain("<details");
        }
        assertThat(page(ShownTransactions.example("saga")).split("</div>\n<details class=\"signs\">", -1))
                .hasSize(3);
    }

    @Test
    void pages_of_the_history_show_every_event_once_newest_first() {
        Transaction.Builder transaction = ShownTransactions.steps(1);
        IntStream.range(0, 256).forEach(i -> call(transaction, i, "step-0", "action", Call.Outcome.UNKNOWN));
        List<Integer> seen = new ArrayList<>();
        Query query = Query.NONE;
        for (int pages = 0; query != null && pages < 5; pages++) {
            String html = page(transaction, query, Language.ENGLISH);
            String history = html.substring(html.indexOf("id=\"history\""));
            NUMBERS.matcher(history).results().forEach(one -> seen.add(Integer.valueOf(one.group(1))));
            query = OLDER.matcher(html)
                    .results()
                    .map(one -> Query.of(one.group(1).replace("&amp;", "&")))
                    .findFirst()
                    .orElse(null);
        }
        assertThat(seen).hasSize(257).doesNotHaveDuplicates().isSortedAccordingTo(Collections.reverseOrder());
    }

    @Test
    void a_long_detail_is_cut_and_shown_in_full_for_its_event() {
        Transaction.Builder transaction = ShownTransactions.steps(1);
        call(transaction, 5, "step-0", "action", Call.Outcome.REJECTED);
        transaction.getHistoryBuilder(1).setDetail("x".repeat(500) + "end");

        assertThat(page(transaction)).doesNotContain("end</bdi>").contains("event=2#history");
        assertThat(page(transaction, Query.NONE.with("event", "2"), Language.ENGLISH))
                .contains("xend</bdi>");
    }

    @ParameterizedTest
    @EnumSource(Language.class)
    void the_page_of_the_largest_transaction_with_hostile_text_stays_small(Language language) {
        Transaction.Builder transaction =
                ShownTransactions.steps(256).setGid("a/../b~2 <b>\"'&\u4e2d" + "x".repeat(238));
        for (int i = 0; i < 256; i++) {
            transaction
                    .getBranchesBuilder(i)
                    .setState(BranchStatus.State.forNumber(1 + i % 10))
                    .setCurrentOp("action")
                    .setLastOutcome(Call.Outcome.FAILED)
                    .setTarget(HOSTILE)
                    .setLastError(HOSTILE.repeat(20));
        }
        for (int i = 0; i < 20_000; i++) {
            call(transaction, i * 137L, "step-" + i % 256, "action", Call.Outcome.REJECTED);
            transaction.getHistoryBuilder(i + 1).setDetail(HOSTILE.repeat(20)).setActor(HOSTILE);
        }

        String html = page(transaction, Query.NONE, language);

        String below = html.substring(html.indexOf("id=\"plan\""), html.indexOf("id=\"facts\""));
        assertThat(below).contains(" 64 ").doesNotContain("<svg class=\"plan");
        assertThat(below).contains(">20001<", "\\u202e").doesNotContain("\u202e", "<script");
    }

    @Test
    void unknown_events_states_and_branches_are_shown() {
        Transaction.Builder transaction = ShownTransactions.steps(2);
        event(transaction, 7, "BEAMED_UP", "step-1", "action", Call.Outcome.OUTCOME_UNSPECIFIED);
        transaction.getBranchesBuilder(0).setStateValue(77);
        transaction.addBranchesBuilder().setId("not-in-the-plan");
        transaction.clearPlan().setDeadlineTime(at(9));

        assertThat(page(transaction)).contains("step-1 action BEAMED_UP", "not-in-the-plan");
    }

    @Test
    void a_step_that_became_a_transaction_links_to_the_transaction() throws Exception {
        Transaction.Builder transaction = ShownTransactions.accepted("""
            {"gid": "a.b", "saga": {"steps": [
              {"id": "tell", "no_undo": true, "notification": {"deliver": {"grpc": "p/s.S/A"}}}]}}\
            """);
        transaction.getBranchesBuilder(0).setState(BranchStatus.State.DONE);

        assertThat(page(transaction)).contains("href=\"transaction?gid=a.b%2Ftell\"");
    }
}
