package dev.entente.server.app;

import static org.assertj.core.api.Assertions.as;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;
import static org.awaitility.Awaitility.await;

import dev.entente.server.store.LoggedAudit;
import dev.entente.v1.OperateRequest;
import dev.entente.v1.OperatorServiceGrpc.OperatorServiceBlockingStub;
import io.grpc.Metadata;
import io.grpc.stub.MetadataUtils;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The audit of acts at real coordinators: a row and a line for each, from where, and by which request. */
class ActOriginTest {
    @TempDir
    static Path folder;

    private static TwoOperators operators;

    @BeforeAll
    static void start() throws IOException {
        operators = new TwoOperators(folder);
    }

    @AfterAll
    static void stop() {
        operators.close();
    }

    private static OperatorServiceBlockingStub alice(int node, String requestId) {
        Metadata headers = new Metadata();
        headers.put(Metadata.Key.of("entente-request-id", Metadata.ASCII_STRING_MARSHALLER), requestId);
        return operators.operator("alice", node).withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers));
    }

    static OperateRequest because(String gid) {
        return OperateRequest.newBuilder()
                .setGid(gid)
                .setReason("to see it in the audit")
                .build();
    }

    private static long entries(String act, String gid, String requestId) {
        return operators.number("select count(*) from audit_entry where actor = 'alice' and act = '" + act
                + "' and gid = '" + gid + "' and peer = '127.0.0.1' and request_id " + requestId);
    }

    @Test
    void an_act_tells_the_address_and_the_request() {
        operators.parked("here");
        try (LoggedAudit lines = new LoggedAudit()) {
            var _ = alice(0, "ticket-7").retryTransaction(because("here"));
            assertThat(entries("retry", "here", "= 'ticket-7'")).isEqualTo(1);
            assertThat(lines.with("gid=here"))
                    .singleElement(as(STRING))
                    .startsWith("INFO actor=alice act=retry gid=here before=RUNNING after=")
                    .endsWith(" peer=127.0.0.1 request=ticket-7 reason=to see it in the audit");
        }
    }

    @Test
    void each_refusal_of_a_principal_has_a_row_however_many_there_are() {
        try (LoggedAudit lines = new LoggedAudit()) {
            for (int i = 0; i < 300; i++) {
                TwoOperators.refused(() -> alice(0, "ticket-9").retryTransaction(because("none")), "ENT-030");
            }
            await().untilAsserted(() ->
                    assertThat(entries("retry", "none", "= 'ticket-9'")).isEqualTo(300));
            assertThat(lines.with("gid=none")).hasSize(300).allMatch(line -> line.startsWith("DEBUG actor=alice"));
        }
    }

    @Test
    void an_act_that_another_coordinator_passed_on_tells_where_it_came_from_first() {
        operators.held("there");
        var _ = alice(1, "ticket-8").parkTransaction(because("there"));
        assertThat(entries("park", "there", "= 'ticket-8'")).isEqualTo(1);
    }

    @Test
    void a_request_of_no_name_or_of_a_bad_one_is_given_one() {
        operators.parked("unnamed");
        var _ = operators.operator("alice").retryTransaction(because("unnamed"));
        operators.parked("misnamed");
        var _ = alice(0, "a name with spaces").retryTransaction(because("misnamed"));
        assertThat(entries("retry", "unnamed", "~ '^[0-9a-f]{16}$'")).isEqualTo(1);
        assertThat(entries("retry", "misnamed", "~ '^[0-9a-f]{16}$'")).isEqualTo(1);
    }
}
