package dev.entente.server.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.entente.backends.PatientAwaits;
import dev.entente.server.api.access.Access;
import dev.entente.server.api.access.Authentication;
import dev.entente.server.api.access.Caller;
import dev.entente.server.api.access.PeerProof;
import dev.entente.server.app.Client;
import dev.entente.server.app.LocalCoordinator;
import dev.entente.server.app.Principals;
import dev.entente.server.app.SamplePlans;
import dev.entente.server.app.TwoCoordinators;
import dev.entente.server.store.Database;
import dev.entente.server.store.Membership;
import dev.entente.v1.AbortTransactionRequest;
import dev.entente.v1.Transaction;
import dev.entente.v1.TransactionServiceGrpc;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.ForwardingClientCall.SimpleForwardingClientCall;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
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
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Calls between two coordinators with tokens: `owner` is node-b and owns t-1, and `asked` is node-a. */
class PeerProofTest {
    private static final String ABORT =
            TransactionServiceGrpc.getAbortTransactionMethod().getFullMethodName();
    private static final AbortTransactionRequest ABORT_T1 = Client.abortOf("t-1");
    private static final Caller ADMIN =
            new Caller("root", "10.0.0.1", Set.of(Access.ADMIN, Access.SUBMITTER), null, true, false, null, null);

    @TempDir
    static Path folder;

    private static Principals principals;
    private static Principals atOwner;
    private static TwoCoordinators both;
    private static LocalCoordinator asked;
    private static LocalCoordinator owner;
    private static Database database;

    @BeforeAll
    static void start() throws IOException {
        principals = new Principals(folder, "shop submitter", "leaving submitter", "changing submitter");
        atOwner = new Principals(
                Files.createDirectory(folder.resolve("others")),
                "shop submitter,admin",
                "leaving submitter",
                "changing submitter");
        both = new TwoCoordinators(principals, atOwner);
        asked = both.first;
        owner = both.second;
        database = Database.of(asked.database);
        submitHanging("shop", "t-1");
    }

    @AfterAll
    static void stop() {
        database.close();
        both.close();
    }

    private static Client at(LocalCoordinator coordinator, String principal) {
        return (coordinator == owner ? atOwner : principals).at(coordinator, principal);
    }

    /** Submits a transaction that stays with the owner, because its only call never gets a response. */
    private static void submitHanging(String principal, String gid) {
        at(owner, principal).submit(SamplePlans.calling(gid, "Hang"));
    }

    private static Transaction.State state(String gid) {
        return at(owner, "shop").get(gid).getState();
    }

    @Test
    void the_owner_accepts_the_callers_name_from_a_coordinator_without_a_token() {
        submitHanging("shop", "t-name");
        assertThat(at(asked, "shop").abort("t-name").getAbortReason()).isEqualTo(Transaction.AbortReason.CLIENT_ABORT);
    }

    @Test
    void the_callers_token_is_not_forwarded() throws Exception {
        submitHanging("shop", "t-token");
        String secret = principals.secret("shop");
        ConcurrentLinkedQueue<Metadata> sent = new ConcurrentLinkedQueue<>();
        long incarnation = asked.number("select incarnation from coordinator where node = 'node-b'");
        Membership.Peer peer =
                new Membership.Peer(incarnation, "node-b", owner.target(), 1, null, Instant.EPOCH, "test");
        Forwarding forwarding = new Forwarding(
                new Peers(
                        "node-a",
                        () -> CompletableFuture.completedFuture(List.of(peer)),
                        _ -> CompletableFuture.completedFuture(Map.of())),
                Proofs.of("node-a", database),
                address -> recording(address, sent));
        try {
            var _ = forwarding
                    .ask(
                            incarnation,
                            TransactionServiceGrpc.getAbortTransactionMethod(),
                            Client.abortOf("t-token"),
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
    void a_proof_signed_with_another_key_is_refused() throws Exception {
        assertRefused(Proofs.forged("node-a").of(ADMIN, "node-b", ABORT, ABORT_T1.toByteArray()));
    }

    @Test
    void a_malformed_proof_is_refused() throws Exception {
        assertRefused("");
        assertRefused("1.1.x.y");
        assertRefused("1.1." + "A".repeat(2048) + "." + "A".repeat(43));
        assertRefused("1.99999.AAAA." + "A".repeat(43));
    }

    @Test
    void a_proof_for_another_coordinator_method_or_request_is_refused() throws Exception {
        PeerProof node = Proofs.of("node-a", database);
        byte[] request = ABORT_T1.toByteArray();
        assertRefused(node.of(ADMIN, "node-c", ABORT, request));
        assertRefused(node.of(
                ADMIN,
                "node-b",
                TransactionServiceGrpc.getGetTransactionMethod().getFullMethodName(),
                request));
        assertRefused(node.of(ADMIN, "node-b", ABORT, Client.abortOf("t-2").toByteArray()));
    }

    @Test
    void only_a_proof_of_the_current_time_is_accepted() throws Exception {
        for (Duration off : List.of(Duration.ofMinutes(-3), Duration.ofMinutes(3))) {
            PeerProof node = new PeerProof(
                    "node-a", Proofs.seal(database), () -> Instant.now().plus(off));
            assertRefused(node.of(ADMIN, "node-b", ABORT, ABORT_T1.toByteArray()));
        }
        submitHanging("shop", "t-believed");
        AbortTransactionRequest abort = Client.abortOf("t-believed");
        String proof = Proofs.of("node-a", database).of(ADMIN, "node-b", ABORT, abort.toByteArray());
        assertThat(with(proof).transactions().abortTransaction(abort).getAbortReason())
                .isEqualTo(Transaction.AbortReason.OPERATOR);
        assertThat(owner.number("select count(*) from audit_entry where actor = 'root' and gid = 't-believed'"))
                .isOne();
    }

    private static void assertRefused(String proof) throws Exception {
        Refused refused = Refused.by(() -> with(proof).abort("t-1"));
        assertThat(refused.code()).isEqualTo("ENT-062");
        assertThat(state("t-1")).isEqualTo(Transaction.State.RUNNING);
    }

    private static Client with(String proof) {
        return owner.with(PeerProof.HEADER.name(), proof);
    }

    @Test
    void a_proof_gives_no_role_that_the_caller_lacks() throws Exception {
        Caller viewer = new Caller("eve", "10.0.0.1", Set.of(Access.VIEWER), null, true, false, null, null);
        String proof = Proofs.of("node-a", database).of(viewer, "node-b", ABORT, ABORT_T1.toByteArray());
        Refused refused = Refused.by(() -> with(proof).abort("t-1"));
        assertThat(refused.code()).isEqualTo("ENT-061");
        assertThat(state("t-1")).isEqualTo(Transaction.State.RUNNING);
    }

    @Test
    void a_coordinator_without_tokens_cannot_forward_to_one_with_tokens() throws Exception {
        try (LocalCoordinator careless = LocalCoordinator.start(asked.database, "careless")) {
            Refused refused = Refused.by(() -> careless.abort("t-1"));
            assertThat(refused.code()).isEqualTo("ENT-053");
            assertThat(refused.message()).contains("auth.tokenFile");
        }
        assertThat(state("t-1")).isEqualTo(Transaction.State.RUNNING);
    }

    @Test
    void a_forwarded_watch_ends_when_its_token_is_revoked() throws Exception {
        Iterator<Transaction> watch = watch("leaving", "t-revoked");
        principals.revoke("leaving");
        await().untilAsserted(() -> assertThat(
                        Refused.by(() -> at(asked, "leaving").abort("t-none")).code())
                .isEqualTo("ENT-060"));
        at(owner, "leaving").abort("t-revoked");
        assertThat(Refused.by(() -> watch.forEachRemaining(_ -> {})).code()).isEqualTo("ENT-060");
    }

    @Test
    void a_forwarded_watch_ends_with_ent_053_when_the_roles_change() throws Exception {
        Iterator<Transaction> watch = watch("changing", "t-changed");
        Files.writeString(
                principals.file, Files.readString(principals.file).replace("changing submitter", "changing viewer"));
        await().untilAsserted(() -> assertThat(
                        Refused.by(() -> at(asked, "changing").abort("t-none")).code())
                .isEqualTo("ENT-061"));
        at(owner, "changing").abort("t-changed");
        assertThat(Refused.by(() -> watch.forEachRemaining(_ -> {})).code()).isEqualTo("ENT-053");
    }

    private static Iterator<Transaction> watch(String principal, String gid) {
        submitHanging(principal, gid);
        Iterator<Transaction> watch = at(asked, principal).watch(gid);
        assertThat(watch.next().getGid()).isEqualTo(gid);
        return watch;
    }
}
