package dev.entente.server.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.entente.server.api.access.Access;
import dev.entente.server.api.access.Tokens;
import dev.entente.server.store.AuditRecord;
import dev.entente.server.store.LoggedAudit;
import dev.entente.v1.AbortTransactionRequest;
import dev.entente.v1.GetTransactionRequest;
import dev.entente.v1.ListAuditEntriesRequest;
import dev.entente.v1.ListParticipantsRequest;
import dev.entente.v1.OperateRequest;
import dev.entente.v1.OperatorServiceGrpc;
import dev.entente.v1.OperatorServiceGrpc.OperatorServiceBlockingStub;
import dev.entente.v1.ProbeParticipantRequest;
import dev.entente.v1.TransactionServiceGrpc;
import dev.entente.v1.View;
import io.grpc.Channel;
import io.grpc.ClientInterceptors;
import io.grpc.Metadata;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.MetadataUtils;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AuditedCallsTest {
    private static final Metadata.Key<String> REQUEST_ID =
            Metadata.Key.of("entente-request-id", Metadata.ASCII_STRING_MARSHALLER);

    @TempDir
    private Path folder;

    private LoopbackApi api;
    private String operator;
    private String viewer;
    private String expired;
    private String early;

    @BeforeEach
    void open() throws IOException {
        Path file = folder.resolve("tokens");
        Tokens.Created first = Tokens.none().create("ops", Set.of(Access.OPERATOR));
        Tokens.Created second = first.tokens().create("eve", Set.of(Access.VIEWER));
        Tokens.Created third = second.tokens().create("old", Set.of(Access.ADMIN), null, Instant.EPOCH);
        Tokens.Created fourth =
                third.tokens().create("new", Set.of(Access.ADMIN), Instant.parse("2999-01-01T00:00:00Z"), null);
        fourth.tokens().write(file);
        operator = first.secret();
        viewer = second.secret();
        expired = third.secret();
        early = fourth.secret();
        api = LoopbackApi.withTokens(Proofs.tokens(file));
    }

    @AfterEach
    void close() {
        api.close();
    }

    @Test
    void whom_nobody_knows_has_a_line_with_its_address_and_no_row() {
        try (LoggedAudit lines = new LoggedAudit()) {
            refusedAs(withId(api.channel, "stranger-1"));
            refusedAs(withId(api.as("ent_guess"), "stranger-2"));
            Metadata headers = new Metadata();
            headers.put(Metadata.Key.of("entente-peer", Metadata.ASCII_STRING_MARSHALLER), "1.1.eA.x");
            refusedAs(withId(
                    ClientInterceptors.intercept(api.channel, MetadataUtils.newAttachHeadersInterceptor(headers)),
                    "stranger-3"));

            assertThat(lines.with(" request=stranger-"))
                    .satisfiesExactly(
                            none -> assertThat(none)
                                    .startsWith("DEBUG actor=unknown act=sign-in gid= before=ListParticipants"
                                            + " after=REFUSED peer=127.0.0.1 request=stranger-1 reason=there is no"
                                            + " bearer token"),
                            guessed -> assertThat(guessed)
                                    .endsWith("reason=the token is not known")
                                    .doesNotContain("ent_guess"),
                            forged -> assertThat(forged).startsWith("DEBUG actor=unknown act=peer"));
        }
        assertThat(api.trail.rows).isEmpty();
    }

    @Test
    void a_request_id_is_made_up_where_none_came_or_one_of_another_form() {
        refusedAs(api.as(viewer));
        refusedAs(withId(api.as(viewer), "no blanks, please"));

        assertThat(api.trail.rows)
                .extracting(AuditRecord::requestId)
                .doesNotHaveDuplicates()
                .allSatisfy(id -> assertThat(id).matches("[0-9a-f]{16}"));
    }

    @Test
    void a_token_out_of_its_time_is_told_of_with_its_name() {
        refusedAs(api.as(expired));
        refusedAs(api.as(early));

        assertThat(api.trail.rows)
                .extracting(AuditRecord::actor, AuditRecord::reason)
                .containsExactly(tuple("old", "the token has expired"), tuple("new", "the token is not valid yet"));
    }

    @Test
    void a_role_that_is_not_enough_is_told_of_with_the_principal() {
        refusedAs(withId(api.as(viewer), "order-77/1"));

        AuditRecord row = onlyRow();
        assertThat(row.actor()).isEqualTo("eve");
        assertThat(row.act()).isEqualTo("role");
        assertThat(row.before()).isEqualTo("ListParticipants");
        assertThat(row.reason()).contains("ENT-061");
        assertThat(row.peer()).isEqualTo("127.0.0.1");
        assertThat(row.requestId()).isEqualTo("order-77/1");
    }

    @Test
    void an_act_that_is_refused_is_told_of_with_its_code_and_one_that_is_done_is_not() {
        assertThatThrownBy(() -> operator()
                        .retryTransaction(OperateRequest.newBuilder()
                                .setGid("t-none")
                                .setReason("again")
                                .build()))
                .isInstanceOf(StatusRuntimeException.class);

        AuditRecord row = onlyRow();
        assertThat(row.actor()).isEqualTo("ops");
        assertThat(row.act()).isEqualTo("retry");
        assertThat(row.gid()).isEqualTo("t-none");
        assertThat(row.after()).isEqualTo("REFUSED ENT-030");
    }

    @Test
    void payloads_that_are_asked_for_are_told_of_and_a_basic_view_is_not() {
        get(operator, "t-1", View.BASIC);
        get(viewer, "t-1", View.FULL);
        assertThat(api.trail.rows).isEmpty();

        get(operator, "t-1", View.FULL);
        assertThat(onlyRow().act()).isEqualTo("read");
        assertThat(onlyRow().gid()).isEqualTo("t-1");
        assertThat(onlyRow().actor()).isEqualTo("ops");
    }

    @Test
    void a_probe_and_a_look_at_the_audit_are_told_of() {
        try {
            var _ = operator()
                    .probeParticipant(ProbeParticipantRequest.newBuilder()
                            .setName("stock")
                            .build());
        } catch (StatusRuntimeException unknown) {
            assertThat(unknown.getStatus().getDescription()).startsWith("ENT-");
        }
        var _ = operator().listAuditEntries(ListAuditEntriesRequest.getDefaultInstance());

        assertThat(api.trail.rows).extracting(AuditRecord::act).containsExactly("probe", "read-audit");
        assertThat(api.trail.rows.getFirst().reason()).isEqualTo("stock");
    }

    @Test
    void an_operators_abort_is_told_of_where_it_is_refused() {
        assertThatThrownBy(() -> TransactionServiceGrpc.newBlockingStub(api.as(operator))
                        .abortTransaction(AbortTransactionRequest.newBuilder()
                                .setGid("t-none")
                                .setReason("again")
                                .build()))
                .hasMessageContaining("ENT-030");
        assertThat(onlyRow())
                .extracting(AuditRecord::act, AuditRecord::gid, AuditRecord::after)
                .containsExactly("abort", "t-none", "REFUSED ENT-030");
    }

    private OperatorServiceBlockingStub operator() {
        return OperatorServiceGrpc.newBlockingStub(api.as(operator));
    }

    private void get(String secret, String gid, View view) {
        try {
            var _ = TransactionServiceGrpc.newBlockingStub(api.as(secret))
                    .getTransaction(GetTransactionRequest.newBuilder()
                            .setGid(gid)
                            .setView(view)
                            .build());
        } catch (StatusRuntimeException none) {
            assertThat(none.getStatus().getDescription()).startsWith("ENT-030");
        }
    }

    private static Channel withId(Channel channel, String id) {
        Metadata headers = new Metadata();
        headers.put(REQUEST_ID, id);
        return ClientInterceptors.intercept(channel, MetadataUtils.newAttachHeadersInterceptor(headers));
    }

    private static void refusedAs(Channel channel) {
        assertThatThrownBy(() -> OperatorServiceGrpc.newBlockingStub(channel)
                        .listParticipants(ListParticipantsRequest.getDefaultInstance()))
                .isInstanceOf(StatusRuntimeException.class)
                .hasMessageContaining("ENT-06");
    }

    private AuditRecord onlyRow() {
        assertThat(api.trail.rows).hasSize(1);
        return api.trail.rows.getFirst();
    }
}
