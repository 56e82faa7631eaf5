package dev.entente.outbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import dev.entente.backends.PatientAwaits;
import dev.entente.client.Retry;
import java.net.http.HttpClient;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** Tests the messages that wait in memory for room at their destination. */
class DeliveriesTest {
    private static final Retry WAITS = Retry.fixed(Duration.ofMillis(5), Integer.MAX_VALUE);

    private final ExecutorService threads = Executors.newFixedThreadPool(8);
    private final Circuits circuits = new Circuits(1, WAITS, new Random(1));
    private final List<Chain> ended = Collections.synchronizedList(new ArrayList<>());

    @AfterEach
    void close() {
        ((Logger) LoggerFactory.getLogger(Deliveries.class)).setLevel(null);
        threads.shutdownNow();
    }

    private Deliveries deliveries(Carrier carrier) {
        return deliveries(carrier, () -> true);
    }

    private Deliveries deliveries(Carrier carrier, BooleanSupplier mayStart) {
        return deliveries(carrier, mayStart, ended::add);
    }

    private Deliveries deliveries(Carrier carrier, BooleanSupplier mayStart, Consumer<Chain> ended) {
        Carriers carriers = new Carriers(
                null, Map.of(), HttpClient.newHttpClient(), Map.of("own", carrier), Duration.ofSeconds(60));
        return new Deliveries(carriers, circuits, mayStart, ended);
    }

    private static Claimed claimed(String destination, int number) {
        String id = destination + "-" + number;
        OutgoingMessage message =
                new OutgoingMessage(id, number, null, "own", destination, "", Map.of(), new byte[0], 0, Instant.EPOCH);
        return new Claimed(message, destination, Duration.ZERO);
    }

    private static Chain chain(String destination, int number) {
        return new Chain(List.of(claimed(destination, number)), 0, System.nanoTime() + PatientAwaits.BOUND.toNanos());
    }

    @Test
    void nothing_is_kept_of_destinations_to_which_nothing_waits_any_more() {
        Queue<CompletableFuture<Delivery>> unanswered = new ConcurrentLinkedQueue<>();
        Deliveries deliveries = deliveries((message, within) -> {
            CompletableFuture<Delivery> answer = new CompletableFuture<>();
            unanswered.add(answer);
            return answer;
        });
        for (int i = 0; i < 200; i++) {
            deliveries.start(chain("d" + i / 2, i));
        }
        assertThat(circuits.capacities()).hasSize(100);

        for (CompletableFuture<Delivery> next = unanswered.poll(); next != null; next = unanswered.poll()) {
            next.complete(new Delivery.Delivered());
        }

        assertThat(ended).hasSize(200);
        assertThat(deliveries.underWay()).isZero();
        assertThat(circuits.capacities()).isEmpty();
    }

    @Test
    void chains_that_wait_are_all_started_where_each_attempt_ends_at_once() {
        CompletableFuture<Delivery> unanswered = new CompletableFuture<>();
        Deliveries deliveries = deliveries((message, within) ->
                message.id().equals("d-0") ? unanswered : CompletableFuture.completedFuture(new Delivery.Delivered()));
        for (int i = 0; i < 50_000; i++) {
            deliveries.start(chain("d", i));
        }

        unanswered.complete(new Delivery.Delivered());

        assertThat(ended.size()).isEqualTo(50_000);
        assertThat(deliveries.underWay()).isZero();
        assertThat(circuits.capacities()).isEmpty();
    }

    @SuppressWarnings("NullAway") // as a carrier may, whose compiler knows nothing of nulls
    private static CompletableFuture<Delivery> noAnswer() {
        return null;
    }

    @Test
    void a_carrier_that_throws_an_error_or_answers_null_keeps_no_other_chain_from_its_end() {
        CompletableFuture<Delivery> unanswered = new CompletableFuture<>();
        Deliveries deliveries = deliveries((message, within) -> switch (message.id()) {
            case "d-0" -> unanswered;
            case "d-7" -> throw new NoClassDefFoundError("on purpose");
            case "d-9" -> noAnswer();
            default -> CompletableFuture.completedFuture(new Delivery.Delivered());
        });
        for (int i = 0; i < 30; i++) {
            deliveries.start(chain("d", i));
        }

        unanswered.complete(new Delivery.Delivered());

        assertThat(ended).hasSize(30);
        assertThat(deliveries.underWay()).isZero();
        assertThat(circuits.capacities()).isEmpty();
    }

    @Test
    void a_step_that_throws_is_counted_and_keeps_no_later_one_from_being_taken() {
        ((Logger) LoggerFactory.getLogger(Deliveries.class)).setLevel(Level.OFF);
        AtomicBoolean hasThrown = new AtomicBoolean();
        Deliveries deliveries =
                deliveries((message, within) -> CompletableFuture.completedFuture(new Delivery.Delivered()), () -> {
                    if (hasThrown.compareAndSet(false, true)) {
                        throw new StackOverflowError("on purpose");
                    }
                    return true;
                });

        deliveries.start(chain("d", 1));
        assertThat(deliveries.caught()).isEqualTo(1);
        deliveries.start(chain("d", 2));

        assertThat(ended).hasSize(2);
        assertThat(deliveries.caught()).isEqualTo(1);
    }

    @Test
    void an_end_that_throws_is_counted_and_keeps_nothing_from_its_destination() {
        ((Logger) LoggerFactory.getLogger(Deliveries.class)).setLevel(Level.OFF);
        CompletableFuture<Delivery> unanswered = new CompletableFuture<>();
        Deliveries deliveries = deliveries(
                (message, within) -> message.id().equals("d-13")
                        ? unanswered
                        : CompletableFuture.completedFuture(new Delivery.Delivered()),
                () -> true,
                chain -> {
                    if (chain.firstId().equals("d-13")) {
                        throw new IllegalStateException("on purpose");
                    }
                    ended.add(chain);
                });
        deliveries.start(chain("d", 13));
        deliveries.start(chain("d", 14));

        unanswered.complete(new Delivery.Delivered());

        assertThat(deliveries.caught()).isEqualTo(1);
        assertThat(ended).extracting(each -> each.firstId()).containsExactly("d-14");
        assertThat(deliveries.underWay()).isZero();
        assertThat(circuits.capacities()).isEmpty();
    }

    @Test
    void a_chain_of_many_messages_ends_where_each_attempt_ends_at_once() {
        Deliveries deliveries =
                deliveries((message, within) -> CompletableFuture.completedFuture(new Delivery.Delivered()));
        List<Claimed> messages =
                IntStream.range(0, 50_000).mapToObj(i -> claimed("d", i)).toList();

        deliveries.start(new Chain(messages, 0, System.nanoTime() + PatientAwaits.BOUND.toNanos()));

        assertThat(ended).hasSize(1);
        assertThat(deliveries.underWay()).isZero();
        assertThat(circuits.capacities()).isEmpty();
    }

    @Test
    void an_attempt_that_could_outlast_its_claim_does_not_begin() {
        CompletableFuture<Delivery> first = new CompletableFuture<>();
        Deliveries deliveries = deliveries((message, within) -> first);
        deliveries.start(chain("d", 0));
        deliveries.start(new Chain(List.of(claimed("d", 1)), 0, System.nanoTime()));
        deliveries.start(new Chain(List.of(claimed("e", 2), claimed("e", 3)), 0, System.nanoTime()));

        assertThat(ended).extracting(Chain::firstId).containsExactly("d-1", "e-2");
        first.complete(new Delivery.Delivered());
        assertThat(ended).extracting(Chain::firstId).containsExactly("d-1", "e-2", "d-0");
        assertThat(ended).filteredOn(Chain::isUnattempted).hasSize(2);
        assertThat(deliveries.underWay()).isZero();
    }

    @Test
    void each_chain_ends_once_while_others_come_and_go() throws Exception {
        Deliveries deliveries = deliveries(
                (message, within) -> CompletableFuture.supplyAsync(() -> (Delivery) new Delivery.Delivered(), threads));
        List<Future<?>> starting = new ArrayList<>();
        for (int thread = 0; thread < 4; thread++) {
            int first = thread * 5000;
            starting.add(threads.submit(() -> {
                for (int i = first; i < first + 5000; i++) {
                    deliveries.start(chain("d" + i % 3, i));
                }
            }));
        }
        for (Future<?> each : starting) {
            each.get();
        }

        await().until(() -> deliveries.underWay() == 0);
        await().until(() -> ended.size() == 20_000);
        assertThat(ended.stream().map(each -> each.firstId())).doesNotHaveDuplicates();
        await().until(() -> circuits.capacities().isEmpty());
    }
}
