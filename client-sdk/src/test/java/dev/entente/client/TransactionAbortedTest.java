package dev.entente.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.v1.BranchStatus;
import dev.entente.v1.Transaction;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class TransactionAbortedTest {
    @ParameterizedTest
    @CsvSource({
        "STEP_REJECTED, 'hotel: HTTP 409: full', REJECTED, hotel",
        "STEP_FAILED, 'hotel: HTTP 422: full', UNDONE, hotel",
        "STEP_FAILED, 'hotel/room: HTTP 422: full', UNDONE, hotel/room",
        "ATTEMPTS_EXHAUSTED, 'hotel, pre-commit: no response in time', UNDONE, hotel",
        "APPROVAL_REJECTED, 'hotel: alice: too dear', REJECTED, hotel",
        "DEADLINE, 'the deadline has passed', REJECTED, ''",
        "CLIENT_ABORT, 'hotel: we stay at home', UNDONE, ''",
        "OPERATOR, 'hotel: stated as never happened', FAILED, ''",
    })
    void an_aborted_outcome_names_the_branch_that_caused_the_abort(
            Transaction.AbortReason reason, String detail, BranchStatus.State state, String branch) {
        Transaction transaction = Transaction.newBuilder()
                .setState(Transaction.State.ABORTED)
                .setTerminal(true)
                .setAbortReason(reason)
                .setDetail(detail)
                .addBranches(BranchStatus.newBuilder().setId("car").setState(BranchStatus.State.REJECTED))
                .addBranches(BranchStatus.newBuilder().setId("hotel").setState(state))
                .addBranches(BranchStatus.newBuilder().setId("hotel/room").setState(state))
                .build();

        assertThat(new Outcome.Aborted(transaction).branch()).isEqualTo(branch);
        assertThat(TransactionAborted.of(transaction).branch()).isEqualTo(branch);
    }
}
