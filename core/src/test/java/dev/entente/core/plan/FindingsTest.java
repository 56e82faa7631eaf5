package dev.entente.core.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.core.transaction.ErrorCode;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The findings of checks, in their order, and the number left out. */
final class FindingsTest {
    private static final Finding WARNING = Finding.warning(ErrorCode.POLICY, "plan", "late");
    private static final Finding ERROR = Finding.error(ErrorCode.NAME, "plan.name", "no name");

    private static Findings hundred() {
        Findings findings = new Findings();
        for (int i = 0; i < Findings.MAX; i++) {
            findings.add(WARNING);
        }
        return findings;
    }

    @Test
    void findings_of_several_checks_stand_one_after_another() {
        Findings findings = new Findings();
        findings.add(WARNING);
        findings.addAll(List.of(ERROR, WARNING));

        assertThat(findings.list()).containsExactly(WARNING, ERROR, WARNING);
    }

    @Test
    void a_warning_is_an_error_where_even_warnings_are_refused() {
        assertThat(WARNING.asError()).isEqualTo(Finding.error(ErrorCode.POLICY, "plan", "late"));
        assertThat(ERROR.asError()).isEqualTo(ERROR);
    }

    @Test
    void what_was_left_out_is_an_error_where_one_of_it_was() {
        Findings warnings = hundred();
        warnings.add(WARNING);
        Findings errors = hundred();
        errors.addAll(List.of(WARNING, ERROR, WARNING));

        assertThat(hundred().list()).hasSize(100);
        assertThat(warnings.list().getLast().message()).isEqualTo("and 1 more findings");
        assertThat(warnings.list().getLast().isWarning()).isTrue();
        assertThat(errors.list().getLast().message()).isEqualTo("and 3 more findings");
        assertThat(errors.list().getLast().isWarning()).isFalse();
    }
}
