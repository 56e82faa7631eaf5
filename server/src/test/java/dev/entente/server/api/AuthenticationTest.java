package dev.entente.server.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.entente.core.decision.Act;
import dev.entente.core.transaction.BranchProgress;
import dev.entente.server.api.access.Access;
import dev.entente.server.api.access.TokenFile;
import dev.entente.server.api.access.Tokens;
import dev.entente.v1.AbortTransactionRequest;
import dev.entente.v1.BeginTransactionRequest;
import dev.entente.v1.CommitTransactionRequest;
import dev.entente.v1.CountTransactionsRequest;
import dev.entente.v1.DecideApprovalRequest;
import dev.entente.v1.GetTransactionRequest;
import dev.entente.v1.ListCoordinatorsRequest;
import dev.entente.v1.ListTransactionsRequest;
import dev.entente.v1.OperateMatchingRequest;
import dev.entente.v1.OperateMatchingResponse;
import dev.entente.v1.OperateRequest;
import dev.entente.v1.OperatorServiceGrpc;
import dev.entente.v1.RegisterBranchRequest;
import dev.entente.v1.SubmitTransactionRequest;
import dev.entente.v1.Transaction;
import dev.entente.v1.TransactionServiceGrpc;
import dev.entente.v1.TransactionServiceGrpc.TransactionServiceBlockingStub;
import dev.entente.v1.View;
import dev.entente.v1.WatchTransactionRequest;
import io.grpc.Channel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthGrpc;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AuthenticationTest {
    private static final Map<String, Consumer<Channel>> CALLS = Map.ofEntries(
            Map.entry(
                    "Submit",
                    channel -> stub(channel).submitTransaction(SubmitTransactionRequest.getDefaultInstance())),
            Map.entry("Begin", channel -> stub(channel).beginTransaction(BeginTransactionRequest.getDefaultInstance())),
            Map.entry("Register", channel -> stub(channel).registerBranch(RegisterBranchRequest.getDefaultInstance())),
            Map.entry(
                    "Commit",
                    channel -> stub(channel).commitTransaction(CommitTransactionRequest.getDefaultInstance())),
            Map.entry("Abort", channel -> stub(channel).abortTransaction(AbortTransactionRequest.getDefaultInstance())),
            Map.entry("Decide", channel -> stub(channel).decideApproval(DecideApprovalRequest.getDefaultInstance())),
            Map.entry("Get", channel -> stub(channel).getTransaction(GetTransactionRequest.getDefaultInstance())),
            Map.entry("Watch", channel -> {
                var _ = stub(channel)
                        .watchTransaction(WatchTransactionRequest.getDefaultInstance())
                        .hasNext();
            }),
            Map.entry("List", channel -> stub(channel).listTransactions(ListTransactionsRequest.getDefaultInstance())),
            Map.entry(
                    "Count", channel -> stub(channel).countTransactions(CountTransactionsRequest.getDefaultInstance())),
            Map.entry(
                    "Retry",
                    channel -> OperatorServiceGrpc.newBlockingStub(channel)
                            .retryTransaction(OperateRequest.getDefaultInstance())),
            Map.entry(
                    "Coordinators",
                    channel -> OperatorServiceGrpc.newBlockingStub(channel)
                            .listCoordinators(ListCoordinatorsRequest.getDefaultInstance())));

    @TempDir
    private Path folder;

    private Path file;
    private TokenFile tokens;
    private LoopbackApi api;
    private String anotherSubmitter = "";
    private final Map<Access, String> secrets = new EnumMap<>(Access.class);

    private static TransactionServiceBlockingStub stub(Channel channel) {
        return TransactionServiceGrpc.newBlockingStub(channel);
    }

    @BeforeEach
    void open() throws IOException {
        Tokens all = Tokens.none();
        for (Access access : Access.values()) {
            Tokens.Created created = all.create("the-" + access.label(), Set.of(access));
            all = created.tokens();
            secrets.put(access, created.secret());
        }
        Tokens.Created another = all.create("another", Set.of(Access.SUBMITTER));
        all = another.tokens();
        anotherSubmitter = another.secret();
        file = folder.resolve("tokens");
        all.write(file);
        tokens = Proofs.tokens(file);
        api = LoopbackApi.withTokens(tokens);
    }

    @AfterEach
    void close() {
        api.close();
    }

    private String secret(Access access) {
        return Objects.requireNonNull(secrets.get(access));
    }

    @Test
    void each_role_may_call_what_it_is_for() throws Exception {
        assertThat(allowed(Access.SUBMITTER))
                .containsExactly("Abort", "Begin", "Commit", "Get", "Register", "Submit", "Watch");
        assertThat(allowed(Access.VIEWER)).containsExactly("Count", "Get", "List", "Watch");
        assertThat(allowed(Access.OPERATOR))
                .containsExactly("Abort", "Coordinators", "Count", "Decide", "Get", "List", "Retry", "Watch");
        assertThat(allowed(Access.ADMIN))
                .containsExactly("Abort", "Coordinators", "Count", "Decide", "Get", "List", "Retry", "Watch");
    }

    private Set<String> allowed(Access access) throws Exception {
        Set<String> allowed = new TreeSet<>();
        for (Map.Entry<String, Consumer<Channel>> call : CALLS.entrySet()) {
            if (isAllowed(call.getValue(), api.as(secret(access)))) {
                allowed.add(call.getKey());
            }
        }
        return allowed;
    }

    /** Being refused for anything but the role means that it was let in. */
    private static boolean isAllowed(Consumer<Channel> call, Channel channel) throws Exception {
        try {
            call.accept(channel);
            return true;
        } catch (StatusRuntimeException thrown) {
            Refused refused = Refused.by(() -> {
                throw thrown;
            });
            assertThat(refused.code().equals("ENT-061")).isEqualTo(refused.status() == Status.Code.PERMISSION_DENIED);
            return !refused.code().equals("ENT-061");
        }
    }

    @Test
    void nobody_without_a_known_token_gets_in() throws Exception {
        for (Channel channel : List.of(api.channel, api.as("ent_wrong"))) {
            Refused refused =
                    Refused.by(() -> stub(channel).getTransaction(GetTransactionRequest.getDefaultInstance()));
            assertThat(refused.status()).isEqualTo(Status.Code.UNAUTHENTICATED);
            assertThat(refused.code()).isEqualTo("ENT-060");
        }
    }

    @Test
    void health_needs_no_token() {
        assertThat(HealthGrpc.newBlockingStub(api.channel)
                        .check(HealthCheckRequest.getDefaultInstance())
                        .getStatus()
                        .name())
                .isEqualTo("SERVING");
    }

    @Test
    void the_principal_is_the_tokens_name_and_an_operators_abort_is_an_operators() {
        submit();
        stub(api.as(secret(Access.OPERATOR)))
                .abortTransaction(
                        AbortTransactionRequest.newBuilder().setGid("t-1").build());
        assertThat(api.transactions.acts).containsExactly(new Act.Abort("", "the-operator", true));
    }

    private void submit() {
        var _ = stub(api.as(secret(Access.SUBMITTER)))
                .submitTransaction(SubmitTransactionRequest.newBuilder()
                        .setPlan(SamplePlans.saga("t-1"))
                        .build());
    }

    @Test
    void payloads_are_shown_to_operators_only_and_results_to_who_submits() {
        submit();
        api.transactions.succeed("t-1", ByteString.copyFromUtf8("r"));
        assertThat(full(Access.OPERATOR)
                        .getPlan()
                        .getSaga()
                        .getSteps(0)
                        .getAction()
                        .hasRaw())
                .isTrue();
        assertThat(full(Access.VIEWER)
                        .getPlan()
                        .getSaga()
                        .getSteps(0)
                        .getAction()
                        .hasRaw())
                .isFalse();
        assertThat(full(Access.VIEWER).hasResult()).isFalse();
        assertThat(full(Access.SUBMITTER).hasResult()).isTrue();
        assertThat(full(Access.OPERATOR).hasResult()).isTrue();
        assertThat(shown(Access.SUBMITTER, View.BASIC).hasResult()).isTrue();
        assertThat(shown(Access.OPERATOR, View.BASIC).hasResult()).isFalse();
        assertThat(shown(Access.ADMIN, View.BASIC).hasResult()).isFalse();
        assertThat(full(Access.SUBMITTER)
                        .getPlan()
                        .getSaga()
                        .getSteps(0)
                        .getAction()
                        .hasRaw())
                .isFalse();
    }

    private Transaction full(Access access) {
        return shown(access, View.FULL);
    }

    private Transaction shown(Access access, View view) {
        return stub(api.as(secret(access)))
                .getTransaction(GetTransactionRequest.newBuilder()
                        .setGid("t-1")
                        .setView(view)
                        .build());
    }

    @Test
    void a_revoked_token_is_out_of_force_when_the_file_was_read_again() throws Exception {
        revoke("the-viewer");
        Refused refused = Refused.by(() -> full(Access.VIEWER));
        assertThat(refused.code()).isEqualTo("ENT-060");
    }

    @Test
    void an_act_on_many_goes_no_further_when_its_token_is_revoked() throws Exception {
        submit();
        api.records.rows.addAll(List.of(SampleRows.open("t-1", 7L), SampleRows.open("t-1", 7L)));
        api.transactions.whenActed = () -> revoke("the-operator");
        Iterator<OperateMatchingResponse> told = OperatorServiceGrpc.newBlockingStub(api.as(secret(Access.OPERATOR)))
                .operateMatching(OperateMatchingRequest.newBuilder()
                        .setAct("park")
                        .setReason("mended")
                        .build());
        assertThat(told.next().getApplied()).isTrue();
        assertThat(Refused.by(told::hasNext).code()).isEqualTo("ENT-060");
        assertThat(api.transactions.acts).hasSize(1);
    }

    private void revoke(String name) {
        try {
            Tokens.read(file).without(name).write(file);
        } catch (IOException unexpected) {
            throw new UncheckedIOException(unexpected);
        }
        tokens.refresh();
    }

    @Test
    void a_damaged_file_leaves_the_tokens_read_before_in_force() throws IOException {
        Files.writeString(file, "this is no token at all");
        tokens.refresh();
        submit();
        assertThat(api.transactions.submissions).containsKey("t-1");
    }

    @Test
    void the_file_holds_no_secret_and_is_its_owners_alone() throws IOException {
        assertThat(Files.readString(file)).doesNotContain("ent_");
        assertThat(Files.getPosixFilePermissions(file)).hasSize(2);
    }

    @Test
    void a_line_that_is_no_token_is_named_by_its_number_and_not_by_its_content() throws IOException {
        Files.writeString(file, "# fine\nops operator ent_pasted-secret\n");
        assertThatThrownBy(() -> Tokens.read(file))
                .hasMessageContaining("line 2")
                .hasMessageNotContaining("pasted-secret");
    }

    @Test
    void a_submitter_is_not_told_whose_message_its_own_waits_behind() {
        submit();
        api.transactions.reached("t-1", BranchProgress.UNTOUCHED.behind("order-76", null));

        assertThat(full(Access.SUBMITTER).getBranches(0).getBlockedBy()).isEqualTo("(another message)");
        assertThat(full(Access.VIEWER).getBranches(0).getBlockedBy()).isEqualTo("order-76");
    }
}
