package dev.entente.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import bank.v1.AccountServiceGrpc;
import dev.entente.backends.PatientAwaits;
import dev.entente.v1.Pattern;
import dev.entente.v1.Subscription;
import dev.entente.v1.TopicServiceGrpc;
import dev.entente.v1.Transaction;
import dev.entente.v1.TransactionFilter;
import dev.entente.v1.UnsubscribeRequest;
import dev.entente.v1.UnsubscribeResponse;
import dev.entente.wire.Decision;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TransactionsTest extends CoordinatorFixture {
    TransactionsTest() throws IOException {}

    @Test
    void a_transaction_can_be_read() {
        coordinator.fail("get", Status.UNAVAILABLE.asRuntimeException());
        entente.saga("checkout").gid("order-1").submit();

        assertThat(transactions.get("order-1").getName()).isEqualTo("checkout");
        assertThat(transactions.describe("order-1").getState()).isEqualTo(Transaction.State.RUNNING);
    }

    @Test
    void an_unknown_gid_is_refused_with_ENT_030() {
        assertThatThrownBy(() -> transactions.get("order-1"))
                .isInstanceOfSatisfying(
                        TransactionRefused.class,
                        refused -> assertThat(refused.code()).isEqualTo("ENT-030"));
        assertThatThrownBy(() -> transactions.await("order-1", Duration.ofSeconds(30)))
                .isInstanceOf(TransactionRefused.class);
        try (Watch watch = transactions.watch("order-1")) {
            assertThatThrownBy(watch::hasNext)
                    .isInstanceOf(TransactionRefused.class)
                    .hasMessageContaining("ENT-030");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "COMPLETING, false, COMMIT",
        "COMPLETING, true, NOT_YET",
        "SUCCEEDED, true, COMMIT",
        "UNDOING, false, ROLL_BACK",
        "UNDOING, true, NOT_YET",
        "ABORTED, true, ROLL_BACK",
        "RUNNING, false, NOT_YET",
        "SCHEDULED, false, NOT_YET"
    })
    void only_a_durable_decision_is_reported(Transaction.State state, boolean asLastSeen, Decision decision) {
        coordinator.put(Transaction.newBuilder()
                .setGid("transfer-1")
                .setState(state)
                .setAsLastSeen(asLastSeen)
                .build());

        assertThat(transactions.decision("transfer-1")).isEqualTo(decision);
        assertThat(transactions.decision("transfer-2")).isEqualTo(Decision.UNKNOWN);
    }

    @Test
    void a_list_is_read_page_by_page() {
        for (int i = 1; i <= 5; i++) {
            entente.saga("checkout").gid("order-" + i).submit();
        }

        assertThat(transactions.list(Filter.open()).map(Transaction::getGid))
                .containsExactly("order-5", "order-4", "order-3", "order-2", "order-1");
        assertThat(coordinator.calls).endsWith("list ", "list 2", "list 4");
        assertThat(transactions.list(Filter.all()).limit(1)).hasSize(1);
        assertThat(transactions.count(Filter.all()).getOpen()).isEqualTo(5);
    }

    @Test
    void a_filter_contains_all_its_conditions() {
        Filter filter = Filter.parked()
                .state(Transaction.State.UNDOING)
                .pattern(Pattern.SAGA)
                .name("checkout")
                .label("customer", "42")
                .participant("payment")
                .gidPrefix("order-")
                .createdAfter(Instant.ofEpochSecond(1))
                .createdBefore(Instant.ofEpochSecond(2));

        TransactionFilter.Builder expected = TransactionFilter.newBuilder()
                .setOnlyParked(true)
                .addStates(Transaction.State.UNDOING)
                .addPatterns(Pattern.SAGA)
                .setName("checkout")
                .putLabels("customer", "42")
                .setParticipant("payment")
                .setGidPrefix("order-");
        expected.getCreatedAfterBuilder().setSeconds(1);
        expected.getCreatedBeforeBuilder().setSeconds(2);
        assertThat(filter.toProto()).isEqualTo(expected.build());
        assertThat(Filter.overdue().toProto().getOnlyOverdue()).isTrue();
    }

    @Test
    void a_broken_watch_resumes_at_its_revision_until_the_final_state() {
        entente.saga("checkout").gid("order-1").submit();
        coordinator.progress(TransactionsTest::endsAfterThree);

        List<Long> revisions = new ArrayList<>();
        try (Watch watch = transactions.watch("order-1")) {
            watch.forEachRemaining(seen -> revisions.add(seen.getRevision()));
        }

        assertThat(revisions).containsExactly(1L, 2L, 3L, 4L);
        assertThat(coordinator.calls)
                .containsExactly("submit", "watch after 0", "watch after 1", "watch after 2", "watch after 3");
    }

    @Test
    void a_closed_watch_fails_the_next_read() {
        entente.saga("checkout").gid("order-1").submit();
        Watch watch = transactions.watch("order-1");
        watch.next();
        watch.close();

        assertThatThrownBy(watch::hasNext).isInstanceOf(CoordinatorUnavailable.class);
    }

    @Test
    void an_approval_step_can_be_approved_and_rejected() {
        entente.saga("checkout").gid("order-1").submit();
        coordinator.fail("decide", Status.UNAVAILABLE.asRuntimeException());

        assertThat(transactions.approve("order-1", "manager", "checked").getGid())
                .isEqualTo("order-1");
        assertThat(transactions.reject("order-1", "legal", "too dear").getGid()).isEqualTo("order-1");
        assertThat(coordinator.calls).contains("approve manager: checked", "reject legal: too dear");
    }

    @Test
    void a_transaction_can_be_aborted_until_it_has_succeeded() {
        entente.saga("checkout").gid("order-1").submit();

        assertThat(transactions.abort("order-1", "the customer called").getState())
                .isEqualTo(Transaction.State.UNDOING);
        coordinator.progress(undoing -> undoing.toBuilder()
                .setState(Transaction.State.ABORTED)
                .setTerminal(true)
                .build());
        assertThat(transactions.abort("order-1", "again", Duration.ofSeconds(30)))
                .isInstanceOf(Outcome.Aborted.class);

        coordinator.progress(done -> done.toBuilder()
                .setState(Transaction.State.SUCCEEDED)
                .setTerminal(true)
                .build());
        assertThatThrownBy(() -> transactions.abort("order-1", "too late"))
                .isInstanceOfSatisfying(
                        TransactionRefused.class,
                        refused -> assertThat(refused.code()).isEqualTo("ENT-041"));
    }

    // ---- asynchronous methods; other blocking methods only wait for the future of their asynchronous method

    @Test
    void listAsync_ends_at_its_last_page_or_its_limit() {
        for (int i = 1; i <= 5; i++) {
            entente.saga("checkout").gid("order-" + i).submit();
        }

        assertThat(transactions.listAsync(Filter.all(), 100).join())
                .extracting(Transaction::getGid)
                .containsExactly("order-5", "order-4", "order-3", "order-2", "order-1");
        assertThat(transactions.listAsync(Filter.all(), 3).join())
                .extracting(Transaction::getGid)
                .containsExactly("order-5", "order-4", "order-3");
        assertThat(transactions.listAsync(Filter.all(), 0).join()).isEmpty();
        assertThat(coordinator.calls).endsWith("list ", "list 2", "list 4", "list ", "list 2");
    }

    @Test
    void watchAsync_reports_each_revision_and_returns_the_final_transaction() {
        entente.saga("checkout").gid("order-1").submit();
        coordinator.progress(TransactionsTest::endsAfterThree);
        List<Long> revisions = new CopyOnWriteArrayList<>();

        Transaction end = transactions
                .watchAsync("order-1", seen -> revisions.add(seen.getRevision()))
                .join();

        assertThat(end.getState()).isEqualTo(Transaction.State.SUCCEEDED);
        assertThat(revisions).containsExactly(1L, 2L, 3L, 4L);
    }

    @Test
    void a_cancelled_watchAsync_ends_its_thread() {
        entente.saga("checkout").gid("order-1").submit();
        List<Long> revisions = new CopyOnWriteArrayList<>();
        CompletableFuture<Transaction> watch =
                transactions.watchAsync("order-1", seen -> revisions.add(seen.getRevision()));
        await().until(() -> revisions.size() > 1);

        watch.cancel(true);

        await().until(() -> Thread.getAllStackTraces().keySet().stream()
                .noneMatch(thread -> thread.getName().equals("entente-watch")));
        assertThat(transactions.watchAsync("order-2", seen -> {}))
                .failsWithin(PatientAwaits.BOUND)
                .withThrowableThat()
                .withCauseInstanceOf(TransactionRefused.class);
    }

    @Test
    void a_subscription_can_be_added_and_removed() throws IOException {
        FakeTopics fakeTopics = new FakeTopics();
        try (Loopback served = new Loopback(fakeTopics);
                Entente administrator = served.client().build()) {
            Topics topics = administrator.topics();
            Participant mail = administrator.participant("mail");

            topics.subscribe("orders", "mail", mail, AccountServiceGrpc.getTryFreezeMethod());

            assertThat(fakeTopics.subscriptions).containsExactly("orders to mail");
            assertThat(topics.unsubscribe("orders", "mail")).isTrue();
            assertThat(topics.unsubscribe("orders", "mail")).isFalse();
        }
    }

    /** Records the subscriptions. */
    private static final class FakeTopics extends TopicServiceGrpc.TopicServiceImplBase {
        private final List<String> subscriptions = new CopyOnWriteArrayList<>();

        @Override
        public void subscribe(Subscription request, StreamObserver<Subscription> answer) {
            subscriptions.add(request.getTopic() + " to " + request.getSubscriber());
            answer.onNext(request);
            answer.onCompleted();
        }

        @Override
        public void unsubscribe(UnsubscribeRequest request, StreamObserver<UnsubscribeResponse> answer) {
            boolean existed = subscriptions.remove(request.getTopic() + " to " + request.getSubscriber());
            answer.onNext(UnsubscribeResponse.newBuilder().setExisted(existed).build());
            answer.onCompleted();
        }
    }

    private static Transaction endsAfterThree(Transaction running) {
        return running.getRevision() < 3
                ? running
                : running.toBuilder()
                        .setState(Transaction.State.SUCCEEDED)
                        .setTerminal(true)
                        .build();
    }
}
