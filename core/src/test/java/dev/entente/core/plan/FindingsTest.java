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
    void findings_of_several_checks_keep_their_order() {
        Findings findings = new Findings();
        findings.add(WARNING);
        findings.addAll(List.of(ERROR, WARNING));

        assertThat(findings.list()).containsExactly(WARNING, ERROR, WARNING);
    }

    @Test
    void a_warning_can_be_converted_to_an_error() {
        assertThat(WARNING.asError()).isEqualTo(Finding.error(ErrorCode.POLICY, "plan", "late"));
        assertThat(ERROR.asError()).isEqualTo(ERROR);
    }

    @Test
    void the_summary_of_omitted_findings_is_an_error_if_an_error_is_omitted() {
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
