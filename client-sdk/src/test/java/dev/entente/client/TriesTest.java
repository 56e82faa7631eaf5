package dev.entente.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.Empty;
import org.junit.jupiter.api.Test;

class TriesTest {
    @Test
    void an_error_of_a_try_fails_the_scope_and_completes_the_tries() {
        Tries tries = new Tries("order-1");
        Error defect = new OutOfMemoryError("on purpose");

        assertThatThrownBy(() -> tries.<Empty>start("debit", () -> {
                    throw defect;
                }))
                .isSameAs(defect);

        assertThat(tries.ended()).isCompleted();
        assertThat(tries.firstFailure())
                .hasValueSatisfying(
                        firstFailure -> assertThat(firstFailure.cause()).isSameAs(defect));
    }
}
