package dev.entente.core.transaction;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The changes of a branch's progress, and the fields that each change keeps. */
final class BranchProgressTest {
    private static final Instant NOW = Instant.parse("2026-11-20T10:00:00Z");
    private static final Unsent REFUSED = new Unsent("connection refused", NOW);

    private static BranchProgress branch(
            BranchState state,
            Role role,
            int sent,
            int lastOutcome,
            @Nullable Instant nextAttemptAt,
            @Nullable Unsent unsent,
            @Nullable String blockedBy,
            Activity activity) {
        ByteString response = ByteString.copyFromUtf8("response");
        return new BranchProgress(
                state,
                role,
                sent,
                new AttemptCount(1, lastOutcome, "error"),
                new KnownResponse(response, 3),
                new NextCall(nextAttemptAt, NOW, unsent, ParkReason.DEFECT, blockedBy),
                activity);
    }

    private static BranchProgress blocked(BranchState state, @Nullable String head, Activity activity) {
        return branch(state, Role.FORWARD, 2, 0, null, null, head, activity);
    }

    private static BranchProgress sent(BranchState state, Role role, int sent, int lastOutcome) {
        return branch(state, role, sent, lastOutcome, null, null, null, Activity.CALLING);
    }

    @Test
    void only_an_open_branch_keeps_its_queue_position() {
        BranchProgress waiting = blocked(BranchState.PENDING, "m", Activity.AWAITING_POSITION);

        assertThat(waiting.in(BranchState.PENDING)).isEqualTo(waiting);
        assertThat(waiting.in(BranchState.CALLED))
                .isEqualTo(blocked(BranchState.CALLED, "m", Activity.AWAITING_POSITION));
        assertThat(waiting.in(BranchState.SKIPPED)).isEqualTo(blocked(BranchState.SKIPPED, null, Activity.NONE));
    }

    @Test
    void a_call_in_flight_continues_after_a_state_change_of_its_branch() {
        BranchProgress calling = blocked(BranchState.CALLED, "m", Activity.CALLING);

        assertThat(calling.in(BranchState.CALLED)).isEqualTo(calling);
        assertThat(calling.in(BranchState.SKIPPED)).isEqualTo(blocked(BranchState.SKIPPED, null, Activity.CALLING));
    }

    @Test
    void a_delivery_awaits_its_queue_position_and_reaches_the_head() {
        BranchProgress pending = blocked(BranchState.PENDING, "m", Activity.NONE);

        assertThat(pending.awaitingPosition()).isEqualTo(blocked(BranchState.PENDING, "m", Activity.AWAITING_POSITION));
        assertThat(pending.atHead()).isEqualTo(blocked(BranchState.PENDING, null, Activity.AT_HEAD));
    }

    @Test
    void a_delivery_behind_another_message_awaits_its_position_now_or_later() {
        BranchProgress pending = blocked(BranchState.PENDING, null, Activity.AWAITING_POSITION);

        assertThat(pending.behind("m", null)).isEqualTo(blocked(BranchState.PENDING, "m", Activity.AWAITING_POSITION));
        assertThat(pending.behind("m", NOW))
                .isEqualTo(branch(BranchState.PENDING, Role.FORWARD, 2, 0, NOW, null, "m", Activity.NONE));
        assertThat(pending.behindOwn("own")).isEqualTo(blocked(BranchState.PENDING, "own", Activity.NONE));
    }

    @Test
    void an_unsent_first_call_makes_the_branch_pending_again() {
        assertThat(sent(BranchState.CALLED, Role.FORWARD, 1, 0).unsent(NOW, REFUSED))
                .isEqualTo(branch(BranchState.PENDING, Role.FORWARD, 0, 0, NOW, REFUSED, null, Activity.NONE));
    }

    @Test
    void an_unsent_later_call_leaves_a_branch_with_an_earlier_call_called() {
        assertThat(sent(BranchState.CALLED, Role.FORWARD, 2, 0).unsent(null, REFUSED))
                .isEqualTo(branch(BranchState.CALLED, Role.FORWARD, 1, 0, null, REFUSED, null, Activity.NONE));
        assertThat(sent(BranchState.CALLED, Role.FORWARD, 1, 2).unsent(null, REFUSED))
                .isEqualTo(branch(BranchState.CALLED, Role.FORWARD, 0, 2, null, REFUSED, null, Activity.NONE));
    }

    @Test
    void an_unsent_undo_leaves_the_forward_state_and_count_unchanged() {
        assertThat(sent(BranchState.DONE, Role.UNDO, 1, 0).unsent(NOW, REFUSED))
                .isEqualTo(branch(BranchState.DONE, Role.UNDO, 1, 0, NOW, REFUSED, null, Activity.NONE));
    }

    @Test
    void an_answer_clears_all_obstacles_of_earlier_calls() {
        AttemptCount answered = new AttemptCount(2, Outcome.SUCCEEDED, "");
        BranchProgress calling = branch(BranchState.CALLED, Role.FORWARD, 2, 0, NOW, REFUSED, "m", Activity.CALLING);

        assertThat(calling.called(BranchState.DONE, answered, null).next()).isEqualTo(NextCall.FREE);
        assertThat(calling.called(BranchState.CALLED, answered, ParkReason.DEFECT)
                        .next())
                .isEqualTo(new NextCall(null, null, null, ParkReason.DEFECT, null));
    }

    @Test
    void a_restarted_branch_waits_only_behind_its_blocking_message() {
        BranchProgress blocked = branch(BranchState.PENDING, Role.FORWARD, 2, 0, NOW, REFUSED, "m", Activity.NONE);

        assertThat(blocked.restarted(0).next()).isEqualTo(new NextCall(null, null, null, null, "m"));
        assertThat(blocked(BranchState.CALLED, null, Activity.NONE).restarted(0).next())
                .isEqualTo(NextCall.FREE);
    }

    @Test
    void a_suspected_branch_counts_one_more_sent_call() {
        assertThat(sent(BranchState.PENDING, Role.FORWARD, 1, 0).suspected())
                .isEqualTo(sent(BranchState.CALLED, Role.FORWARD, 2, 0));
    }
}
