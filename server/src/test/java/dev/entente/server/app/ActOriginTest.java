package dev.entente.server.app;

import static org.assertj.core.api.Assertions.as;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;
import static org.awaitility.Awaitility.await;

import dev.entente.server.store.DatabaseSettings;
import dev.entente.server.store.LoggedAudit;
import dev.entente.server.store.TestDatabase;
import dev.entente.v1.GetTransactionRequest;
import dev.entente.v1.OperateRequest;
import dev.entente.v1.Operation;
import dev.entente.v1.OperatorServiceGrpc;
import dev.entente.v1.OperatorServiceGrpc.OperatorServiceBlockingStub;
import dev.entente.v1.Plan;
import dev.entente.v1.Saga;
import dev.entente.v1.SagaStep;
import dev.entente.v1.SubmitTransactionRequest;
import dev.entente.v1.TransactionServiceGrpc;
import dev.entente.v1.TransactionServiceGrpc.TransactionServiceBlockingStub;
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

    private static Principals principals;
    private static ExampleParticipant participant;
    private static LocalCoordinator first;
    private static LocalCoordinator second;

    @BeforeAll
    static void start() throws IOException {
        principals = new Principals(folder, "shop submitter", "alice operator");
        participant = ExampleParticipant.start();
        first = start(TestDatabase.withSchema(), "a");
        second = start(first.database, "b");
    }

    private static LocalCoordinator start(DatabaseSettings database, String node) {
        return LocalCoordinator.start(
                database,
                node,
                "auth.tokenFile",
                principals.file.toString(),
                "calls.timeout",
                "3s",
                "calls.forwardAttempts",
                "1000",
                "participants.any.target",
                participant.target());
    }

    @AfterAll
    static void stop() {
        participant.close();
        first.close();
        second.close();
    }

    private static OperatorServiceBlockingStub alice(LocalCoordinator at, String requestId) {
        return OperatorServiceGrpc.newBlockingStub(
                LocalCoordinator.with(at.as(principals.secret("alice")), "entente-request-id", requestId));
    }

    private static TransactionServiceBlockingStub shop() {
        return TransactionServiceGrpc.newBlockingStub(first.as(principals.secret("shop")));
    }

    private static void submit(String gid, String method) {
        var _ = shop().submitTransaction(SubmitTransactionRequest.newBuilder()
                .setPlan(Plan.newBuilder()
                        .setGid(gid)
                        .setName("two")
                        .setSaga(Saga.newBuilder()
                                .addSteps(SagaStep.newBuilder()
                                        .setId("only")
                                        .setAction(Operation.newBuilder().setGrpc("any/example.v1.Example/" + method))
                                        .setNoUndo(true))))
                .build());
    }

    private static void parked(String gid) {
        submit(gid, "Nothing");
        await().until(() -> shop().getTransaction(
                        GetTransactionRequest.newBuilder().setGid(gid).build())
                .hasParked());
    }

    private static OperateRequest because(String gid) {
        return OperateRequest.newBuilder()
                .setGid(gid)
                .setReason("to see it in the audit")
                .build();
    }

    private static long entries(String act, String gid, String requestId) {
        return first.number("select count(*) from audit_entry where actor = 'alice' and act = '" + act + "' and gid = '"
                + gid + "' and peer = '127.0.0.1' and request_id " + requestId);
    }

    @Test
    void an_act_tells_the_address_and_the_request() {
        parked("here");
        try (LoggedAudit lines = new LoggedAudit()) {
            var _ = alice(first, "ticket-7").retryTransaction(because("here"));
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
                assertThatThrownBy(() -> alice(first, "ticket-9").retryTransaction(because("none")))
                        .hasMessageContaining("ENT-030");
            }
            await().untilAsserted(() ->
                    assertThat(entries("retry", "none", "= 'ticket-9'")).isEqualTo(300));
            assertThat(lines.with("gid=none")).hasSize(300).allMatch(line -> line.startsWith("DEBUG actor=alice"));
        }
    }

    @Test
    void an_act_that_another_coordinator_passed_on_tells_where_it_came_from_first() {
        submit("there", "Hang");
        var _ = alice(second, "ticket-8").parkTransaction(because("there"));
        assertThat(entries("park", "there", "= 'ticket-8'")).isEqualTo(1);
    }

    @Test
    void a_request_of_no_name_or_of_a_bad_one_is_given_one() {
        parked("unnamed");
        var _ = OperatorServiceGrpc.newBlockingStub(first.as(principals.secret("alice")))
                .retryTransaction(because("unnamed"));
        parked("misnamed");
        var _ = alice(first, "a name with spaces").retryTransaction(because("misnamed"));
        assertThat(entries("retry", "unnamed", "~ '^[0-9a-f]{16}$'")).isEqualTo(1);
        assertThat(entries("retry", "misnamed", "~ '^[0-9a-f]{16}$'")).isEqualTo(1);
    }
}
