package dev.entente.server.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNoException;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.util.Durations;
import dev.entente.backends.PatientAwaits;
import dev.entente.core.transaction.Refusal;
import dev.entente.server.api.access.Caller;
import dev.entente.server.app.Client;
import dev.entente.server.app.LocalCoordinator;
import dev.entente.server.app.SamplePlans;
import dev.entente.server.app.TwoCoordinators;
import dev.entente.server.participant.http.LoopbackHttp;
import dev.entente.server.store.Database;
import dev.entente.server.store.Membership;
import dev.entente.server.store.TestDatabase;
import dev.entente.v1.BranchStatus;
import dev.entente.v1.GetTransactionRequest;
import dev.entente.v1.OperateMatchingRequest;
import dev.entente.v1.Parked;
import dev.entente.v1.SubmitTransactionResponse;
import dev.entente.v1.Transaction;
import dev.entente.v1.TransactionFilter;
import dev.entente.v1.TransactionServiceGrpc;
import dev.entente.v1.TransactionServiceGrpc.TransactionServiceFutureStub;
import dev.entente.v1.Waiting;
import io.grpc.Deadline;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.time.Instant;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests to a coordinator for transactions that another coordinator owns. */
class ForwardingTest {
    private static final Deadline.Ticker NO_TIME_PASSES = new Deadline.Ticker() {
        @Override
        public long nanoTime() {
            return 0;
        }
    };

    private static TwoCoordinators both;
    private static LocalCoordinator asked;
    private static LocalCoordinator owner;

    @BeforeAll
    static void start() throws IOException {
        both = new TwoCoordinators(null, null);
        asked = both.first;
        owner = both.second;
    }

    @AfterAll
    static void stop() {
        both.close();
    }

    /** Submits a transaction that stays with its coordinator, because its only call never gets a response. */
    private static void submitHanging(LocalCoordinator at, String gid) {
        at.submit(SamplePlans.calling(gid, "Hang"));
        await().until(() -> at.get(gid).getBranches(0).getState() == BranchStatus.State.CALLED);
    }

    private static void scheduled(String gid) {
        asked.submit(SamplePlans.scheduled(gid));
    }

    private static GetTransactionRequest waitingGet(String gid, com.google.protobuf.Duration wait) {
        return Client.getOf(gid).toBuilder().setWait(wait).build();
    }

    @Test
    void operations_run_at_the_owner_and_its_refusals_are_forwarded_unchanged() throws Exception {
        submitHanging(owner, "f-act");
        Refused refused = Refused.by(() -> asked.resume("f-act"));
        assertThat(refused.status()).isEqualTo(Status.Code.FAILED_PRECONDITION);
        assertThat(refused.code()).isEqualTo("ENT-045");
        assertThat(asked.park("f-act").getParked().getReason()).isEqualTo(Parked.Reason.BY_OPERATOR);
        assertThat(asked.described("f-act").getHistoryList())
                .anyMatch(event -> event.getActor().equals("anonymous@127.0.0.1"));
    }

    @Test
    void a_bulk_operation_reaches_each_transaction_at_its_owner() {
        submitHanging(owner, "f-many");
        var answers = asked.operator()
                .operateMatching(OperateMatchingRequest.newBuilder()
                        .setFilter(TransactionFilter.newBuilder().setGidPrefix("f-many"))
                        .setOperation("park")
                        .setReason("fixed")
                        .build());
        assertThat(answers.next().getApplied()).isTrue();
        assertThat(owner.get("f-many").hasParked()).isTrue();
    }

    @Test
    void a_watch_and_a_waiting_submit_and_get_report_a_park_at_the_owner() throws Exception {
        submitHanging(owner, "f-end");
        Iterator<Transaction> watch = asked.watch("f-end");
        assertThat(watch.next().getState()).isEqualTo(Transaction.State.RUNNING);
        TransactionServiceFutureStub waiting = TransactionServiceGrpc.newFutureStub(asked.channel);
        Future<SubmitTransactionResponse> submit =
                waiting.submitTransaction(SamplePlans.waiting(SamplePlans.calling("f-end", "Hang")));
        Future<Transaction> get = waiting.getTransaction(waitingGet("f-end", Durations.fromMinutes(5)));
        owner.park("f-end");
        assertThat(submit.get().getAlreadyKnown()).isTrue();
        assertThat(submit.get().getTransaction().hasParked()).isTrue();
        assertThat(get.get().hasParked()).isTrue();
        assertThat(watch.next().hasParked()).isTrue();
    }

    @Test
    void a_submit_returns_the_stored_row_when_its_wait_is_over() {
        try (OtherCoordinator unavailable = new OtherCoordinator(asked, "node-c", "127.0.0.1:1")) {
            scheduled("f-wait");
            unavailable.takeOwnership("f-wait");
            SubmitTransactionResponse answer = asked.transactions()
                    .submitTransaction(SamplePlans.waiting(SamplePlans.scheduled("f-wait")).toBuilder()
                            .setWait(Durations.fromMillis(30))
                            .build());
            assertThat(answer.getAlreadyKnown()).isTrue();
            assertThat(answer.getTransaction().getState()).isEqualTo(Transaction.State.SCHEDULED);
        }
    }

    @Test
    void an_unreachable_owner_is_named_and_reads_return_the_stored_row() throws Exception {
        try (OtherCoordinator unavailable = new OtherCoordinator(asked, "node-d", "127.0.0.1:1")) {
            scheduled("f-away");
            unavailable.takeOwnership("f-away");
            Refused refused = Refused.by(() -> asked.abort("f-away"));
            assertThat(refused.status()).isEqualTo(Status.Code.UNAVAILABLE);
            assertThat(refused.code()).isEqualTo("ENT-053");
            assertThat(refused.hasRetryInfo()).isTrue();
            assertThat(refused.message()).contains("node-d").doesNotContain("127.0.0.1");
            assertThat(Refused.by(() -> asked.park("f-away")).code()).isEqualTo("ENT-053");
            await().until(() ->
                    asked.number("select count(*) from audit_entry where gid = 'f-away' and operation = 'park'"
                                    + " and after like 'UNKNOWN ENT-053: %'")
                            == 1);
            assertThat(asked.get("f-away").getState()).isEqualTo(Transaction.State.SCHEDULED);
            assertThat(asked.transactions()
                            .getTransaction(waitingGet("f-away", Durations.fromMillis(30)))
                            .getState())
                    .isEqualTo(Transaction.State.SCHEDULED);
        }
    }

    @Test
    void an_unresponsive_owner_is_reported_before_the_clients_deadline() throws Exception {
        try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
                OtherCoordinator unresponsive =
                        new OtherCoordinator(asked, "node-e", "127.0.0.1:" + silent.getLocalPort())) {
            scheduled("f-mute");
            unresponsive.takeOwnership("f-mute");
            Refused refused = Refused.by(() -> asked.transactions()
                    .withDeadlineAfter(Duration.ofSeconds(12))
                    .abortTransaction(Client.abortOf("f-mute")));
            assertThat(refused.code()).isEqualTo("ENT-053");
            assertThat(refused.message()).contains("node-e");
            assertThat(asked.get("f-mute").getState()).isEqualTo(Transaction.State.SCHEDULED);
        }
    }

    @Test
    void a_request_is_forwarded_at_most_once() throws Exception {
        // The address leads to node-b, which knows that another incarnation owns the transaction.
        try (OtherCoordinator third = new OtherCoordinator(asked, "node-b", owner.target())) {
            scheduled("f-moved");
            third.takeOwnership("f-moved");
            Refused refused = Refused.by(() -> asked.abort("f-moved"));
            assertThat(refused.code()).isEqualTo("ENT-053");
            assertThat(refused.message()).contains("the transaction has moved to another coordinator");
        }
    }

    @Test
    void an_owner_address_of_another_coordinator_is_reported_with_the_setting() throws Exception {
        try (OtherCoordinator behind = new OtherCoordinator(asked, "node-g", owner.target())) {
            scheduled("f-balanced");
            behind.takeOwnership("f-balanced");
            Refused refused = Refused.by(() -> asked.abort("f-balanced"));
            assertThat(refused.code()).isEqualTo("ENT-053");
            assertThat(refused.message())
                    .contains("grpc.advertise of 'node-g'", "this coordinator is 'node-b'")
                    .doesNotContain("127.0.0.1", "lease expires");
        }
    }

    @Test
    void an_unknown_owner_is_reported_as_a_dead_owner() throws Exception {
        scheduled("f-unknown");
        OtherCoordinator.takeOwnership(asked, "f-unknown", 99);
        assertThat(Refused.by(() -> asked.abort("f-unknown")).code()).isEqualTo("ENT-053");
        Waiting waiting = asked.get("f-unknown").getWaiting();
        assertThat(waiting.getKind()).isEqualTo(Waiting.Kind.DEAD_OWNER);
        assertThat(waiting.getSentence()).contains("incarnation 99");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "unix:/run/docker.sock",
                "xds:///shop",
                "dns://127.0.0.1/shop:1",
                "http://127.0.0.1:1",
                "127.0.0.1:1/x",
                "127.0.0.1",
                ""
            })
    void an_address_that_is_not_host_and_port_is_not_called(String address) throws Exception {
        String gid = "f-" + Integer.toHexString(address.hashCode());
        try (OtherCoordinator odd = new OtherCoordinator(asked, "node-f", address)) {
            scheduled(gid);
            odd.takeOwnership(gid);
            Refused refused = Refused.by(() -> asked.abort(gid));
            assertThat(refused.code()).isEqualTo("ENT-053");
            assertThat(refused.message()).contains("node-f", "its address in the table is not a valid host:port");
        }
    }

    @Test
    void a_response_too_large_to_forward_is_refused_and_the_channel_is_kept() throws Exception {
        submitHanging(owner, "f-large");
        AtomicInteger connected = new AtomicInteger();
        try (Database database = Database.of(asked.database)) {
            long incarnation = asked.number(
                    "select incarnation from coordinator where node = 'node-b' order by started_at limit 1");
            Forwarding forwarding = toOwner(incarnation, database, address -> {
                connected.incrementAndGet();
                return NettyChannelBuilder.forTarget(address)
                        .usePlaintext()
                        .maxInboundMessageSize(10)
                        .build();
            });
            try {
                for (int i = 0; i < 2; i++) {
                    assertThat(forwarding.ask(
                                    incarnation,
                                    TransactionServiceGrpc.getGetTransactionMethod(),
                                    Client.getOf("f-large"),
                                    Caller.anonymous("127.0.0.1", null, null),
                                    Forwarding.within(Duration.ZERO, null)))
                            .failsWithin(PatientAwaits.BOUND)
                            .withThrowableThat()
                            .withCauseInstanceOf(Refusal.class)
                            .withMessageContaining("ENT-023");
                }
            } finally {
                forwarding.close();
            }
        }
        assertThat(connected).hasValue(1);
    }

    /** @param connect makes a channel to the owner */
    private static Forwarding toOwner(long incarnation, Database database, Function<String, ManagedChannel> connect) {
        Membership.Peer peer =
                new Membership.Peer(incarnation, "node-b", owner.target(), 1, null, Instant.EPOCH, "test");
        Peers peers = new Peers(
                "node-a",
                () -> CompletableFuture.completedFuture(List.of(peer)),
                _ -> CompletableFuture.completedFuture(Map.of()));
        return new Forwarding(peers, Proofs.of("node-a", database), connect);
    }

    @Test
    void reads_fail_at_once_while_the_owner_leaves_an_earlier_read_unanswered() throws Exception {
        AtomicBoolean isStopped = new AtomicBoolean(true);
        Server silent = InProcessServerBuilder.forName("f-silent")
                .addService(new TransactionServiceGrpc.TransactionServiceImplBase() {
                    @Override
                    public void getTransaction(GetTransactionRequest request, StreamObserver<Transaction> observer) {
                        if (!isStopped.get()) {
                            observer.onNext(Transaction.getDefaultInstance());
                            observer.onCompleted();
                        }
                    }
                })
                .build()
                .start();
        try (Database database = Database.of(asked.database)) {
            Forwarding forwarding = toOwner(
                    7,
                    database,
                    _ -> InProcessChannelBuilder.forName("f-silent").build());
            assertThat(look(forwarding))
                    .failsWithin(PatientAwaits.BOUND)
                    .withThrowableThat()
                    .withMessageContaining("DEADLINE_EXCEEDED");
            assertThat(look(forwarding))
                    .isCompletedExceptionally()
                    .failsWithin(PatientAwaits.BOUND)
                    .withThrowableThat()
                    .withMessageContaining("has not responded to an earlier request");
            isStopped.set(false);
            await().until(() ->
                    look(forwarding).handle((_, failure) -> failure == null).join());
            forwarding.close();
        } finally {
            silent.shutdownNow();
        }
    }

    private static CompletableFuture<Transaction> look(Forwarding forwarding) {
        return forwarding.look(
                7,
                TransactionServiceGrpc.getGetTransactionMethod(),
                Client.getOf("f-silent"),
                Caller.anonymous("127.0.0.1", null, null));
    }

    @Test
    void a_draining_coordinator_forwards_new_requests_if_another_is_alive() throws Exception {
        CountDownLatch mayAnswer = new CountDownLatch(1);
        try (LoopbackHttp slow = LoopbackHttp.start(_ -> {
            mayAnswer.await();
            return LoopbackHttp.Answer.of(200, "{}");
        })) {
            LocalCoordinator draining = LocalCoordinator.start(
                    TestDatabase.withSchema(),
                    "going",
                    "drain",
                    "10m",
                    "participants.slow.target",
                    slow.url(),
                    "participants.stock.target",
                    both.target());
            draining.submit(SamplePlans.oneStep("slow", SamplePlans.http("slow", "/")));
            await().until(() -> !slow.arrived().isEmpty());
            Thread drain = Thread.ofVirtual().start(draining.server::drain);
            await().untilAsserted(() -> {
                Refused alone = Refused.by(() -> draining.submit(SamplePlans.scheduled("while-alone")));
                assertThat(alone.code()).isEqualTo("ENT-051");
                assertThat(alone.hasRetryInfo()).isTrue();
            });
            try (LocalCoordinator remaining =
                    LocalCoordinator.start(draining.database, "staying", "participants.stock.target", both.target())) {
                await().untilAsserted(() ->
                        assertThatNoException().isThrownBy(() -> draining.submit(SamplePlans.scheduled("passed-on"))));
                draining.begin(SamplePlans.emptyTcc("begun"));
                assertThat(remaining.get("passed-on").getState()).isEqualTo(Transaction.State.SCHEDULED);
                assertThat(remaining.get("begun").getState()).isEqualTo(Transaction.State.BEGUN);
            } finally {
                mayAnswer.countDown();
                drain.join();
                draining.close();
            }
        }
    }

    @Test
    void a_forwarded_request_gets_less_time_than_the_clients_deadline() {
        assertThat(Forwarding.within(Duration.ofSeconds(5), null)).isEqualTo(Duration.ofSeconds(305));
        assertThat(Forwarding.within(Duration.ofSeconds(5), Deadline.after(7, TimeUnit.SECONDS, NO_TIME_PASSES)))
                .isEqualTo(Duration.ofMillis(6_500));
        assertThat(Forwarding.within(Duration.ofSeconds(5), Deadline.after(2, TimeUnit.SECONDS, NO_TIME_PASSES)))
                .isEqualTo(Duration.ofMillis(1_500));
        assertThat(Forwarding.within(Duration.ZERO, Deadline.after(1, TimeUnit.HOURS, NO_TIME_PASSES)))
                .isEqualTo(Duration.ofMinutes(5));
    }
}
