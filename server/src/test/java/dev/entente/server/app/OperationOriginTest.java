package dev.entente.server.app;

import static org.assertj.core.api.Assertions.as;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;
import static org.awaitility.Awaitility.await;

import dev.entente.server.store.LoggedAudit;
import dev.entente.v1.Operation;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Audit of operations at real coordinators: a row and a log line for each, with the caller's address and the request
 * id.
 */
class OperationOriginTest {
    @TempDir
    static Path folder;

    private static Principals principals;
    private static TwoCoordinators both;
    private static LocalCoordinator first;
    private static LocalCoordinator second;

    @BeforeAll
    static void start() throws IOException {
        principals = new Principals(folder, "shop submitter", "alice operator");
        both = new TwoCoordinators(principals, principals);
        first = both.first;
        second = both.second;
    }

    @AfterAll
    static void stop() {
        both.close();
    }

    private static Client alice(LocalCoordinator at, String requestId) {
        return principals.at(at, "alice").with("entente-request-id", requestId);
    }

    private static void submit(String gid, String method) {
        Operation call = SamplePlans.call("stock/example.v1.Example/" + method);
        principals.at(first, "shop").submit(SamplePlans.oneStep(gid, call));
    }

    private static void parked(String gid) {
        submit(gid, "Nothing");
        await().until(() -> principals.at(first, "shop").get(gid).hasParked());
    }

    private static long entries(String act, String gid, String requestId) {
        return first.number("select count(*) from audit_entry where actor = 'alice' and operation = '" + act
                + "' and gid = '" + gid + "' and peer = '127.0.0.1' and request_id " + requestId);
    }

    @Test
    void an_audit_entry_contains_the_callers_address_and_request_id() {
        parked("here");
        try (LoggedAudit lines = new LoggedAudit()) {
            alice(first, "ticket-7").retry("here");
            assertThat(entries("retry", "here", "= 'ticket-7'")).isEqualTo(1);
            assertThat(lines.with("gid=here"))
                    .singleElement(as(STRING))
                    .startsWith("INFO actor=alice operation=retry gid=here before=PARKED after=")
                    .endsWith(" peer=127.0.0.1 request=ticket-7 reason=to see it in the audit");
        }
    }

    @Test
    void each_of_300_refusals_of_a_principal_has_an_audit_row() {
        try (LoggedAudit lines = new LoggedAudit()) {
            for (int i = 0; i < 300; i++) {
                assertThatThrownBy(() -> alice(first, "ticket-9").retry("none")).hasMessageContaining("ENT-030");
            }
            await().untilAsserted(() ->
                    assertThat(entries("retry", "none", "= 'ticket-9'")).isEqualTo(300));
            assertThat(lines.with("gid=none")).hasSize(300).allMatch(line -> line.startsWith("DEBUG actor=alice"));
        }
    }

    @Test
    void a_forwarded_operation_is_audited_with_its_first_address_and_request_id() {
        submit("there", "Hang");
        alice(second, "ticket-8").park("there");
        assertThat(entries("park", "there", "= 'ticket-8'")).isEqualTo(1);
    }

    @Test
    void a_request_without_a_valid_id_gets_a_generated_id() {
        parked("unnamed");
        principals.at(first, "alice").retry("unnamed");
        parked("misnamed");
        alice(first, "a name with spaces").retry("misnamed");
        assertThat(entries("retry", "unnamed", "~ '^[0-9a-f]{16}$'")).isEqualTo(1);
        assertThat(entries("retry", "misnamed", "~ '^[0-9a-f]{16}$'")).isEqualTo(1);
    }
}
