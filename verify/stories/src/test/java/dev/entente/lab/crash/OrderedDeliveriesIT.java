package dev.entente.lab.crash;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.backends.PatientAwaits;
import dev.entente.client.Entente;
import dev.entente.client.Outcome;
import dev.entente.client.Retry;
import dev.entente.participant.Branch;
import dev.entente.participant.BranchInterceptor;
import dev.entente.rig.Playground;
import dev.entente.rig.RigCoordinator;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import shop.v1.MailServiceGrpc;
import shop.v1.SendMailRequest;
import shop.v1.SendMailResponse;

/**
 * Messages with ordering keys, accepted at two coordinators on one database in turn, while one of them dies with a
 * delivery under way.
 */
final class OrderedDeliveriesIT {
    private static final int OF_EACH_KEY = 16;
    private static final List<String> KEYS = List.of("alice", "bob");
    private static final List<String> SUBSCRIBERS = List.of("crm", "audit");
    /** Accepted at the first coordinator, which is killed while this subscriber has it and has not answered. */
    private static final String UNDER_WAY = gid("alice", 6);

    private static final String HELD_AT = "crm";

    private static final Recorder RECORDER = new Recorder();
    private static Playground playground;
    private static Server server;
    private static RigCoordinator first;
    private static Entente atFirst;
    private static Entente atSecond;

    @BeforeAll
    static void start() throws Exception {
        server = NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .addService(RECORDER)
                .intercept(new BranchInterceptor())
                .build()
                .start();
        playground = Playground.open();
        Map<String, String> targets = Map.of("recorder", "127.0.0.1:" + server.getPort());
        Map<String, String> patient = Map.of("lease", "30s", "calls.timeout", "1h");
        first = playground.startCoordinator("first", 0, 0, targets, patient);
        RigCoordinator second = playground.startCoordinator("second", 0, 0, targets, patient);
        atFirst = Entente.builder(first.ready().grpc()).build();
        atSecond = Entente.builder(second.ready().grpc()).build();
    }

    @AfterAll
    static void stop() {
        atFirst.close();
        atSecond.close();
        playground.close();
        server.shutdownNow();
    }

    @Test
    void each_subscriber_gets_a_keys_messages_in_order_though_a_coordinator_is_killed() throws Exception {
        for (String subscriber : SUBSCRIBERS) {
            atFirst.topics()
                    .subscribe("orders", subscriber, atFirst.participant("recorder"), MailServiceGrpc.getSendMethod());
        }
        for (int i = 0; i < OF_EACH_KEY; i++) {
            for (String key : KEYS) {
                publish(i % 2 == 0 ? atFirst : atSecond, key, i);
            }
        }
        assertThat(RECORDER.held.await(PatientAwaits.BOUND.toSeconds(), TimeUnit.SECONDS))
                .isTrue();
        first.kill();
        first.declareDead();

        for (String gid : KEYS.stream().flatMap(OrderedDeliveriesIT::gids).toList()) {
            assertThat(atSecond.transactions().await(gid, PatientAwaits.BOUND)).isInstanceOf(Outcome.Succeeded.class);
        }
        assertThat(atSecond.transactions().describe(UNDER_WAY).getHistoryList())
                .anyMatch(event -> event.getKind().equals("ADOPTED"));
        for (String subscriber : SUBSCRIBERS) {
            for (String key : KEYS) {
                assertThat(RECORDER.overtakings(subscriber, gids(key).toList())).isEmpty();
            }
        }
        assertThat(RECORDER.arrivals(HELD_AT, UNDER_WAY)).isGreaterThan(1);
    }

    private static void publish(Entente entente, String key, int number) {
        entente.message("order-changed")
                .gid(gid(key, number))
                .orderingKey(key)
                .retry(Retry.exponential(Duration.ofMillis(20), Duration.ofMillis(200), 60))
                .toTopic("orders", SendMailRequest.getDefaultInstance())
                .submit();
    }

    private static String gid(String key, int number) {
        return key + "-" + number;
    }

    private static Stream<String> gids(String key) {
        return IntStream.range(0, OF_EACH_KEY).mapToObj(number -> gid(key, number));
    }

    /**
     * Both subscribers. It refuses the first call of every third message, and does not answer the first of
     * {@link #UNDER_WAY}. Thread-safe.
     */
    private static final class Recorder extends MailServiceGrpc.MailServiceImplBase {
        final CountDownLatch held = new CountDownLatch(1);
        /** Guarded by this, as are the others. */
        private final List<Seen> seen = new ArrayList<>();

        private final Set<String> called = new HashSet<>();

        private record Seen(String subscriber, String gid, boolean isAcknowledged) {}

        @Override
        public synchronized void send(SendMailRequest request, StreamObserver<SendMailResponse> answer) {
            Branch branch = Branch.required();
            String subscriber = branch.name().substring(branch.name().indexOf('.') + 1);
            boolean isFirst = called.add(branch.idempotencyKey());
            if (isFirst && branch.gid().equals(UNDER_WAY) && subscriber.equals(HELD_AT)) {
                seen.add(new Seen(subscriber, branch.gid(), false));
                held.countDown();
            } else if (isFirst && Math.floorMod(branch.gid().hashCode(), 3) == 0) {
                seen.add(new Seen(subscriber, branch.gid(), false));
                answer.onError(Status.UNAVAILABLE.asRuntimeException());
            } else {
                seen.add(new Seen(subscriber, branch.gid(), true));
                answer.onNext(SendMailResponse.getDefaultInstance());
                answer.onCompleted();
            }
        }

        synchronized long arrivals(String subscriber, String gid) {
            return seen.stream()
                    .filter(call -> call.subscriber.equals(subscriber) && call.gid.equals(gid))
                    .count();
        }

        /** Calls that came before all messages ahead of theirs were acknowledged. */
        synchronized List<Seen> overtakings(String subscriber, List<String> inOrder) {
            Set<String> acknowledged = new HashSet<>();
            List<Seen> overtakings = new ArrayList<>();
            for (Seen call : seen) {
                int place = call.subscriber.equals(subscriber) ? inOrder.indexOf(call.gid) : -1;
                if (place >= 0 && !acknowledged.containsAll(inOrder.subList(0, place))) {
                    overtakings.add(call);
                }
                if (place >= 0 && call.isAcknowledged) {
                    acknowledged.add(call.gid);
                }
            }
            return overtakings;
        }
    }
}
