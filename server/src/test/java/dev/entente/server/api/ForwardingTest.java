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

/** What a coordinator does with requests for a transaction that another one holds. */
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

    /** Submits one that its coordinator holds, for its only call is never answered. */
    private static void held(LocalCoordinator at, String gid) {
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
    void acts_are_done_by_the_owner_and_refusals_go_through_as_they_are() throws Exception {
        held(owner, "f-act");
        Refused refused = Refused.by(() -> asked.resume("f-act"));
        assertThat(refused.status()).isEqualTo(Status.Code.FAILED_PRECONDITION);
        assertThat(refused.code()).isEqualTo("ENT-045");
        assertThat(asked.park("f-act").getParked().getReason()).isEqualTo(Parked.Reason.BY_OPERATOR);
        assertThat(asked.described("f-act").getHistoryList())
                .anyMatch(event -> event.getActor().equals("anonymous@127.0.0.1"));
    }

    @Test
    void an_act_on_many_reaches_each_at_its_owner() {
        held(owner, "f-many");
        var answers = asked.operator()
                .operateMatching(OperateMatchingRequest.newBuilder()
                        .setFilter(TransactionFilter.newBuilder().setGidPrefix("f-many"))
                        .setOperation("park")
                        .setReason("mended")
                        .build());
        assertThat(answers.next().getApplied()).isTrue();
        assertThat(owner.get("f-many").hasParked()).isTrue();
    }

    @Test
    void a_watch_follows_the_owner_and_a_waiting_submit_and_get_hear_the_end() throws Exception {
        held(owner, "f-end");
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
    void a_submit_whose_wait_is_over_is_answered_from_the_row() {
        try (OtherCoordinator away = new OtherCoordinator(asked, "node-c", "127.0.0.1:1")) {
            scheduled("f-wait");
            away.hold("f-wait");
            SubmitTransactionResponse answer = asked.transactions()
                    .submitTransaction(SamplePlans.waiting(SamplePlans.scheduled("f-wait")).toBuilder()
                            .setWait(Durations.fromMillis(30))
                            .build());
            assertThat(answer.getAlreadyKnown()).isTrue();
            assertThat(answer.getTransaction().getState()).isEqualTo(Transaction.State.SCHEDULED);
        }
    }

    @Test
    void an_owner_that_cannot_be_reached_is_named_and_its_row_is_shown() throws Exception {
        try (OtherCoordinator away = new OtherCoordinator(asked, "node-d", "127.0.0.1:1")) {
            scheduled("f-away");
            away.hold("f-away");
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
    void a_client_is_told_of_an_owner_that_never_answers_before_it_waits_no_longer_itself() throws Exception {
        try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
                OtherCoordinator mute = new OtherCoordinator(asked, "node-e", "127.0.0.1:" + silent.getLocalPort())) {
            scheduled("f-mute");
            mute.hold("f-mute");
            Refused refused = Refused.by(() -> asked.transactions()
                    .withDeadlineAfter(Duration.ofSeconds(12))
                    .abortTransaction(Client.abortOf("f-mute")));
            assertThat(refused.code()).isEqualTo("ENT-053");
            assertThat(refused.message()).contains("node-e");
            assertThat(asked.get("f-mute").getState()).isEqualTo(Transaction.State.SCHEDULED);
        }
    }

    @Test
    void nothing_is_passed_on_twice() throws Exception {
        // The address is the owner's, who knows that another one holds it.
        try (OtherCoordinator third = new OtherCoordinator(asked, "node-b", owner.target())) {
            scheduled("f-moved");
            third.hold("f-moved");
            Refused refused = Refused.by(() -> asked.abort("f-moved"));
            assertThat(refused.code()).isEqualTo("ENT-053");
            assertThat(refused.message()).contains("it moved meanwhile");
        }
    }

    @Test
    void an_owner_whose_address_leads_to_another_coordinator_is_told_with_the_setting() throws Exception {
        try (OtherCoordinator behind = new OtherCoordinator(asked, "node-g", owner.target())) {
            scheduled("f-balanced");
            behind.hold("f-balanced");
            Refused refused = Refused.by(() -> asked.abort("f-balanced"));
            assertThat(refused.code()).isEqualTo("ENT-053");
            assertThat(refused.message())
                    .contains("grpc.advertise of 'node-g'", "this is 'node-b'")
                    .doesNotContain("127.0.0.1", "lease has lapsed");
        }
    }

    @Test
    void an_owner_that_nobody_knows_is_no_defect() throws Exception {
        scheduled("f-nobody");
        OtherCoordinator.hold(asked, "f-nobody", 99);
        assertThat(Refused.by(() -> asked.abort("f-nobody")).code()).isEqualTo("ENT-053");
        Waiting waiting = asked.get("f-nobody").getWaiting();
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
    void an_address_that_is_no_host_and_port_is_not_called(String address) throws Exception {
        String gid = "f-" + Integer.toHexString(address.hashCode());
        try (OtherCoordinator odd = new OtherCoordinator(asked, "node-f", address)) {
            scheduled(gid);
            odd.hold(gid);
            Refused refused = Refused.by(() -> asked.abort(gid));
            assertThat(refused.code()).isEqualTo("ENT-053");
            assertThat(refused.message()).contains("node-f", "its address in the table is no host:port");
        }
    }

    @Test
    void an_answer_too_large_to_be_passed_on_is_told_as_such_and_the_channel_is_kept() throws Exception {
        held(owner, "f-large");
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

    /** @param connect makes a channel to it */
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
    void no_look_waits_for_an_owner_that_left_one_unanswered_until_it_answers() throws Exception {
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
                    .withMessageContaining("left an earlier look unanswered");
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
    void what_comes_while_this_one_shuts_down_is_done_by_another_where_one_lives() throws Exception {
        CountDownLatch mayAnswer = new CountDownLatch(1);
        try (LoopbackHttp slow = LoopbackHttp.start(_ -> {
            mayAnswer.await();
            return LoopbackHttp.Answer.of(200, "{}");
        })) {
            LocalCoordinator going = LocalCoordinator.start(
                    TestDatabase.withSchema(),
                    "going",
                    "drain",
                    "10m",
                    "participants.slow.target",
                    slow.url(),
                    "participants.stock.target",
                    both.target());
            going.submit(SamplePlans.oneStep("slow", SamplePlans.http("slow", "/")));
            await().until(() -> !slow.arrived().isEmpty());
            Thread drain = Thread.ofVirtual().start(going.server::drain);
            await().untilAsserted(() -> {
                Refused alone = Refused.by(() -> going.submit(SamplePlans.scheduled("while-alone")));
                assertThat(alone.code()).isEqualTo("ENT-051");
                assertThat(alone.hasRetryInfo()).isTrue();
            });
            try (LocalCoordinator staying =
                    LocalCoordinator.start(going.database, "staying", "participants.stock.target", both.target())) {
                await().untilAsserted(() ->
                        assertThatNoException().isThrownBy(() -> going.submit(SamplePlans.scheduled("passed-on"))));
                going.begin(SamplePlans.emptyTcc("begun"));
                assertThat(staying.get("passed-on").getState()).isEqualTo(Transaction.State.SCHEDULED);
                assertThat(staying.get("begun").getState()).isEqualTo(Transaction.State.BEGUN);
            } finally {
                mayAnswer.countDown();
                drain.join();
                going.close();
            }
        }
    }

    @Test
    void another_coordinator_is_given_less_time_than_the_client_gives_this_one() {
        assertThat(Forwarding.within(Duration.ofSeconds(5), null)).isEqualTo(Duration.ofSeconds(305));
        assertThat(Forwarding.within(Duration.ofSeconds(5), Deadline.after(7, TimeUnit.SECONDS, NO_TIME_PASSES)))
                .isEqualTo(Duration.ofMillis(6_500));
        assertThat(Forwarding.within(Duration.ofSeconds(5), Deadline.after(2, TimeUnit.SECONDS, NO_TIME_PASSES)))
                .isEqualTo(Duration.ofMillis(1_500));
        assertThat(Forwarding.within(Duration.ZERO, Deadline.after(1, TimeUnit.HOURS, NO_TIME_PASSES)))
                .isEqualTo(Duration.ofMinutes(5));
    }
}
