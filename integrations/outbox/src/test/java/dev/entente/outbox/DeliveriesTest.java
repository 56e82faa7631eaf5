package dev.entente.outbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import dev.entente.backends.PatientAwaits;
import dev.entente.client.Retry;
import dev.entente.trace.Tracing;
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

/** Tests the messages that wait in memory for capacity at their destination. */
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
                null,
                Map.of(),
                HttpClient.newHttpClient(),
                Map.of("own", carrier),
                Duration.ofSeconds(60),
                Tracing.found());
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
    void a_destination_without_deliveries_keeps_no_state() {
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
        assertThat(deliveries.inFlightCount()).isZero();
        assertThat(circuits.capacities()).isEmpty();
    }

    @Test
    void waiting_chains_all_finish_when_each_attempt_completes_immediately() {
        CompletableFuture<Delivery> unanswered = new CompletableFuture<>();
        Deliveries deliveries = deliveries((message, within) ->
                message.id().equals("d-0") ? unanswered : CompletableFuture.completedFuture(new Delivery.Delivered()));
        for (int i = 0; i < 50_000; i++) {
            deliveries.start(chain("d", i));
        }

        unanswered.complete(new Delivery.Delivered());

        assertThat(ended.size()).isEqualTo(50_000);
        assertThat(deliveries.inFlightCount()).isZero();
        assertThat(circuits.capacities()).isEmpty();
    }

    @SuppressWarnings("NullAway") // a carrier compiled without null checks may return null
    private static CompletableFuture<Delivery> noAnswer() {
        return null;
    }

    @Test
    void a_carriers_error_or_null_result_does_not_stop_other_chains() {
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
        assertThat(deliveries.inFlightCount()).isZero();
        assertThat(circuits.capacities()).isEmpty();
    }

    @Test
    void an_error_before_an_attempt_is_counted_and_later_chains_still_run() {
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
    void an_error_in_the_completion_callback_is_counted_and_frees_the_destination() {
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
        assertThat(deliveries.inFlightCount()).isZero();
        assertThat(circuits.capacities()).isEmpty();
    }

    @Test
    void a_long_chain_finishes_when_each_attempt_completes_immediately() {
        Deliveries deliveries =
                deliveries((message, within) -> CompletableFuture.completedFuture(new Delivery.Delivered()));
        List<Claimed> messages =
                IntStream.range(0, 50_000).mapToObj(i -> claimed("d", i)).toList();

        deliveries.start(new Chain(messages, 0, System.nanoTime() + PatientAwaits.BOUND.toNanos()));

        assertThat(ended).hasSize(1);
        assertThat(deliveries.inFlightCount()).isZero();
        assertThat(circuits.capacities()).isEmpty();
    }

    @Test
    void an_attempt_that_could_exceed_its_claim_does_not_start() {
        CompletableFuture<Delivery> first = new CompletableFuture<>();
        Deliveries deliveries = deliveries((message, within) -> first);
        deliveries.start(chain("d", 0));
        deliveries.start(new Chain(List.of(claimed("d", 1)), 0, System.nanoTime()));
        deliveries.start(new Chain(List.of(claimed("e", 2), claimed("e", 3)), 0, System.nanoTime()));

        assertThat(ended).extracting(Chain::firstId).containsExactly("d-1", "e-2");
        first.complete(new Delivery.Delivered());
        assertThat(ended).extracting(Chain::firstId).containsExactly("d-1", "e-2", "d-0");
        assertThat(ended).filteredOn(Chain::isUnattempted).hasSize(2);
        assertThat(deliveries.inFlightCount()).isZero();
    }

    @Test
    void each_chain_finishes_once_under_concurrent_starts() throws Exception {
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

        await().until(() -> deliveries.inFlightCount() == 0);
        await().until(() -> ended.size() == 20_000);
        assertThat(ended.stream().map(each -> each.firstId())).doesNotHaveDuplicates();
        await().until(() -> circuits.capacities().isEmpty());
    }
}
