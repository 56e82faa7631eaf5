package dev.entente.torture;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.torture.Cost.Asked;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Tests of the cost of a fault from 10 s to 20 s for clients and the database. */
final class CostTest {
    private static final long FROM = 10_000;
    private static final long UNTIL = 20_000;

    private static Cost cost(List<Asked> clients, Lifespans.Span... onRecord) {
        return Cost.of(IsolatedFaults.STOPPED, clients, List.of(onRecord), FROM, UNTIL);
    }

    private static Lifespans.Span open(long begunAt, long endedAt) {
        return new Lifespans.Span(begunAt, endedAt);
    }

    @Test
    void a_transaction_open_at_the_fault_counts_from_the_start_of_the_fault() {
        assertThat(cost(List.of(), open(2_000, 14_000)).recoveryMillis()).isEqualTo(4_000);
    }

    @Test
    void a_transaction_begun_during_the_fault_counts_from_its_own_start() {
        assertThat(cost(List.of(), open(19_000, 20_500)).recoveryMillis()).isEqualTo(1_500);
    }

    @Test
    void transactions_outside_the_fault_do_not_count() {
        Cost cost = cost(List.of(), open(1_000, 10_000), open(20_001, 90_000));
        assertThat(cost.recoveryMillis()).isZero();
        assertThat(cost.afterMillis()).isZero();
        assertThat(cost.unended()).isZero();
    }

    @Test
    void late_and_unfinished_transactions_are_counted_separately() {
        Cost cost = cost(List.of(), open(2_000, 23_000), open(12_000, 15_000), open(13_000, 0));
        assertThat(cost.afterMillis()).isEqualTo(3_000);
        assertThat(cost.unended()).isEqualTo(1);
    }

    @Test
    void answered_counts_submits_with_a_response_within_five_seconds() {
        Cost cost = cost(List.of(
                new Asked(9_999, 30_000, 0),
                new Asked(10_000, 15_000, 0),
                new Asked(11_000, 16_001, 0),
                new Asked(21_000, 21_010, 0),
                new Asked(21_001, 0, 0)));
        assertThat(cost.submits()).isEqualTo(3);
        assertThat(cost.answered()).isEqualTo(2);
    }

    @Test
    void answered_again_is_the_time_from_the_end_of_the_fault_to_a_response() {
        assertThat(cost(List.of(new Asked(12_000, 20_700, 0))).answeredAgainMillis())
                .isEqualTo(700);
        assertThat(cost(List.of(new Asked(19_500, 19_900, 0), new Asked(12_000, 20_700, 0)))
                        .answeredAgainMillis())
                .isZero();
    }

    @Test
    void reported_is_the_longest_wait_of_a_client_for_a_result() {
        assertThat(cost(List.of(new Asked(5_000, 5_100, 13_000), new Asked(19_000, 19_100, 19_400)))
                        .reportedMillis())
                .isEqualTo(3_000);
    }
}
