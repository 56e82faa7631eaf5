package dev.entente.participant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;

/**
 * Three-phase commit at a participant. Before the pre-commit the participant may give up; after it the participant
 * waits for the decision.
 */
class PreCommitTest extends XaFixture {
    @Test
    void a_pre_committed_transaction_waits_for_the_decision() throws Exception {
        prepare("t1");
        preCommit("t1");
        preCommit("t1");

        assertThat(xa.giveUp(Duration.ZERO)).isEmpty();
        assertThat(prepared()).isEqualTo("ent/t1/debit");

        commit("t1");
        assertThat(effects()).isEqualTo("1");
        preCommit("t1");
    }

    @Test
    void a_prepared_transaction_can_be_given_up_and_then_refuses_the_pre_commit() throws Exception {
        prepare("t1");

        assertThat(xa.giveUp(Duration.ofHours(1))).isEmpty();
        assertThat(xa.giveUp(Duration.ZERO)).containsExactly("ent/t1/debit");
        assertThat(prepared()).isEmpty();

        refused("t1");
        prepare("t1"); // a late duplicate: the first prepare was rolled back as if it had never arrived
        refused("t1");
        rollback("t1");
        assertThat(prepared()).isEmpty();
        assertThat(effects()).isEqualTo("0");
    }

    @Test
    void a_pre_commit_without_a_prepared_transaction_is_refused() throws Exception {
        refused("t1");
        prepare("t2");
        rollback("t2");
        refused("t2");
    }

    private void refused(String gid) {
        assertThatThrownBy(() -> preCommit(gid))
                .isInstanceOfSatisfying(
                        Rejection.class, no -> assertThat(no.isSettled()).isTrue());
    }

    private void preCommit(String gid) throws Exception {
        call(gid, BranchOp.PRE_COMMIT, () -> {
            xa.preCommit();
            return "";
        });
    }
}
