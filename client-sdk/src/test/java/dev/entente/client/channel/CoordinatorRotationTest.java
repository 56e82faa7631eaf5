package dev.entente.client.channel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.entente.client.Entente;
import dev.entente.client.FakeCoordinator;
import dev.entente.client.Loopback;
import dev.entente.v1.GetTransactionRequest;
import dev.entente.v1.Transaction;
import dev.entente.v1.TransactionServiceGrpc;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Choosing one of several coordinators for each call, by turns and by what their health services say. */
class CoordinatorRotationTest {
    /** A coordinator with a health service. */
    private static final class Node {
        final FakeCoordinator coordinator = new FakeCoordinator();
        final FakeHealth health = new FakeHealth();
        final Loopback server;
        final ManagedChannel channel;

        Node() throws IOException {
            coordinator.put(Transaction.newBuilder().setGid("order-1").build());
            server = new Loopback(List.of(coordinator, health));
            channel = Grpc.newChannelBuilder(server.target(), InsecureChannelCredentials.create())
                    .build();
        }

        long gets() {
            return coordinator.calls.stream().filter("get"::equals).count();
        }
    }

    private final List<Node> nodes = List.of(new Node(), new Node(), new Node());
    private final AtomicLong nanos = new AtomicLong();

    CoordinatorRotationTest() throws IOException {}

    @AfterEach
    void close() {
        nodes.forEach(node -> {
            node.channel.shutdownNow();
            node.server.close();
        });
    }

    private SeveralCoordinators several(boolean isRotating) {
        List<CheckedChannel> channels = nodes.stream()
                .map(node -> new CheckedChannel(
                        node.server.target(), node.channel, CheckTimer.system(Duration.ofMillis(250))))
                .toList();
        return new SeveralCoordinators(channels, 0, isRotating, nanos::get);
    }

    private static void get(SeveralCoordinators channel) {
        try {
            TransactionServiceGrpc.newBlockingStub(channel)
                    .getTransaction(
                            GetTransactionRequest.newBuilder().setGid("order-1").build());
        } catch (StatusRuntimeException unavailable) {
            assertThat(unavailable.getStatus().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
        }
    }

    private static void get(SeveralCoordinators channel, int times) {
        IntStream.range(0, times).forEach(i -> get(channel));
    }

    @Test
    void calls_go_to_each_in_turn() {
        get(several(true), 9);

        assertThat(nodes).extracting(Node::gets).containsExactly(3L, 3L, 3L);
    }

    @Test
    void one_that_did_not_answer_comes_back_when_it_says_that_it_serves() {
        SeveralCoordinators channel = several(true);
        Node failing = nodes.get(0);
        failing.coordinator.fail("get", Status.UNAVAILABLE.asRuntimeException());
        failing.health.serving(false);
        get(channel, 7);
        assertThat(nodes).extracting(Node::gets).containsExactly(1L, 3L, 3L);

        nanos.addAndGet(Duration.ofSeconds(11).toNanos());
        get(channel, 3);
        await().until(() -> failing.health.checks.get() == 1);
        assertThat(failing.gets()).isEqualTo(1);

        failing.health.serving(true);
        await().until(() -> {
            nanos.addAndGet(Duration.ofSeconds(11).toNanos());
            get(channel);
            return failing.gets() > 1;
        });
    }

    @Test
    void nothing_goes_back_to_one_that_failed_before_it_says_that_it_serves() {
        SeveralCoordinators channel = several(false);
        nodes.get(0).coordinator.fail("get", Status.UNAVAILABLE.asRuntimeException());
        nodes.get(0).health.serving(false);
        get(channel, 2);
        nanos.addAndGet(Duration.ofSeconds(11).toNanos());
        nodes.get(2).coordinator.fail("get", Status.UNAVAILABLE.asRuntimeException());
        nodes.get(1).coordinator.fail("get", Status.UNAVAILABLE.asRuntimeException());

        get(channel, 2);

        assertThat(nodes).extracting(Node::gets).containsExactly(1L, 2L, 1L);
    }

    @Test
    void one_that_says_that_it_does_not_serve_gets_no_further_calls() {
        nodes.get(0).coordinator.ignore("get");
        nodes.get(0).health.serving(false);
        SeveralCoordinators channel = several(false);
        CompletableFuture<Void> waiting = CompletableFuture.runAsync(() -> get(channel));

        await().until(() -> nodes.get(0).health.checks.get() > 0);
        await().until(() -> {
            new Thread(() -> get(channel)).start(); // those that still go to the first wait as well
            return nodes.get(1).gets() > 0;
        });

        assertThat(waiting).isNotDone();
    }

    @Test
    void streams_of_submits_go_to_each_in_turn() {
        String targets = String.join(
                ",", nodes.stream().map(node -> node.server.target()).toList());
        try (Entente entente = Entente.builder(targets).roundRobin(true).build()) {
            IntStream.range(0, 9)
                    .forEach(i -> entente.saga("checkout").gid("new-" + i).submit());
        }

        assertThat(nodes).extracting(node -> node.coordinator.submits.size()).containsExactly(3, 3, 3);
    }
}
