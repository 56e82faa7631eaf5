package dev.entente.spring.test;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.participant.Branch;
import dev.entente.participant.BranchOp;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** The calls that reach a participant, and those that are answered. */
final class FaultsTest {
    private static final Branch ACTION = Branch.of("g", "reserve", BranchOp.ACTION);
    private static final Branch UNDO = Branch.of("g", "reserve", BranchOp.COMPENSATE);

    private final Faults faults = new Faults();
    private final List<BranchOp> delivered = new ArrayList<>();

    private Optional<String> call(Branch branch) {
        return faults.pass(branch, () -> {
                    delivered.add(branch.op());
                    return CompletableFuture.completedFuture("answer " + delivered.size());
                })
                .join();
    }

    @Test
    void each_happens_once_to_its_branch_and_operation() {
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
    void a_repeated_call_is_answered_as_the_second_time() {
        faults.repeat("reserve", BranchOp.ACTION);

        assertThat(call(ACTION)).contains("answer 2");
        assertThat(delivered).containsExactly(BranchOp.ACTION, BranchOp.ACTION);
    }

    @Test
    void a_late_call_comes_once_and_before_its_undo_is_answered() {
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
    void what_was_not_met_is_told_once() {
        faults.repeat("reserve", BranchOp.ACTION);
        faults.delayUntilUndone("pay");

        assertThat(faults.clear()).containsExactly("REPEAT of reserve/action", "DELAY of pay");
        assertThat(faults.clear()).isEmpty();
        assertThat(call(ACTION)).contains("answer 1");
    }
}
