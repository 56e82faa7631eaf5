package dev.entente.core.decision;

import static dev.entente.core.decision.Sketch.step;
import static dev.entente.core.decision.Sketch.tcc;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.entente.core.transaction.AbortReason;
import dev.entente.core.transaction.HistoryKind;
import dev.entente.core.transaction.ParkReason;
import dev.entente.core.transaction.TransactionState;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** TCC transactions that a client drives: the client tries and registers branches, then commits or aborts. */
class InteractiveTccTest {
    private static TransactionRequest.Commit commit(String... branches) {
        return new TransactionRequest.Commit(Set.of(branches), Map.of());
    }

    @Test
    void commit_claims_the_row_durably_before_confirms_are_sent() {
        Play play = Play.begun(tcc(step("a"), step("b"))).withSlowStore().request(commit("a", "b"));
        assertThat(play.calls()).isEmpty();
        assertThat(play.answer()).isEqualTo("waits");

        play.written();

        assertThat(play.answer()).isEqualTo("done");
        assertThat(play.calls()).containsExactly("a confirm", "b confirm");
    }

    @Test
    void commit_confirms_branches_that_were_registered_later() {
        Play play = Play.begun(tcc(step("a"))).register(step("b")).request(commit("a", "b"));

        assertThat(play.calls()).containsExactly("a confirm", "b confirm");
    }

    @Test
    void commit_that_omits_a_registered_branch_is_refused() {
        Play play = Play.begun(tcc(step("a"), step("b"))).request(commit("a"));

        assertThat(play.answer()).isEqualTo("ENT-045");
        assertThat(play.refusal()).hasMessageContaining("'b'").hasMessageContaining("abort instead");
        assertThat(play.state()).isEqualTo(TransactionState.BEGUN);
        assertThat(play.write()).isEqualTo("nothing");
    }

    @Test
    void commit_with_an_unregistered_branch_is_refused() {
        assertThat(Play.begun(tcc(step("a"))).request(commit("a", "b")).answer())
                .isEqualTo("ENT-045");
    }

    @ParameterizedTest
    @ValueSource(strings = {"a", "a a/x", "a a/x/y", "a/x a/x/y", "a a/x/*", "a a/x b", "a a/x/y a/x/y/*", "a a/* b/*"})
    void commit_with_missing_or_unknown_branch_names_is_refused(String named) {
        Play play = Play.begun(tcc(step("a"))).register(step("a/x")).register(step("a/x/y"));
        play.request(commit(named.split(" ")));

        assertThat(play.answer()).isEqualTo("ENT-045");
        assertThat(play.state()).isEqualTo(TransactionState.BEGUN);
        assertThat(play.write()).isEqualTo("nothing");
    }

    @ParameterizedTest
    @ValueSource(strings = {"a a/x a/x/y", "a a/*", "a a/x a/x/*", "a a/* a/x a/x/y"})
    void commit_accepts_nested_branches_by_name_or_by_a_wildcard_of_the_parent(String named) {
        Play play = Play.begun(tcc(step("a"))).register(step("a/x")).register(step("a/x/y"));
        play.request(commit(named.split(" ")));

        assertThat(play.answer()).isEqualTo("done");
        assertThat(play.calls()).containsExactly("a confirm");
    }

    @Test
    void a_refused_commit_names_the_missing_path() {
        Play play = Play.begun(tcc(step("a"))).register(step("a/x"));

        play.request(commit("a"));
        assertThat(play.refusal()).hasMessageContaining("'a/x'").hasMessageContaining("'a/*'");
    }

    @Test
    void commit_without_a_response_required_by_a_confirm_is_refused() {
        ByteString seven = ByteString.copyFrom(new byte[] {8, 7});
        Play play = Play.begun(tcc(step("a").confirmRequires("a"), step("b")));

        for (Map<String, ByteString> without :
                List.<Map<String, ByteString>>of(Map.of(), Map.of("b", seven), Map.of("a", ByteString.EMPTY))) {
            play.request(new TransactionRequest.Commit(Set.of("a", "b"), without));
            assertThat(play.answer()).isEqualTo("ENT-045");
            assertThat(play.refusal()).hasMessageContaining("'a' requires field '1'");
        }
        assertThat(play.request(new TransactionRequest.Commit(Set.of("a", "b"), Map.of("a", seven)))
                        .answer())
                .isEqualTo("done");
    }

    @Test
    void commit_with_a_response_of_an_unregistered_branch_is_refused() {
        Play play = Play.begun(tcc(step("a")));
        play.request(new TransactionRequest.Commit(Set.of("a"), Map.of("z", ByteString.EMPTY)));

        assertThat(play.answer()).isEqualTo("ENT-045");
        assertThat(play.refusal()).hasMessageContaining("'z'");
    }

    @Test
    void a_repeated_commit_does_not_replace_the_stored_responses() {
        ByteString seven = ByteString.copyFrom(new byte[] {8, 7});
        ByteString eight = ByteString.copyFrom(new byte[] {8, 8});
        Play play = Play.begun(tcc(step("a")));

        play.request(new TransactionRequest.Commit(Set.of("a"), Map.of("a", seven)));
        play.request(new TransactionRequest.Commit(Set.of("a"), Map.of("a", eight)));

        assertThat(play.answer()).isEqualTo("done");
        assertThat(play.branch("a").response()).isEqualTo(seven);
    }

    @Test
    void commit_of_a_submitted_tcc_is_refused() {
        assertThat(Play.of(tcc(step("a"))).request(commit("a")).answer()).isEqualTo("ENT-045");
    }

    @Test
    void all_registered_branches_are_cancelled_at_the_deadline() {
        Play play = Play.begun(tcc(step("a"))).register(step("b")).later(Duration.ofMinutes(1));

        assertThat(play.abortReason()).isEqualTo(AbortReason.DEADLINE);
        assertThat(play.calls()).containsExactly("a cancel", "b cancel");
    }

    @Test
    void a_row_claimed_before_its_deadline_is_released_until_the_deadline() {
        Play play = Play.begun(tcc(step("a"))).claim();

        assertThat(play.row().isOwned()).isFalse();
        assertThat(play.row().dueAt()).isEqualTo(Play.START.plusSeconds(60));
    }

    @Test
    void commit_unparks_a_transaction_parked_for_too_many_takeovers() {
        Play play = Play.begun(tcc(step("a"))).withSlowStore();
        for (int claims = 0; claims <= NoProgressLimits.STANDARD.takeovers(); claims++) {
            play.claim().crash();
        }
        assertThat(play.claim().written().parked()).isEqualTo(ParkReason.ADOPTED_TOO_OFTEN);

        assertThat(play.request(commit("a")).written().calls()).containsExactly("a confirm");
        assertThat(play.history()).contains(HistoryKind.UNPARKED, HistoryKind.DECIDED);
    }

    @Test
    void a_tcc_without_branches_succeeds_at_its_commit() {
        assertThat(Play.begun(tcc()).request(commit()).state()).isEqualTo(TransactionState.SUCCEEDED);
    }

    @Test
    void a_cancel_of_a_branch_tried_by_the_client_needs_no_wait_after_a_takeover() {
        Play play = Play.begun(tcc(step("a"))).withSlowStore().later(Duration.ofMinutes(1));

        assertThat(play.crashAndAdopt().written().calls()).containsExactly("a cancel");
    }
}
