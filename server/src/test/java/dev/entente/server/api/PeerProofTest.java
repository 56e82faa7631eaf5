package dev.entente.server.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.backends.PatientAwaits;
import dev.entente.core.decision.Act;
import dev.entente.server.api.access.Access;
import dev.entente.server.api.access.Authentication;
import dev.entente.server.api.access.Caller;
import dev.entente.server.api.access.PeerProof;
import dev.entente.server.api.access.TokenFile;
import dev.entente.server.api.access.Tokens;
import dev.entente.v1.AbortTransactionRequest;
import dev.entente.v1.GetTransactionRequest;
import dev.entente.v1.SubmitTransactionRequest;
import dev.entente.v1.Transaction;
import dev.entente.v1.TransactionServiceGrpc;
import dev.entente.v1.TransactionServiceGrpc.TransactionServiceBlockingStub;
import dev.entente.v1.WatchTransactionRequest;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.ClientInterceptors;
import io.grpc.ForwardingClientCall.SimpleForwardingClientCall;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.MetadataUtils;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two coordinators with tokens: `owner` is node-b and holds t-1, and `asked` is node-a and knows that. */
class PeerProofTest {
    private static final long OWNER = 8;
    private static final String ABORT =
            TransactionServiceGrpc.getAbortTransactionMethod().getFullMethodName();
    private static final AbortTransactionRequest ABORT_T1 =
            AbortTransactionRequest.newBuilder().setGid("t-1").build();
    private static final Caller ADMIN =
            new Caller("root", "10.0.0.1", Set.of(Access.ADMIN, Access.SUBMITTER), null, true, false, null, null);

    @TempDir
    private Path folder;

    private Path file;
    private String secret;
    private TokenFile tokensOfAsked;
    private LoopbackApi asked;
    private LoopbackApi owner;

    @BeforeEach
    void open() throws IOException {
        file = folder.resolve("tokens");
        Tokens.Created shop = Tokens.none().create("shop", Set.of(Access.SUBMITTER));
        shop.tokens().write(file);
        secret = shop.secret();
        Tokens.Created other = Tokens.none().create("shop", Set.of(Access.ADMIN, Access.SUBMITTER));
        other.tokens().write(folder.resolve("others"));
        tokensOfAsked = Proofs.tokens(file);
        asked = LoopbackApi.withTokens(tokensOfAsked);
        owner = LoopbackApi.withTokens("node-b", Proofs.tokens(folder.resolve("others")));
        var _ = stub(owner.as(other.secret()))
                .submitTransaction(SubmitTransactionRequest.newBuilder()
                        .setPlan(SamplePlans.saga("t-1"))
                        .build());
        var _ = stub(asked.as(secret))
                .submitTransaction(SubmitTransactionRequest.newBuilder()
                        .setPlan(SamplePlans.saga("t-1"))
                        .build());
        asked.membership.add(OWNER, "node-b", "127.0.0.1:" + owner.port);
        asked.transactions.heldElsewhere.put("t-1", OWNER);
    }

    @AfterEach
    void close() {
        asked.close();
        owner.close();
    }

    private static TransactionServiceBlockingStub stub(Channel channel) {
        return TransactionServiceGrpc.newBlockingStub(channel);
    }

    @Test
    void the_owner_takes_the_callers_name_from_a_coordinator_and_needs_no_token() {
        var _ = stub(asked.as(secret)).abortTransaction(ABORT_T1);
        assertThat(owner.transactions.acts).containsExactly(new Act.Abort("", "shop", false));
    }

    @Test
    void the_callers_token_is_not_passed_on() throws Exception {
        ConcurrentLinkedQueue<Metadata> sent = new ConcurrentLinkedQueue<>();
        Forwarding forwarding = new Forwarding(
                new Peers("node-a", asked.membership::peers, _ -> CompletableFuture.completedFuture(Map.of())),
                Proofs.of("node-a"),
                address -> recording(address, sent));
        try {
            var _ = forwarding
                    .ask(
                            OWNER,
                            TransactionServiceGrpc.getAbortTransactionMethod(),
                            ABORT_T1,
                            new Caller(
                                    "shop",
                                    "10.0.0.1",
                                    Set.of(Access.SUBMITTER),
                                    "Bearer " + secret,
                                    true,
                                    false,
                                    null,
                                    null),
                            Forwarding.within(Duration.ZERO, null))
                    .get(PatientAwaits.BOUND.toSeconds(), TimeUnit.SECONDS);
        } finally {
            forwarding.close();
        }
        assertThat(sent).hasSize(1).allSatisfy(headers -> {
            assertThat(headers.containsKey(PeerProof.HEADER)).isTrue();
            assertThat(headers.containsKey(Authentication.AUTHORIZATION)).isFalse();
            assertThat(headers.toString()).doesNotContain(secret);
        });
    }

    private static ManagedChannel recording(String address, ConcurrentLinkedQueue<Metadata> sent) {
        return NettyChannelBuilder.forTarget(address)
                .usePlaintext()
                .intercept(new ClientInterceptor() {
                    @Override
                    public <Q, R> ClientCall<Q, R> interceptCall(
                            MethodDescriptor<Q, R> method, CallOptions options, Channel next) {
                        return new SimpleForwardingClientCall<>(next.newCall(method, options)) {
                            @Override
                            public void start(Listener<R> listener, Metadata headers) {
                                sent.add(headers);
                                super.start(listener, headers);
                            }
                        };
                    }
                })
                .build();
    }

    @Test
    void a_proof_that_another_key_signed_is_refused() throws Exception {
        assertRefused(Proofs.of("node-a", 66).of(ADMIN, "node-b", ABORT, ABORT_T1.toByteArray()));
    }

    @Test
    void what_is_no_proof_at_all_is_refused() throws Exception {
        assertRefused("");
        assertRefused("1.1.x.y");
        assertRefused("1.1." + "A".repeat(2048) + "." + "A".repeat(43));
        assertRefused("1.99999.AAAA." + "A".repeat(43));
    }

    @Test
    void a_proof_for_another_coordinator_method_or_request_is_refused() throws Exception {
        PeerProof node = Proofs.of("node-a");
        byte[] request = ABORT_T1.toByteArray();
        assertRefused(node.of(ADMIN, "node-c", ABORT, request));
        assertRefused(node.of(
                ADMIN,
                "node-b",
                TransactionServiceGrpc.getGetTransactionMethod().getFullMethodName(),
                request));
        assertRefused(node.of(
                ADMIN,
                "node-b",
                ABORT,
                GetTransactionRequest.newBuilder().setGid("t-2").build().toByteArray()));
    }

    @Test
    void a_proof_is_believed_for_a_minute_and_not_ahead_of_its_time() throws Exception {
        for (Duration off : List.of(Duration.ofMinutes(-3), Duration.ofMinutes(3))) {
            PeerProof node =
                    new PeerProof("node-a", Proofs.seal(7), () -> Instant.now().plus(off));
            assertRefused(node.of(ADMIN, "node-b", ABORT, ABORT_T1.toByteArray()));
        }
        var _ = stub(with(owner.channel, Proofs.of("node-a").of(ADMIN, "node-b", ABORT, ABORT_T1.toByteArray())))
                .abortTransaction(ABORT_T1);
        assertThat(owner.transactions.acts).containsExactly(new Act.Abort("", "root", true));
    }

    private void assertRefused(String proof) throws Exception {
        Refused refused = Refused.by(() -> stub(with(owner.channel, proof)).abortTransaction(ABORT_T1));
        assertThat(refused.code()).isEqualTo("ENT-062");
        assertThat(owner.transactions.acts).isEmpty();
    }

    private static Channel with(Channel channel, String proof) {
        Metadata headers = new Metadata();
        headers.put(PeerProof.HEADER, proof);
        return ClientInterceptors.intercept(channel, MetadataUtils.newAttachHeadersInterceptor(headers));
    }

    @Test
    void a_proof_gives_no_right_that_the_caller_has_not() throws Exception {
        Caller viewer = new Caller("eve", "10.0.0.1", Set.of(Access.VIEWER), null, true, false, null, null);
        String proof = Proofs.of("node-a").of(viewer, "node-b", ABORT, ABORT_T1.toByteArray());
        Refused refused = Refused.by(() -> stub(with(owner.channel, proof)).abortTransaction(ABORT_T1));
        assertThat(refused.code()).isEqualTo("ENT-061");
        assertThat(owner.transactions.acts).isEmpty();
    }

    @Test
    void a_coordinator_that_knows_no_callers_speaks_for_nobody_where_tokens_are_asked_for() throws Exception {
        try (LoopbackApi careless = LoopbackApi.open()) {
            careless.membership.add(OWNER, "node-b", "127.0.0.1:" + owner.port);
            careless.transactions.heldElsewhere.put("t-1", OWNER);
            Refused refused = Refused.by(() -> careless.client().abortTransaction(ABORT_T1));
            assertThat(refused.code()).isEqualTo("ENT-053");
            assertThat(refused.message()).contains("auth.tokenFile");
        }
        assertThat(owner.transactions.acts).isEmpty();
    }

    @Test
    void a_watch_at_the_owner_ends_when_the_token_is_revoked_here() throws Exception {
        Iterator<Transaction> watch = watch();
        assertThat(watch.next().getGid()).isEqualTo("t-1");
        Tokens.none().write(file);
        tokensOfAsked.refresh();
        owner.transactions.progress("t-1");
        assertThat(Refused.by(watch::hasNext).code()).isEqualTo("ENT-060");
    }

    @Test
    void a_watch_at_the_owner_is_opened_again_when_the_roles_have_changed_here() throws Exception {
        Iterator<Transaction> watch = watch();
        assertThat(watch.next().getGid()).isEqualTo("t-1");
        Files.writeString(file, Files.readString(file).replace("submitter", "viewer"));
        tokensOfAsked.refresh();
        owner.transactions.progress("t-1");
        assertThat(Refused.by(watch::hasNext).code()).isEqualTo("ENT-053");
    }

    private Iterator<Transaction> watch() {
        return stub(asked.as(secret))
                .watchTransaction(
                        WatchTransactionRequest.newBuilder().setGid("t-1").build());
    }
}
