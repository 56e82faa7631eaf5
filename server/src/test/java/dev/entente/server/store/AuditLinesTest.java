package dev.entente.server.store;

import static org.assertj.core.api.Assertions.as;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;

import org.junit.jupiter.api.Test;

class AuditLinesTest {
    private static final AuditRecord TYPED = new AuditRecord(
            "alice", "retry", "order-4711", "fixed\nactor=root", "PARKED", "UNDOING", "10.0.0.7", "t-1");
    private static final String LINE =
            "actor=alice operation=retry gid=order-4711 before=PARKED after=UNDOING peer=10.0.0.7"
                    + " request=t-1 reason=fixed\\u000aactor=root";

    @Test
    void line_breaks_in_a_reason_are_escaped() {
        try (LoggedAudit lines = new LoggedAudit()) {
            AuditLines.done(TYPED);
            assertThat(lines.with("order-4711")).containsExactly("INFO " + LINE);
        }
    }

    @Test
    void the_refusal_is_the_last_field_of_a_line() {
        AuditRecord refused =
                new AuditRecord("alice", "retry", "o-1", "why", "", "REFUSED ENT-045: no: peer=x", "p", "t");
        try (LoggedAudit lines = new LoggedAudit()) {
            AuditLines.reported(refused);
            assertThat(lines.with("o-1"))
                    .containsExactly("DEBUG actor=alice operation=retry gid=o-1 before= after=REFUSED ENT-045 peer=p"
                            + " request=t reason=why refusal=no: peer=x");
        }
    }

    @Test
    void an_invalid_gid_cannot_add_other_fields() {
        AuditRecord refused = new AuditRecord("alice", "retry", "o-1 after=UNDOING", "", "", "REFUSED", "p", "t");
        try (LoggedAudit lines = new LoggedAudit()) {
            AuditLines.reported(refused);
            assertThat(lines.with("o-1"))
                    .singleElement(as(STRING))
                    .contains("gid=o-1\\u0020after=UNDOING before= after=REFUSED");
        }
    }

    @Test
    void a_name_of_a_proxy_cannot_add_other_fields() {
        AuditRecord named = new AuditRecord("ann operation=skip\u202e", "retry", "o-1", "", "", "DONE", "p", "t");
        try (LoggedAudit lines = new LoggedAudit()) {
            AuditLines.done(named);
            assertThat(lines.with("o-1"))
                    .singleElement(as(STRING))
                    .contains("actor=ann\\u0020operation=skip\\u202e operation=retry ");
        }
    }

    @Test
    void an_operation_without_a_change_is_logged_at_DEBUG() {
        try (LoggedAudit lines = new LoggedAudit()) {
            AuditLines.reported(TYPED);
            assertThat(lines.with("order-4711")).containsExactly("DEBUG " + LINE);
        }
    }
}
