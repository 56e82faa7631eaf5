package dev.entente.server.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.entente.backends.PatientAwaits;
import dev.entente.server.api.wire.UnparsedBytes;
import dev.entente.server.app.Client;
import dev.entente.server.app.LocalCoordinator;
import dev.entente.server.app.Principals;
import dev.entente.server.app.SamplePlans;
import dev.entente.server.store.LoggedAudit;
import dev.entente.v1.AuditEntry;
import dev.entente.v1.DecideApprovalRequest;
import dev.entente.v1.ForceFinishRequest;
import dev.entente.v1.ListAuditEntriesRequest;
import dev.entente.v1.ListAuditEntriesRequest.Kind;
import dev.entente.v1.ListParticipantsRequest;
import dev.entente.v1.ListParticipantsResponse;
import dev.entente.v1.OperateRequest;
import dev.entente.v1.OperatorServiceGrpc;
import dev.entente.v1.PreviewActRequest;
import dev.entente.v1.ProbeParticipantRequest;
import dev.entente.v1.ReadPayloadRequest;
import dev.entente.v1.Transaction;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCalls;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Audit entries of calls. */
class AuditedCallsTest {
    private static final String ID = "entente-request-id";

    @TempDir
    static Path folder;

    private static Principals principals;
    private static LocalCoordinator api;

    @BeforeAll
    static void start() {
        principals = new Principals(folder, "ops operator", "eve viewer", "shop submitter");
        principals.add("old", "admin", null, Instant.EPOCH);
        principals.add("new", "admin", Instant.parse("2999-01-01T00:00:00Z"), null);
        api = LocalCoordinator.start(
                "auth.tokenFile", principals.file.toString(), "participants.stock.target", "127.0.0.1:1");
    }

    @AfterAll
    static void stop() {
        api.close();
    }

    private static Client as(String principal) {
        return principals.at(api, principal);
    }

    private static void refused(Client client) {
        assertThatThrownBy(() -> client.operator().listParticipants(ListParticipantsRequest.getDefaultInstance()))
                .isInstanceOf(StatusRuntimeException.class)
                .hasMessageContaining("ENT-06");
    }

    /** Waits, because audit rows are written asynchronously. */
    private static void assertOneEntry(String condition) {
        await().untilAsserted(() -> assertThat(entries(condition)).as(condition).isOne());
    }

    private static long entries(String condition) {
        return api.number("select count(*) from audit_entry where " + condition);
    }

    @Test
    void an_unknown_caller_is_logged_with_its_address_and_has_no_audit_row() {
        try (LoggedAudit lines = new LoggedAudit()) {
            refused(api.with(ID, "stranger-1"));
            refused(api.as("ent_guess").with(ID, "stranger-2"));
            refused(api.with("entente-peer", "1.1.eA.x").with(ID, "stranger-3"));
            assertThat(lines.with(" request=stranger-"))
                    .satisfiesExactly(
                            none -> assertThat(none)
                                    .startsWith("DEBUG actor=unknown operation=sign-in gid= before=ListParticipants"
                                            + " after=REFUSED peer=127.0.0.1 request=stranger-1 reason=there is no"
                                            + " bearer token"),
                            guessed -> assertThat(guessed)
                                    .endsWith("reason=the token is unknown")
                                    .doesNotContain("ent_guess"),
                            forged -> assertThat(forged).startsWith("DEBUG actor=unknown operation=peer"));
        }
        refused(as("eve").with(ID, "bulk-of-another"));
        refused(as("eve").with(ID, "behind-them"));
        assertOneEntry("request_id = 'behind-them'");
        assertThat(entries("request_id like 'stranger-%' or request_id like 'bulk-%'"))
                .isZero();
    }

    @Test
    void an_expired_or_not_yet_valid_token_is_audited_with_its_name() {
        refused(as("old"));
        refused(as("new"));
        assertOneEntry("actor = 'old' and operation = 'sign-in' and reason = 'the token has expired'");
        assertOneEntry("actor = 'new' and operation = 'sign-in' and reason = 'the token is not valid yet'");
    }

    @Test
    void a_call_refused_by_role_is_audited_with_gid_and_truncated_reason() {
        String refused = "actor = 'eve' and operation = 'role' and after like 'REFUSED ENT-061: %' and gid = ";
        assertThatThrownBy(() -> as("eve").retry("t-role")).hasMessageContaining("ENT-061");
        assertThatThrownBy(() -> as("eve")
                        .operator()
                        .parkTransaction(OperateRequest.newBuilder()
                                .setGid("t-long")
                                .setReason("forged\n\0" + "x".repeat(5000))
                                .build()))
                .hasMessageContaining("ENT-061");
        assertOneEntry(refused + "'t-role' and before = 'RetryTransaction' and reason = 'to see it in the audit'");
        assertOneEntry(refused + "'t-long' and before = 'ParkTransaction' and length(reason) = 1000");

        PreviewActRequest.Builder inside = PreviewActRequest.newBuilder();
        inside.getForceFinishBuilder().setGid("t-inside").setReason("to see");
        assertThatThrownBy(() -> as("eve").operator().previewAct(inside.build()))
                .hasMessageContaining("ENT-061");
        assertOneEntry(refused + "'t-inside' and before = 'PreviewAct' and reason = 'to see'");

        MethodDescriptor<?, Transaction> retry = OperatorServiceGrpc.getRetryTransactionMethod();
        MethodDescriptor<InputStream, Transaction> raw = retry.toBuilder(
                        UnparsedBytes.AS_THEY_ARE, retry.getResponseMarshaller())
                .build();
        for (String odd : List.of("no message", "")) {
            InputStream bytes = new ByteArrayInputStream(odd.getBytes(StandardCharsets.UTF_8));
            assertThatThrownBy(() -> ClientCalls.blockingUnaryCall(
                            as("eve").with(ID, "odd").channel, raw, CallOptions.DEFAULT, bytes))
                    .hasMessageContaining("ENT-061");
        }
        await().untilAsserted(() ->
                assertThat(entries(refused + "'' and request_id = 'odd'")).isEqualTo(2));
    }

    @Test
    void a_call_refused_by_role_is_audited_without_a_request_message() {
        MethodDescriptor<ListParticipantsRequest, ListParticipantsResponse> headAlone =
                OperatorServiceGrpc.getListParticipantsMethod().toBuilder()
                        .setType(MethodDescriptor.MethodType.BIDI_STREAMING)
                        .build();
        ClientCall<ListParticipantsRequest, ListParticipantsResponse> call =
                as("eve").with(ID, "order-77/1").channel.newCall(headAlone, CallOptions.DEFAULT);
        CompletableFuture<Status> closed = new CompletableFuture<>();
        call.start(
                new ClientCall.Listener<>() {
                    @Override
                    public void onClose(Status status, Metadata trailers) {
                        closed.complete(status);
                    }
                },
                new Metadata());
        assertThat(closed)
                .succeedsWithin(PatientAwaits.BOUND)
                .extracting(Status::getDescription)
                .asString()
                .startsWith("ENT-061");
        assertOneEntry(
                "actor = 'eve' and operation = 'role' and before = 'ListParticipants' and gid = '' and reason = ''"
                        + " and after like 'REFUSED ENT-061: the token ''eve'' has the role viewer, but %'"
                        + " and peer = '127.0.0.1' and request_id = 'order-77/1'");
    }

    @Test
    void an_operation_without_effect_is_reported_unchanged_and_audited() {
        as("shop").submit(SamplePlans.scheduled("t-idle"));
        assertThat(as("ops").park("t-idle").getUnchanged()).isFalse();
        assertThat(as("ops").park("t-idle").getUnchanged()).isTrue();
        assertThat(as("ops").get("t-idle").getUnchanged()).isFalse();
        assertThat(as("ops")
                        .operator()
                        .forceFinishTransaction(ForceFinishRequest.newBuilder()
                                .setGid("t-idle")
                                .setAs(Transaction.State.ABORTED)
                                .build())
                        .getUnchanged())
                .isFalse();
        assertThat(as("ops").abort("t-idle").getUnchanged()).isTrue();
        assertThat(as("shop").abort("t-idle").getUnchanged()).isTrue();

        assertOneEntry("gid = 't-idle' and operation = 'park' and before = 'SCHEDULED' and after = 'PARKED'");
        assertOneEntry("gid = 't-idle' and operation = 'park' and before = 'PARKED' and after = 'PARKED, unchanged'"
                + " and actor = 'ops' and reason = 'to see it in the audit' and peer = '127.0.0.1'");
        assertOneEntry("gid = 't-idle' and operation = 'force-finish' and after = 'ABORTED, forced'");
        assertOneEntry(
                "gid = 't-idle' and operation = 'abort' and before = 'ABORTED' and after = 'ABORTED, unchanged'");
        assertThat(entries("gid = 't-idle'")).isEqualTo(4);
    }

    @Test
    void a_refused_operation_is_audited_with_its_code_and_a_done_one_with_its_states() {
        String why = "reason = 'to see it in the audit' and after like 'REFUSED ENT-030: there is no transaction %'";
        assertThatThrownBy(() -> as("ops").retry("t-none")).hasMessageContaining("ENT-030");
        assertThatThrownBy(() -> as("ops").abort("t-none")).hasMessageContaining("ENT-030");
        assertOneEntry("actor = 'ops' and operation = 'retry' and gid = 't-none' and " + why);
        assertOneEntry("actor = 'ops' and operation = 'abort' and gid = 't-none' and after like 'REFUSED ENT-030: %'");
        assertThatThrownBy(() -> as("ops")
                        .transactions()
                        .decideApproval(DecideApprovalRequest.newBuilder()
                                .setGid("t-none")
                                .setReason("too dear")
                                .build()))
                .hasMessageContaining("ENT-030");
        assertOneEntry(
                "operation = 'reject' and gid = 't-none' and reason = 'too dear' and after like 'REFUSED ENT-030: %'");

        as("shop").submit(SamplePlans.scheduled("t-parked"));
        as("ops").park("t-parked");
        assertOneEntry("actor = 'ops' and operation = 'park' and gid = 't-parked' and before = 'SCHEDULED' and after ="
                + " 'PARKED'");
        as("ops").retry("t-parked");
        assertOneEntry("operation = 'retry' and gid = 't-parked' and before = 'PARKED' and after = 'SCHEDULED'");
    }

    @Test
    void reading_payloads_is_audited_and_reading_a_basic_view_is_not() {
        as("shop").submit(SamplePlans.scheduled("t-read"));
        as("ops").get("t-read");
        as("eve").described("t-read");
        as("ops").described("t-read");
        assertOneEntry("operation = 'read' and gid = 't-read'");
        assertOneEntry(
                "operation = 'read' and gid = 't-read' and actor = 'ops' and reason = 'payloads' and after = 'DONE'");
    }

    @Test
    void a_read_or_probe_of_a_missing_target_is_audited_as_refused() {
        assertThatThrownBy(() -> as("ops").described("t-void")).hasMessageContaining("ENT-030");
        assertThatThrownBy(() -> as("ops")
                        .operator()
                        .readPayload(ReadPayloadRequest.newBuilder()
                                .setGid("t-void")
                                .setBranch("b")
                                .build()))
                .hasMessageContaining("ENT-030");
        assertThatThrownBy(() -> as("ops")
                        .operator()
                        .probeParticipant(ProbeParticipantRequest.newBuilder()
                                .setName("unknown")
                                .build()))
                .hasMessageContaining("ENT-");
        assertOneEntry(
                "operation = 'read' and gid = 't-void' and reason = 'payloads' and after like 'REFUSED ENT-030: %'");
        assertOneEntry(
                "operation = 'read' and gid = 't-void' and reason like '%branch b' and after like 'REFUSED ENT-030:"
                        + " %'");
        assertOneEntry("operation = 'probe' and reason = 'unknown' and after like 'REFUSED ENT-%'");
        assertThat(entries("(gid = 't-void' or reason = 'unknown') and after = 'DONE'"))
                .isZero();
    }

    @Test
    void operations_and_reads_are_listed_separately() {
        as("shop").submit(SamplePlans.scheduled("t-apart"));
        as("ops").park("t-apart");
        as("ops").described("t-apart");
        assertOneEntry("operation = 'read' and gid = 't-apart'");
        assertThat(acts("t-apart", Kind.OPERATIONS)).containsExactly("park");
        assertThat(acts("t-apart", Kind.READS)).containsExactly("read");
        assertThat(acts("t-apart", Kind.KIND_UNSPECIFIED)).containsExactlyInAnyOrder("park", "read");
        assertThatThrownBy(() -> acts("t-apart", null)).hasMessageContaining("kind");
    }

    /** @param kind null for an unknown kind */
    private static List<String> acts(String gid, @Nullable Kind kind) {
        return as("ops")
                .operator()
                .listAuditEntries(ListAuditEntriesRequest.newBuilder()
                        .setGid(gid)
                        .setKindValue(kind == null ? 99 : kind.getNumber())
                        .build())
                .getEntriesList()
                .stream()
                .map(AuditEntry::getOperation)
                .toList();
    }

    @Test
    void probes_and_reads_of_the_audit_are_audited() {
        var _ = as("ops")
                .operator()
                .probeParticipant(
                        ProbeParticipantRequest.newBuilder().setName("stock").build());
        var _ = as("ops").operator().listAuditEntries(ListAuditEntriesRequest.getDefaultInstance());
        assertOneEntry("actor = 'ops' and operation = 'probe' and reason = 'stock'");
        assertOneEntry("actor = 'ops' and operation = 'read-audit' and reason = ''");
    }
}
