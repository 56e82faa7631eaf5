package dev.entente.spring.test;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.participant.Branch;
import dev.entente.participant.BranchOp;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;

/** Tests which calls reach a participant and which calls get a response. */
final class FaultsTest {
    private static final Branch ACTION = Branch.of("g", "reserve", BranchOp.ACTION);
    private static final Branch UNDO = Branch.of("g", "reserve", BranchOp.COMPENSATE);

    private final Faults faults = new Faults(Assertions::fail);
    private final List<BranchOp> delivered = new ArrayList<>();

    private Optional<String> call(Branch branch) {
        return faults.pass(branch, () -> {
                    delivered.add(branch.op());
                    return CompletableFuture.completedFuture("answer " + delivered.size());
                })
                .join();
    }

    @Test
    void each_fault_applies_once_to_its_branch_and_operation() {
        faults.loseRequest("reserve", BranchOp.ACTION);
        faults.loseAnswer("reserve", BranchOp.COMPENSATE);

        assertThat(call(Branch.of("g", "pay", BranchOp.ACTION))).contains("answer 1");
        assertThat(call(ACTION)).isEmpty();
        assertThat(delivered).hasSize(1);
        assertThat(call(ACTION)).contains("answer 2");
        assertThat(call(UNDO)).isEmpty();
        assertThat(call(UNDO)).contains("answer 4");
    }

    @Test
    void a_repeated_call_returns_the_second_response() {
        faults.repeat("reserve", BranchOp.ACTION);

        assertThat(call(ACTION)).contains("answer 2");
        assertThat(delivered).containsExactly(BranchOp.ACTION, BranchOp.ACTION);
    }

    @Test
    void a_delayed_call_arrives_once_before_the_response_of_its_compensation() {
        faults.delayUntilUndone("reserve");

        assertThat(call(ACTION)).isEmpty();
        assertThat(call(ACTION.withAttempt(2))).isEmpty();
        assertThat(call(Branch.of("other", "reserve", BranchOp.ACTION))).isPresent();
        delivered.clear();
        assertThat(call(UNDO)).contains("answer 1");
        assertThat(delivered).containsExactly(BranchOp.COMPENSATE, BranchOp.ACTION);
        assertThat(call(UNDO)).contains("answer 3");
    }

    @Test
    void unused_faults_are_reported_once() {
        faults.repeat("reserve", BranchOp.ACTION);
        faults.delayUntilUndone("pay");

        assertThat(faults.clear()).containsExactly("REPEAT of reserve/action", "DELAY of pay");
        assertThat(faults.clear()).isEmpty();
        assertThat(call(ACTION)).contains("answer 1");
    }
}
