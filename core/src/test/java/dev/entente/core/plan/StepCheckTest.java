package dev.entente.core.plan;

import static dev.entente.core.plan.Plans.call;
import static dev.entente.core.plan.Plans.found;
import static dev.entente.core.plan.Plans.pivot;
import static dev.entente.core.plan.Plans.reading;
import static dev.entente.core.plan.Plans.retriable;
import static dev.entente.core.plan.Plans.saga;
import static dev.entente.core.plan.Plans.step;
import static dev.entente.core.plan.Plans.tccBranch;
import static dev.entente.core.plan.Plans.twoPhase;
import static dev.entente.core.plan.Plans.withForward;
import static dev.entente.core.plan.Plans.withUndo;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.entente.core.transaction.Approval;
import dev.entente.core.transaction.Branch;
import dev.entente.core.transaction.CallPolicy;
import dev.entente.core.transaction.Operation;
import dev.entente.core.transaction.Role;
import dev.entente.core.transaction.Target;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Branches that are more than a call: questions to people, and second forward operations. */
class StepCheckTest {
    private static final Operation NOWHERE =
            new Operation(new Target.Grpc("", ""), ByteString.EMPTY, List.of(), CallPolicy.standard(Role.FORWARD));

    @Test
    void an_approval_says_how_long_it_waits_and_can_be_refused() {
        assertThat(found(saga(step("a"), approval("ok", Duration.ofDays(1), "a"), step("b", "ok"))))
                .isEmpty();
        assertThat(found(saga(approval("ok", Duration.ZERO))))
                .containsExactly("ENT-022 plan.saga.steps[0].approval.within");
        assertThat(found(saga(approval("ok", Duration.ofDays(20)))))
                .containsExactly("warning ENT-022 plan.saga.steps[0].approval.within");
        assertThat(found(saga(pivot("p"), approval("ok", Duration.ofDays(1), "p"))))
                .containsExactly("ENT-027 plan.saga.steps[1]");
        assertThat(found(saga(pivot("p"), approval("ok", Duration.ofDays(1)))))
                .containsExactly("ENT-027 plan.saga.steps[1]");
        assertThat(found(saga(retriable(approval("ok", Duration.ofDays(1))))))
                .containsExactly("ENT-027 plan.saga.steps[0].approval");
        assertThat(found(saga(withUndo(approval("ok", Duration.ofDays(1)), call(Role.UNDO)))))
                .containsExactly("ENT-020 plan.saga.steps[0].approval");
        Branch reader = withForward(step("b", "ok"), call(Role.FORWARD, reading("ok", 1)));
        assertThat(found(saga(approval("ok", Duration.ofDays(1)), reader)))
                .containsExactly("ENT-018 plan.saga.steps[1].action.bind[0].from");
    }

    @Test
    void all_branches_have_a_pre_commit_or_none() {
        Branch of = Branch.preCommit("a", call(Role.FORWARD), List.of("a"));
        assertThat(found(twoPhase(tccBranch("a"), of))).isEmpty();
        assertThat(found(twoPhase(tccBranch("a"), tccBranch("b"), of)))
                .containsExactly("ENT-012 plan.two_phase.branches[1].pre_commit");
        Branch bare = Branch.preCommit("a", NOWHERE, List.of("a"));
        assertThat(found(twoPhase(tccBranch("a"), bare)))
                .containsExactly("ENT-012 plan.two_phase.branches[0].pre_commit");
        Branch reader = Branch.preCommit("a", call(Role.FORWARD, reading("a", 1)), List.of("a"));
        assertThat(found(twoPhase(tccBranch("a"), reader)))
                .containsExactly("ENT-018 plan.two_phase.branches[0].pre_commit.bind[0].from");
    }

    private static Branch approval(String id, Duration within, String... after) {
        Approval approval = new Approval("?", within, Approval.Expiry.REJECT, List.of());
        return new Branch(
                id,
                null,
                new Branch.Operations(NOWHERE, null, null),
                List.of(after),
                Branch.Commitment.NONE,
                approval,
                Branch.Origin.PLAN);
    }
}
