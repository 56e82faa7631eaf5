package dev.entente.core.transaction;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntFunction;
import java.util.function.ToIntFunction;
import org.junit.jupiter.api.Test;

/** The codes that rows store: each constant has a permanent code, and an unknown code is refused. */
final class StoredCodesTest {
    /** Verifies that the codes of the values, in their order, are consecutive and begin with 1. */
    private static <T extends Enum<T>> void assertCodes(T[] values, ToIntFunction<T> code, IntFunction<T> of) {
        for (int i = 0; i < values.length; i++) {
            assertThat(code.applyAsInt(values[i])).as(values[i].name()).isEqualTo(i + 1);
            assertThat(of.apply(i + 1)).isEqualTo(values[i]);
        }
        for (int unknown : List.of(-1, 0, values.length + 1)) {
            assertThatThrownBy(() -> of.apply(unknown))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("the code " + unknown);
        }
    }

    @Test
    void each_constant_has_its_code() {
        assertCodes(TransactionState.values(), TransactionState::code, TransactionState::of);
        assertCodes(BranchState.values(), BranchState::code, BranchState::of);
        assertCodes(HistoryKind.values(), HistoryKind::code, HistoryKind::of);
        assertCodes(Pattern.values(), Pattern::code, Pattern::of);
        assertCodes(Approval.Expiry.values(), Approval.Expiry::code, Approval.Expiry::of);
        assertCodes(ParkReason.values(), ParkReason::code, ParkReason::of);
    }

    @Test
    void abort_reasons_omit_the_code_5() {
        assertThat(Arrays.stream(AbortReason.values()).map(AbortReason::code))
                .containsExactly(1, 2, 3, 4, 6, 7, 8, 9, 10);
        assertThat(AbortReason.values())
                .allSatisfy(reason -> assertThat(AbortReason.of(reason.code())).isEqualTo(reason));
        assertThatThrownBy(() -> AbortReason.of(5)).isInstanceOf(UnknownCode.class);
    }

    @Test
    void a_code_of_a_newer_version_is_distinguished_from_an_impossible_code() {
        assertThatThrownBy(() -> BranchState.of(99)).isInstanceOf(UnknownCode.class);
        assertThatThrownBy(() -> BranchState.of(0)).isNotInstanceOf(UnknownCode.class);
        assertThat(UnknownCode.of("pattern", 1)).isInstanceOf(UnknownCode.class);
        assertThat(UnknownCode.of("pattern", 0)).isNotInstanceOf(UnknownCode.class);
        assertThat(UnknownCode.of("outcome", "POSTPONED")).isInstanceOf(UnknownCode.class);
    }

    @Test
    void outcomes_have_codes_except_not_sent_and_stale_fence() {
        Duration second = Duration.ofSeconds(1);
        List<Outcome> outcomes = List.of(
                new Outcome.Succeeded(ByteString.EMPTY),
                new Outcome.Rejected("no", false),
                new Outcome.Failed("bad", false),
                new Outcome.InProgress("busy", null),
                new Outcome.Misconfigured("where", false),
                new Outcome.Unknown("lost", null));
        assertThat(outcomes.stream().map(Outcome::code)).containsExactly(1, 2, 3, 4, 5, 6);
        assertThat(new Outcome.NotSent("full", second).code()).isZero();
        assertThat(new Outcome.StaleFence("newer").code()).isZero();
        assertThat(outcomes.getFirst().detail()).isEmpty();
    }

    @Test
    void errors_have_an_id_a_category_an_exit_code_and_a_meaning() {
        assertThat(ErrorCode.GID.id()).isEqualTo("ENT-010");
        assertThat(ErrorCode.GID.category()).isEqualTo(ErrorCode.Category.INVALID_ARGUMENT);
        assertThat(ErrorCode.GID.exitCode()).isEqualTo(1);
        assertThat(ErrorCode.NODE_ALIVE.exitCode()).isEqualTo(8);
        assertThat(ErrorCode.INTERNAL.meaning()).startsWith("an internal error");
        assertThat(Arrays.stream(ErrorCode.values()).map(ErrorCode::id)).doesNotHaveDuplicates();
    }
}
