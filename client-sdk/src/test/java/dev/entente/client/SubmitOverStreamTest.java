package dev.entente.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.entente.backends.PatientAwaits;
import dev.entente.v1.SubmitTransactionRequest;
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

/** The behaviour of submits over a stream that {@link SubmitTest} does not test for both ways. */
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
    void all_share_one_stream_that_says_who_they_are() {
        submit("order-1").join();
        submit("order-2").join();

        assertThat(arrived()).containsExactly("SubmitTransactions");
        assertThat(server.arrivals.get(0).header("authorization")).isEqualTo("Bearer secret");
        assertThat(coordinator.submits.get(0).hasFirstAttemptTime()).isTrue();
        assertThat(coordinator.streams.messages.get(0).getItems(0).getTimeoutMillis())
                .isBetween(1L, PatientAwaits.BOUND.toMillis());
        assertThat(coordinator.streams.messages.get(0).getItems(0).getTraceparent())
                .matches("00-[0-9a-f]{32}-[0-9a-f]{16}-01");
    }

    @Test
    void two_thousand_are_each_answered_in_fewer_messages() {
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
    void one_that_is_not_answered_holds_up_no_other() {
        coordinator.streams.hung.add("hung");
        CompletableFuture<Submitted> hung = submit("hung-1");

        assertThat(submit("order-1").join().gid()).isEqualTo("order-1");
        assertThat(hung).isNotDone();
    }

    @Test
    void one_that_is_not_answered_in_its_time_is_sent_again_in_a_call_of_its_own() {
        coordinator.streams.hung.add("hung");
        try (Entente impatient =
                server.client().callTimeout(Duration.ofSeconds(5)).build()) {
            assertThat(impatient.saga("checkout").gid("hung-1").submit().gid()).isEqualTo("hung-1");
        }
        assertThat(arrived()).containsExactly("SubmitTransactions", "SubmitTransaction");
    }

    @Test
    void a_stream_that_says_nothing_any_more_is_given_up_for_all() {
        coordinator.streams.hung.add("hung");
        try (Entente impatient =
                server.client().callTimeout(Duration.ofSeconds(5)).build()) {
            CompletableFuture<Outcome> patient =
                    impatient.saga("checkout").gid("hung-1").submitAndWaitAsync(Duration.ofMinutes(1));
            await().until(() -> coordinator.streams.batches.size() == 1);

            assertThat(impatient.saga("checkout").gid("hung-2").submit().gid()).isEqualTo("hung-2");

            await().until(() -> coordinator.submits.stream()
                    .anyMatch(submit -> submit.getPlan().getGid().equals("hung-1")));
            assertThat(patient).isNotCancelled();
        }
    }

    @Test
    void what_is_under_way_when_the_stream_breaks_ends_once_over_calls_of_its_own() {
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
    void after_a_break_there_is_another_stream_soon() {
        submit("order-1").join();
        coordinator.streams.breakAll();

        await().until(() -> {
            submit("order-" + System.nanoTime()).join();
            return coordinator.streams.opened() == 2;
        });
    }

    @Test
    void a_coordinator_that_knows_no_streams_gets_calls() {
        coordinator.streams.forget();

        for (int i = 0; i < 20; i++) {
            submit("order-" + i).join();
        }

        assertThat(arrived()).filteredOn("SubmitTransactions"::equals).hasSize(1);
        assertThat(arrived()).filteredOn("SubmitTransaction"::equals).hasSize(20);
    }

    @Test
    void a_coordinator_that_goes_keeps_what_is_under_way_and_others_open_another_stream() {
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
    void submits_that_a_leaving_coordinator_takes_no_more_are_sent_again_as_calls() {
        coordinator.fail("submit", FakeCoordinator.error(Status.Code.UNAVAILABLE, "ENT-051", "it goes"));

        assertThat(submit("order-1").join().gid()).isEqualTo("order-1");
        assertThat(arrived()).containsExactly("SubmitTransactions", "SubmitTransaction");
    }

    @Test
    void a_caller_that_blocks_in_what_it_does_next_holds_up_no_other() throws Exception {
        CompletableFuture<String> nested = submit("order-1")
                .thenApply(first ->
                        entente.saga("checkout").gid("order-2").submit().gid());

        assertThat(nested.get()).isEqualTo("order-2");
    }

    @Test
    void nor_does_one_that_submitted_a_plan_it_had_kept() throws Exception {
        CompletableFuture<String> nested = entente.submit(
                        entente.saga("checkout").gid("order-1").toProto(), Instant.now(), PatientAwaits.BOUND)
                .thenApply(first ->
                        entente.saga("checkout").gid("order-2").submit().gid());

        assertThat(nested.get()).isEqualTo("order-2");
    }

    @Test
    void a_plan_too_large_to_share_a_message_goes_by_itself() {
        Saga large = entente.saga("checkout").gid("order-1");
        for (int i = 0; i < 20; i++) {
            large.label("key-" + i, "x".repeat(50_000));
        }

        assertThat(large.submit().gid()).isEqualTo("order-1");
        assertThat(arrived()).containsExactlyInAnyOrder("SubmitTransactions", "SubmitTransaction");
    }
}
