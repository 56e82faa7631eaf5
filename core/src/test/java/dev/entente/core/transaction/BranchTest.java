package dev.entente.core.transaction;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The names of branches, and registered branches in plans. */
final class BranchTest {
    private static final Instant NOW = Instant.parse("2026-11-20T10:00:00Z");
    private static final Operation CALL = new Operation(
            new Target.Grpc("stock", "shop.v1.Stock/Reserve"),
            ByteString.EMPTY,
            List.of(),
            CallPolicy.standard(Role.FORWARD));

    private static Branch branch(String id) {
        return new Branch(id, null, CALL, CALL, CALL, List.of("before"), Branch.Commitment.NONE);
    }

    private static Plan plan(Pattern pattern, Branch... branches) {
        return new Plan(pattern, "test", Map.of(), null, null, null, List.of(branches));
    }

    @Test
    void a_registered_branch_has_no_predecessors() {
        Branch joined = branch("a").registered(NOW);

        assertThat(joined.isRegistered()).isTrue();
        assertThat(joined.registeredAt()).isEqualTo(NOW);
        assertThat(joined.after()).isEmpty();
        assertThat(branch("a").isRegistered()).isFalse();
    }

    @Test
    void repeated_registrations_are_equal_regardless_of_their_time() {
        Branch joined = branch("a").registered(NOW);

        assertThat(joined.isSameRegistration(branch("a").registered(NOW.plusSeconds(1))))
                .isTrue();
        assertThat(joined.isSameRegistration(branch("b").registered(NOW))).isFalse();
        assertThat(joined.isSameRegistration(branch("a"))).isFalse();
        assertThat(branch("a").isSameRegistration(joined)).isFalse();
    }

    @Test
    void a_pre_commit_is_named_after_its_branch() {
        Branch second = Branch.preCommit("a", CALL, List.of("a"));

        assertThat(second.id()).isEqualTo("a~pre_commit");
        assertThat(Branch.preCommitId("a")).isEqualTo("a~pre_commit");
        assertThat(second.shownId()).isEqualTo("a");
        assertThat(branch("a").shownId()).isEqualTo("a");
    }

    @Test
    void an_operation_has_the_name_defined_by_its_pattern() {
        Approval question = new Approval("?", Duration.ofDays(1), Approval.Expiry.REJECT, List.of());
        Branch approval = new Branch(
                "ok",
                null,
                new Branch.Operations(CALL, null, null),
                List.of(),
                Branch.Commitment.NONE,
                question,
                Branch.Origin.PLAN);
        assertThat(branch("a").operationName(Pattern.TCC, Role.FORWARD)).isEqualTo("try");
        assertThat(branch("a").operationName(Pattern.TCC, Role.UNDO)).isEqualTo("cancel");
        assertThat(approval.operationName(Pattern.SAGA, Role.FORWARD)).isEqualTo("approval");
        Branch second = Branch.preCommit("a", CALL, List.of("a"));
        assertThat(second.operationName(Pattern.TWO_PHASE, Role.FORWARD)).isEqualTo("pre_commit");
        assertThat(second.operationName(Pattern.TWO_PHASE, Role.UNDO)).isEqualTo("rollback");
    }

    @Test
    void only_the_check_back_of_a_message_has_the_operation_name_check() {
        Branch question = new Branch(Branch.CHECK_BACK, null, CALL, null, null, List.of(), Branch.Commitment.PIVOT);
        Plan message = plan(Pattern.MESSAGE, question, branch("delivery-1"));

        assertThat(message.operationName(0, Role.FORWARD)).isEqualTo(Pattern.CHECK);
        assertThat(message.operationName(1, Role.FORWARD)).isEqualTo(Pattern.MESSAGE.operationName(Role.FORWARD));
        Plan saga = plan(Pattern.SAGA, branch("a"));
        assertThat(saga.operationName(0, Role.FORWARD)).isEqualTo("action");
        assertThat(saga.operationName(0, Role.UNDO)).isEqualTo("compensate");
    }

    @Test
    void a_registered_branch_follows_the_declared_branches() {
        Plan plan = plan(Pattern.TCC, branch("a")).with(branch("b").registered(NOW));

        assertThat(plan.branches()).extracting(Branch::id).containsExactly("a", "b");
        assertThat(plan.declared()).isEqualTo(1);
        assertThat(plan.of(List.of(branch("a")))).isEqualTo(plan(Pattern.TCC, branch("a")));
    }
}
