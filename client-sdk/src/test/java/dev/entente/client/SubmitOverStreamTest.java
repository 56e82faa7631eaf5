package dev.entente.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.entente.backends.PatientAwaits;
import dev.entente.v1.SubmitTransactionRequest;
import dev.entente.v1.Transaction;
import io.grpc.Status;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** The behaviour of submits over a stream that {@link SubmitTest} does not cover. */
@Execution(ExecutionMode.CONCURRENT)
class SubmitOverStreamTest extends CoordinatorFixture {
    SubmitOverStreamTest() throws IOException {
        super(settings -> settings.bearerToken("secret"));
    }

    private CompletableFuture<Submitted> submit(String gid) {
        return entente.saga("checkout").gid(gid).submitAsync();
    }

    private List<String> arrived() {
        return server.arrivals.stream().map(Loopback.Arrival::method).toList();
    }

    @Test
    void submits_share_one_authenticated_stream() {
        submit("order-1").join();
        submit("order-2").join();

        assertThat(arrived()).containsExactly("SubmitTransactions");
        assertThat(server.arrivals.get(0).header("authorization")).isEqualTo("Bearer secret");
        assertThat(coordinator.submits.get(0).hasFirstAttemptTime()).isTrue();
        assertThat(coordinator.streams.messages.get(0).getItems(0).getTimeoutMillis())
                .isBetween(1L, PatientAwaits.BOUND.toMillis());
        assertThat(coordinator.streams.messages.get(0).getItems(0).getTraceparent())
                .isEmpty();
    }

    @Test
    void two_thousand_submits_are_sent_in_fewer_messages() {
        List<CompletableFuture<Submitted>> all =
                IntStream.range(0, 2_000).mapToObj(i -> submit("order-" + i)).toList();

        all.forEach(CompletableFuture::join);

        assertThat(coordinator.submits)
                .extracting(request -> request.getPlan().getGid())
                .hasSize(2_000)
                .doesNotHaveDuplicates();
        assertThat(coordinator.streams.batches).hasSizeLessThan(2_000);
    }

    @Test
    void an_unanswered_submit_does_not_delay_other_submits() {
        coordinator.streams.hung.add("hung");
        CompletableFuture<Submitted> hung = submit("hung-1");

        assertThat(submit("order-1").join().gid()).isEqualTo("order-1");
        assertThat(hung).isNotDone();
    }

    @Test
    void a_timed_out_submit_is_sent_again_as_a_unary_call() {
        coordinator.streams.hung.add("hung");
        try (Entente impatient =
                server.client().callTimeout(Duration.ofSeconds(5)).build()) {
            assertThat(impatient.saga("checkout").gid("hung-1").submit().gid()).isEqualTo("hung-1");
        }
        assertThat(arrived()).containsExactly("SubmitTransactions", "SubmitTransaction");
    }

    @Test
    void a_silent_stream_is_abandoned_and_its_submits_are_sent_again() {
        coordinator.streams.hung.add("hung");
        try (Entente impatient =
                server.client().callTimeout(Duration.ofSeconds(5)).build()) {
            CompletableFuture<Outcome> patient =
                    impatient.saga("checkout").gid("hung-1").submitAndWaitAsync(Duration.ofMinutes(1));
            await().until(() -> coordinator.streams.batches.size() == 1);

            assertThat(impatient.saga("checkout").gid("hung-2").submit().gid()).isEqualTo("hung-2");

            await().until(() -> coordinator.submits.stream()
                    .anyMatch(submit -> submit.getPlan().getGid().equals("hung-1")));
            coordinator.progress(running -> running.toBuilder()
                    .setState(Transaction.State.SUCCEEDED)
                    .setTerminal(true)
                    .build());
            assertThat(patient.join()).isInstanceOf(Outcome.Succeeded.class);
        }
    }

    @Test
    void submits_on_a_broken_stream_are_sent_again_once_as_unary_calls() {
        coordinator.streams.hung.add("order");
        List<CompletableFuture<Submitted>> all =
                IntStream.range(0, 50).mapToObj(i -> submit("order-" + i)).toList();
        await().until(() ->
                coordinator.streams.batches.stream().mapToInt(Integer::intValue).sum() == 50);

        coordinator.streams.breakAll();

        all.forEach(CompletableFuture::join);
        assertThat(coordinator.submits)
                .extracting(request -> request.getPlan().getGid())
                .hasSize(50)
                .doesNotHaveDuplicates();
        assertThat(arrived()).filteredOn("SubmitTransaction"::equals).hasSize(50);
        assertThat(coordinator.submits).allMatch(SubmitTransactionRequest::hasFirstAttemptTime);
    }

    @Test
    void a_broken_stream_is_replaced_by_a_new_stream() {
        submit("order-1").join();
        coordinator.streams.breakAll();

        await().until(() -> {
            submit("order-" + System.nanoTime()).join();
            return coordinator.streams.opened() == 2;
        });
    }

    @Test
    void a_coordinator_without_streams_gets_unary_calls() {
        coordinator.streams.forget();

        for (int i = 0; i < 20; i++) {
            submit("order-" + i).join();
        }

        assertThat(arrived()).filteredOn("SubmitTransactions"::equals).hasSize(1);
        assertThat(arrived()).filteredOn("SubmitTransaction"::equals).hasSize(20);
    }

    @Test
    void a_closing_stream_keeps_its_pending_submits_and_new_ones_use_a_new_stream() {
        coordinator.streams.hung.add("hung");
        CompletableFuture<Submitted> hung = submit("hung-1");
        submit("order-1").join();
        coordinator.streams.goAway();

        await().until(() -> {
            submit("order-" + System.nanoTime()).join();
            return coordinator.streams.opened() == 2;
        });
        assertThat(hung).isNotDone();
    }

    @Test
    void submits_refused_at_shutdown_are_sent_again_as_unary_calls() {
        coordinator.fail("submit", FakeCoordinator.error(Status.Code.UNAVAILABLE, "ENT-051", "it goes"));

        assertThat(submit("order-1").join().gid()).isEqualTo("order-1");
        assertThat(arrived()).containsExactly("SubmitTransactions", "SubmitTransaction");
    }

    @Test
    void a_blocking_callback_does_not_delay_other_submits() throws Exception {
        CompletableFuture<String> nested = submit("order-1")
                .thenApply(first ->
                        entente.saga("checkout").gid("order-2").submit().gid());

        assertThat(nested.get()).isEqualTo("order-2");
    }

    @Test
    void a_blocking_callback_of_a_stored_plan_does_not_delay_other_submits() throws Exception {
        CompletableFuture<String> nested = entente.submit(
                        entente.saga("checkout").gid("order-1").toProto(), Instant.now(), PatientAwaits.BOUND)
                .thenApply(first ->
                        entente.saga("checkout").gid("order-2").submit().gid());

        assertThat(nested.get()).isEqualTo("order-2");
    }

    @Test
    void a_plan_too_large_for_the_stream_is_sent_as_a_unary_call() {
        Saga large = entente.saga("checkout").gid("order-1");
        for (int i = 0; i < 20; i++) {
            large.label("key-" + i, "x".repeat(50_000));
        }

        assertThat(large.submit().gid()).isEqualTo("order-1");
        assertThat(arrived()).containsExactlyInAnyOrder("SubmitTransactions", "SubmitTransaction");
    }
}
