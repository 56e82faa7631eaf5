package dev.entente.server.api.waiting;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.Timestamp;
import com.google.protobuf.util.Timestamps;
import dev.entente.core.transaction.Approval;
import dev.entente.core.transaction.AttemptCount;
import dev.entente.core.transaction.Branch;
import dev.entente.core.transaction.BranchProgress;
import dev.entente.core.transaction.BranchState;
import dev.entente.core.transaction.CallPolicy;
import dev.entente.core.transaction.Consequence;
import dev.entente.core.transaction.Fact;
import dev.entente.core.transaction.Fence;
import dev.entente.core.transaction.History;
import dev.entente.core.transaction.HistoryEvent;
import dev.entente.core.transaction.MessageTerms;
import dev.entente.core.transaction.Operation;
import dev.entente.core.transaction.Outcome;
import dev.entente.core.transaction.ParkReason;
import dev.entente.core.transaction.Parked;
import dev.entente.core.transaction.Pattern;
import dev.entente.core.transaction.Plan;
import dev.entente.core.transaction.Progress;
import dev.entente.core.transaction.Role;
import dev.entente.core.transaction.Target;
import dev.entente.core.transaction.TransactionState;
import dev.entente.core.transaction.Unsent;
import dev.entente.server.api.waiting.WaitReason.Known;
import dev.entente.server.api.waiting.WaitReason.SilentOwner;
import dev.entente.server.codec.wording.TextCatalog;
import dev.entente.server.codec.wording.WaitSentence;
import dev.entente.server.engine.Snapshot;
import dev.entente.server.store.WaitKind;
import dev.entente.v1.Waiting;
import dev.entente.v1.Waiting.Kind;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Wait reasons of hand-made transactions, and their sentences. */
class WaitReasonTest {
    private static final Instant NOW = Instant.parse("2026-03-01T14:00:00Z");
    private static final Instant SOON = NOW.plusSeconds(12);
    private static final BranchProgress CALLING = BranchProgress.UNTOUCHED.calling();
    private static final Known MEMORY = new Known(Map.of(), null);

    private static Instant ago(long seconds) {
        return NOW.minusSeconds(seconds);
    }

    private static Timestamp at(Instant time) {
        return Timestamps.fromMillis(time.toEpochMilli());
    }

    // ---- transactions

    private static Branch step(String id, String... after) {
        return new Branch(id, null, operation(null), null, operation(null), List.of(after), Branch.Commitment.NONE);
    }

    private static Operation operation(@Nullable Pattern child) {
        return new Operation(
                new Target.Grpc("pay", "a.Pay/Pay"),
                ByteString.EMPTY,
                List.of(),
                CallPolicy.standard(Role.FORWARD),
                child);
    }

    private static Plan plan(Branch... branches) {
        return new Plan(Pattern.SAGA, "checkout", Map.of(), null, SOON, null, List.of(branches));
    }

    private static final Branch ASKED = new Branch(
            "manager",
            null,
            step("manager").operations(),
            List.of(),
            Branch.Commitment.NONE,
            new Approval("over 10 000", Duration.ofHours(1), Approval.Expiry.PARK, List.of()),
            Branch.Origin.PLAN);

    private static final Branch CHILD =
            new Branch("mail", null, operation(Pattern.NOTIFICATION), null, null, List.of(), Branch.Commitment.NONE);

    private static final Plan MESSAGE = new Plan(
                    Pattern.MESSAGE,
                    "created",
                    Map.of(),
                    null,
                    null,
                    null,
                    List.of(new Branch(
                            Branch.CHECK_BACK, null, operation(null), null, null, List.of(), Branch.Commitment.PIVOT)))
            .withTerms(new MessageTerms(Duration.ofSeconds(312), Map.of(), ""));

    private static HistoryEvent event(long secondsAgo, Fact fact) {
        return new HistoryEvent(ago(secondsAgo), TransactionState.RUNNING, fact);
    }

    private static Fact called(int branch, int outcome) {
        return new Fact.Called(branch, Role.FORWARD, 1, outcome, new Consequence.None(), "");
    }

    /** Returns a transaction accepted five minutes ago, with an owner unless it is due. */
    private static Snapshot snapshot(
            Plan plan, TransactionState state, @Nullable Instant due, List<HistoryEvent> more, BranchProgress... now) {
        List<HistoryEvent> events = new ArrayList<>(List.of(event(300, new Fact.Accepted(7))));
        events.addAll(more);
        Progress progress = new Progress(
                state, List.of(now), Progress.untouched(state, 0).direction(), null, -1, History.of(events));
        return of(plan, progress, due, null);
    }

    private static Snapshot of(Plan plan, Progress progress, @Nullable Instant due, @Nullable String heldBackBy) {
        boolean isOwned = due == null && progress.parked() == null;
        return new Snapshot(
                "order-1",
                plan,
                progress,
                ago(300),
                SOON,
                null,
                null,
                isOwned ? (Long) 7L : null,
                due,
                isOwned ? 1 : Fence.NONE,
                false,
                true,
                heldBackBy,
                false);
    }

    private static Snapshot running(BranchProgress now) {
        return snapshot(plan(step("a")), TransactionState.RUNNING, null, List.of(), now);
    }

    private static BranchProgress tried(int attempts, int outcome, String error, @Nullable Instant next) {
        return CALLING.called(BranchState.CALLED, new AttemptCount(attempts, outcome, error), null)
                .waiting(next, null);
    }

    private static BranchProgress unsent(String why, @Nullable Instant unreachableSince) {
        return CALLING.unsent(SOON, new Unsent(why, unreachableSince));
    }

    private static Known held(WaitKind hold) {
        return new Known(Map.of(0, hold), null);
    }

    private static Snapshot parked(Snapshot running, ParkReason reason, String detail) {
        return of(running.plan(), running.progress().parkedAs(new Parked(reason, detail, ago(7_200))), null, null);
    }

    private static Snapshot stuck() {
        return parked(
                running(CALLING.stuckFor(ParkReason.RETRIABLE_REFUSED, "no")), ParkReason.RETRIABLE_REFUSED, "a: no");
    }

    // ---- every kind

    static Stream<Arguments> kinds() {
        return Stream.of(
                Arguments.of(stuck(), MEMORY, "has waited 2 h for an operator, parked as RETRIABLE_REFUSED: a: no"),
                Arguments.of(
                        snapshot(
                                plan(ASKED),
                                TransactionState.RUNNING,
                                SOON,
                                List.of(event(200, new Fact.ApprovalAsked(0))),
                                BranchProgress.UNTOUCHED
                                        .in(BranchState.AWAITING_APPROVAL)
                                        .waiting(NOW.plusSeconds(86_400), null)),
                        Known.NOTHING,
                        "has waited 3 min for the approval manager (over 10 000), until 2026-03-02T14:00:00Z"),
                Arguments.of(
                        snapshot(plan(), TransactionState.BEGUN, SOON, List.of()),
                        Known.NOTHING,
                        "has waited 5 min for the client to commit or abort; undone at 14:00:12Z"),
                Arguments.of(
                        snapshot(MESSAGE, TransactionState.BEGUN, SOON, List.of(), BranchProgress.UNTOUCHED),
                        Known.NOTHING,
                        "has waited 5 min for the check-back response of the client; next check-back to pay at"
                                + " 14:00:12Z"),
                Arguments.of(
                        snapshot(
                                MESSAGE,
                                TransactionState.BEGUN,
                                SOON,
                                List.of(),
                                tried(2, Outcome.UNKNOWN, "HTTP 503", SOON)),
                        Known.NOTHING,
                        "has waited 5 min for the check-back response of the client, 2 attempts without success"
                                + " (HTTP 503);"
                                + " next check-back to pay at 14:00:12Z"),
                Arguments.of(
                        snapshot(
                                plan(step("a")), TransactionState.SCHEDULED, SOON, List.of(), BranchProgress.UNTOUCHED),
                        Known.NOTHING,
                        "waits for its start time, 14:00:12Z"),
                Arguments.of(
                        running(tried(3, Outcome.UNKNOWN, "no response in time", SOON)),
                        MEMORY,
                        "has waited 5 min for the next call to pay, 3 attempts without success (no response in"
                                + " time), next"
                                + " attempt at 14:00:12Z"),
                Arguments.of(
                        running(tried(1, Outcome.UNKNOWN, "\u001b[2J\n\u202e" + "x".repeat(500), SOON)),
                        MEMORY,
                        "has waited 5 min for the next call to pay, 1 attempt without success (\\u001b[2J\\u000a\\u202e"
                                + "x".repeat(194) + "\u2026), next attempt at 14:00:12Z"),
                Arguments.of(
                        running(tried(0, Outcome.MISCONFIGURED, "HTTP 404", SOON)),
                        MEMORY,
                        "has waited 5 min for the next call to pay, no success so far (HTTP 404), next attempt at"
                                + " 14:00:12Z"),
                Arguments.of(
                        running(tried(0, Outcome.MISCONFIGURED, "HTTP 404", SOON)
                                .calling()),
                        MEMORY,
                        "has waited 5 min for the response of pay, no success so far (HTTP 404)"),
                Arguments.of(
                        running(tried(1, Outcome.IN_PROGRESS, "", SOON)),
                        MEMORY,
                        "has waited 5 min for pay, which reports that the call is in progress, next call at 14:00:12Z"),
                Arguments.of(
                        running(tried(1, Outcome.IN_PROGRESS, "", SOON).calling()),
                        MEMORY,
                        "has waited 5 min for pay, which reports that the call is in progress"),
                Arguments.of(
                        running(unsent("no connection, its circuit is open", ago(60))),
                        held(WaitKind.CIRCUIT_OPEN),
                        "has waited 5 min for pay: its circuit is open (no connection, its circuit is open)"),
                Arguments.of(
                        running(unsent("no connection yet", null)),
                        held(WaitKind.CONNECTING),
                        "has waited 5 min for a connection to pay (no connection yet)"),
                Arguments.of(
                        running(unsent("could not connect", ago(20))),
                        Known.NOTHING,
                        "has waited 5 min for a connection to pay (could not connect)"),
                Arguments.of(
                        running(CALLING),
                        held(WaitKind.IN_FLIGHT_LIMIT),
                        "has waited 5 min for pay: the limit of concurrent calls is reached"),
                Arguments.of(
                        running(unsent("too many wait", null)),
                        held(WaitKind.NO_CAPACITY),
                        "has waited 5 min for memory: too many transactions wait for pay"),
                Arguments.of(
                        of(plan(step("a")), running(BranchProgress.UNTOUCHED).progress(), NOW.plusSeconds(60), "pay"),
                        Known.NOTHING,
                        "has waited 5 min for memory: too many transactions wait for pay"),
                Arguments.of(
                        of(plan(step("a")), running(BranchProgress.UNTOUCHED).progress(), ago(3), null),
                        Known.NOTHING,
                        "has been due for 3 s; no coordinator has free memory for it"),
                Arguments.of(
                        running(BranchProgress.UNTOUCHED.behind("order-0", SOON)),
                        MEMORY,
                        "has waited 5 min for order-0, which has the same ordering key and is delivered to pay first"),
                Arguments.of(
                        running(BranchProgress.UNTOUCHED.awaitingPosition()),
                        MEMORY,
                        "has waited 5 min for an earlier message, which has the same ordering key and is delivered"
                                + " to pay"
                                + " first"),
                Arguments.of(
                        snapshot(plan(CHILD), TransactionState.RUNNING, null, List.of(), CALLING),
                        MEMORY,
                        "has waited 5 min for order-1/mail to be accepted"),
                Arguments.of(running(CALLING), MEMORY, "has waited 5 min for the response of pay"),
                Arguments.of(
                        running(tried(2, Outcome.UNKNOWN, "HTTP 503", SOON).calling()),
                        MEMORY,
                        "has waited 5 min for the response of pay, after 2 attempts without success (HTTP 503)"),
                Arguments.of(
                        running(BranchProgress.UNTOUCHED.suspected().calling()),
                        MEMORY,
                        "has waited 5 min for the response of pay (the coordinator failed before or during the call;"
                                + " it is"
                                + " unknown whether the call was sent)"),
                Arguments.of(
                        running(BranchProgress.UNTOUCHED),
                        Known.NOTHING,
                        "has been in progress at its coordinator since 13:55:00Z"),
                Arguments.of(
                        running(CALLING),
                        new Known(null, new SilentOwner("node-b", ago(3), SOON, false)),
                        "waits for a takeover, or a response of its coordinator node-b: no heartbeat for 3 s; takeover"
                                + " when the lease expires at 14:00:12Z"),
                Arguments.of(
                        running(CALLING),
                        new Known(null, new SilentOwner("node-b", ago(172_800), ago(172_790), false)),
                        "waits for a takeover, or a response of its coordinator node-b: no heartbeat for 2 d"),
                Arguments.of(
                        running(unsent("the lease has expired", null)),
                        MEMORY,
                        "has waited 5 min for pay: the call could not be sent (the lease has expired), next attempt at"
                                + " 14:00:12Z"));
    }

    @ParameterizedTest(name = "{2}")
    @MethodSource("kinds")
    void each_kind_of_wait_has_its_sentence(Snapshot snapshot, Known known, String sentence) {
        assertThat(WaitSentence.of(found(snapshot, known), NOW, TextCatalog.ENGLISH))
                .isEqualTo(sentence);
    }

    @Test
    void the_cases_cover_every_kind_of_wait() {
        Stream<String> reported = kinds().map(Arguments::get)
                .map(each -> found((Snapshot) requireNonNull(each[0]), (Known) requireNonNull(each[1])))
                .map(wait -> wait.getKind().name());
        assertThat(reported.distinct())
                .containsExactlyInAnyOrderElementsOf(
                        Stream.of(WaitKind.values()).map(WaitKind::name).toList());
    }

    private static Waiting found(Snapshot snapshot, Known known) {
        return WaitReason.of(snapshot, known, NOW).build();
    }

    // ---- nothing, several, since when

    @Test
    void a_finished_or_progressing_transaction_has_no_wait_reason() {
        BranchProgress done = CALLING.called(BranchState.DONE, AttemptCount.NONE, null);
        Snapshot ended = snapshot(plan(step("a")), TransactionState.SUCCEEDED, null, List.of(), done);
        assertThat(found(ended, MEMORY)).isEqualTo(Waiting.getDefaultInstance());
        assertThat(found(running(done), MEMORY)).isEqualTo(Waiting.getDefaultInstance());
        Snapshot due = of(plan(step("a")), running(BranchProgress.UNTOUCHED).progress(), NOW.minusMillis(500), null);
        assertThat(found(due, Known.NOTHING)).isEqualTo(Waiting.getDefaultInstance());
    }

    @Test
    void the_longest_waiting_call_is_reported_unless_an_approval_waits() {
        Plan beside = plan(step("a"), step("b", "x"), step("x"), ASKED);
        BranchProgress done = CALLING.called(BranchState.DONE, AttemptCount.NONE, null);
        List<HistoryEvent> events =
                List.of(event(50, called(2, Outcome.SUCCEEDED)), event(40, called(0, Outcome.UNKNOWN)));
        BranchProgress retried = tried(1, Outcome.UNKNOWN, "", SOON);
        Snapshot both = snapshot(beside, TransactionState.RUNNING, null, events, retried, CALLING, done, done);
        assertThat(found(both, MEMORY).getBranch()).isEqualTo("a");
        BranchProgress asked = BranchProgress.UNTOUCHED.in(BranchState.AWAITING_APPROVAL);
        Snapshot all = snapshot(beside, TransactionState.RUNNING, null, events, retried, CALLING, done, asked);
        assertThat(found(all, MEMORY))
                .returns("manager", Waiting::getBranch)
                .returns("over 10 000", Waiting::getPrompt);
    }

    @Test
    void attempts_and_takeovers_do_not_restart_the_wait_and_an_operators_retry_does() {
        Plan chain = plan(step("a"), step("b", "a"));
        BranchProgress done = CALLING.called(BranchState.DONE, AttemptCount.NONE, null);
        BranchProgress retried = tried(2, Outcome.UNKNOWN, "HTTP 503", SOON);
        List<HistoryEvent> events = new ArrayList<>(List.of(
                event(120, called(0, Outcome.SUCCEEDED)),
                event(90, called(1, Outcome.UNKNOWN)),
                event(60, new Fact.Adopted(8)),
                event(30, called(1, Outcome.UNKNOWN))));
        Snapshot waits = snapshot(chain, TransactionState.RUNNING, null, events, done, retried);
        assertThat(found(waits, MEMORY).getSince()).isEqualTo(at(ago(120)));
        events.add(event(10, new Fact.Retried("alice", "")));
        Snapshot anew = snapshot(chain, TransactionState.RUNNING, null, events, done, retried);
        assertThat(found(anew, MEMORY).getSince()).isEqualTo(at(ago(10)));
    }

    @Test
    void a_silent_owners_wait_reason_comes_from_the_row_and_claims_no_call() {
        Known mute = new Known(null, new SilentOwner("node-b", ago(3), SOON, true));
        assertThat(found(running(unsent("no", null)), mute).getKind()).isEqualTo(Kind.NOT_SENT);
        assertThat(found(running(BranchProgress.UNTOUCHED), mute))
                .isEqualTo(Waiting.newBuilder()
                        .setKind(Kind.DEAD_OWNER)
                        .setSince(at(ago(3)))
                        .setNextTime(at(SOON))
                        .setLastError("node-b")
                        .build());
    }

    @Test
    void a_park_names_the_stuck_branch() {
        assertThat(found(stuck(), Known.NOTHING))
                .returns("a", Waiting::getBranch)
                .returns("pay", Waiting::getParticipant)
                .returns(false, Waiting::hasNextTime);
    }
}
