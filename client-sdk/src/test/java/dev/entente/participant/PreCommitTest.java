package dev.entente.participant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;

/**
 * Three-phase commit at a participant: until it has heard that all are prepared it may give up, afterwards it waits.
 */
class PreCommitTest extends XaFixture {
    @Test
    void what_is_pre_committed_waits_for_the_decision() throws Exception {
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
    void what_is_only_prepared_may_be_given_up_and_then_refuses_the_pre_commit_for_good() throws Exception {
        prepare("t1");

        assertThat(xa.giveUp(Duration.ofHours(1))).isEmpty();
        assertThat(xa.giveUp(Duration.ZERO)).containsExactly("ent/t1/debit");
        assertThat(prepared()).isEmpty();

        refused("t1");
        prepare("t1"); // a late repetition of its call: it was rolled back as if it had never come
        refused("t1");
        rollback("t1");
        assertThat(prepared()).isEmpty();
        assertThat(effects()).isEqualTo("0");
    }

    @Test
    void a_pre_commit_of_what_is_not_prepared_is_refused() throws Exception {
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
