package dev.entente.core.transaction;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.core.transaction.Refusal.Violation;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The texts and details of refusals. */
final class RefusalTest {
    private static final Violation GID = new Violation(ErrorCode.GID, "plan.gid", "it is empty");
    private static final Violation NAME = new Violation(ErrorCode.NAME, "plan.name", "it is too long");

    @Test
    void a_single_violation_is_the_complete_message() {
        Refusal refusal = Refusal.malformed(List.of(GID), null);

        assertThat(refusal).hasMessage("ENT-010: plan.gid: it is empty");
        assertThat(refusal.code()).isEqualTo(ErrorCode.GID);
        assertThat(refusal.violations()).containsExactly(GID);
        assertThat(refusal.retryAfter()).isNull();
    }

    @Test
    void several_violations_are_reported_as_the_first_and_a_count() {
        Refusal refusal = Refusal.malformed(List.of(NAME, GID, GID), Duration.ofSeconds(3));

        assertThat(refusal).hasMessage("ENT-011: plan.name: it is too long (and 2 more)");
        assertThat(refusal.violations()).containsExactly(NAME, GID, GID);
        assertThat(refusal.retryAfter()).isEqualTo(Duration.ofSeconds(3));
    }

    @Test
    void a_refusal_for_a_missing_transaction_names_the_gid() {
        assertThat(Refusal.notFound("order-1")).hasMessageContaining("'order-1'");
        assertThat(Refusal.notFound("order-1").code()).isEqualTo(ErrorCode.NOT_FOUND);
    }

    @Test
    void a_temporary_refusal_has_a_retry_time() {
        Refusal refusal = Refusal.temporary(ErrorCode.DRAINING, "later", Duration.ofSeconds(1));

        assertThat(refusal.retryAfter()).isEqualTo(Duration.ofSeconds(1));
        assertThat(Refusal.of(ErrorCode.DRAINING, "never").retryAfter()).isNull();
    }
}
