package dev.entente.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import bank.v1.AccountServiceGrpc;
import dev.entente.backends.PatientAwaits;
import dev.entente.v1.Subscription;
import dev.entente.v1.TopicServiceGrpc;
import dev.entente.v1.Transaction;
import dev.entente.v1.UnsubscribeRequest;
import dev.entente.v1.UnsubscribeResponse;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

/** Questions about transactions, asked without a thread that waits. */
class WithoutBlockingTest extends CoordinatorFixture {
    private final List<String> subscriptions = new CopyOnWriteArrayList<>();

    /** Remembers who is subscribed. */
    private final class Board extends TopicServiceGrpc.TopicServiceImplBase {
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

    WithoutBlockingTest() throws IOException {}

    @Test
    void approvals_are_given_and_refused() {
        entente.saga("checkout").gid("order-1").submit();

        assertThat(transactions.approveAsync("order-1", "manager", "checked")).succeedsWithin(PatientAwaits.BOUND);
        assertThat(transactions.rejectAsync("order-1", "legal", "too dear")).succeedsWithin(PatientAwaits.BOUND);
        assertThat(coordinator.calls).contains("approve manager: checked", "reject legal: too dear");
    }

    @Test
    void a_transaction_is_turned_back_and_its_end_awaited() {
        entente.saga("checkout").gid("order-1").submit();

        assertThat(transactions
                        .abortAsync("order-1", "the customer called")
                        .join()
                        .getState())
                .isEqualTo(Transaction.State.UNDOING);
        coordinator.progress(undoing -> undoing.toBuilder()
                .setState(Transaction.State.ABORTED)
                .setTerminal(true)
                .build());
        assertThat(transactions
                        .abortAsync("order-1", "again", Duration.ofSeconds(30))
                        .join())
                .isInstanceOf(Outcome.Aborted.class);
    }

    @Test
    void a_refusal_comes_out_of_the_future() {
        assertThat(transactions.abortAsync("order-1", "nobody knows it"))
                .failsWithin(PatientAwaits.BOUND)
                .withThrowableThat()
                .havingCause()
                .isInstanceOfSatisfying(
                        TransactionRefused.class,
                        refused -> assertThat(refused.code()).isEqualTo("ENT-030"));
        assertThat(transactions.describeAsync("order-1"))
                .failsWithin(PatientAwaits.BOUND)
                .withThrowableThat()
                .havingCause()
                .isInstanceOf(TransactionRefused.class);
    }

    @Test
    void a_list_ends_with_its_last_page_or_when_there_are_enough() {
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
        assertThat(transactions.countAsync(Filter.all()).join().getOpen()).isEqualTo(5);
    }

    @Test
    void a_watch_tells_each_change_and_gives_the_end() {
        entente.saga("checkout").gid("order-1").submit();
        coordinator.progress(running -> running.getRevision() < 3
                ? running
                : running.toBuilder()
                        .setState(Transaction.State.SUCCEEDED)
                        .setTerminal(true)
                        .build());
        List<Long> revisions = new CopyOnWriteArrayList<>();

        Transaction end = transactions
                .watchAsync("order-1", seen -> revisions.add(seen.getRevision()))
                .join();

        assertThat(end.getState()).isEqualTo(Transaction.State.SUCCEEDED);
        assertThat(revisions).containsExactly(1L, 2L, 3L, 4L);
    }

    @Test
    void a_watch_that_is_cancelled_asks_no_more() {
        entente.saga("checkout").gid("order-1").submit();
        List<Long> revisions = new CopyOnWriteArrayList<>();
        CompletableFuture<Transaction> watch =
                transactions.watchAsync("order-1", seen -> revisions.add(seen.getRevision()));
        await().until(() -> revisions.size() > 1);

        watch.cancel(true);

        await().until(() -> Thread.getAllStackTraces().keySet().stream()
                .noneMatch(thread -> thread.getName().equals("entente-watch")));
        assertThat(watch).isCancelled();
    }

    @Test
    void subscribers_come_and_go() throws IOException {
        try (Loopback board = new Loopback(new Board());
                Entente administrator = board.client().build()) {
            Topics topics = administrator.topics();
            Participant mail = administrator.participant("mail");

            assertThat(topics.subscribeAsync("orders", "mail", mail, AccountServiceGrpc.getTryFreezeMethod()))
                    .succeedsWithin(PatientAwaits.BOUND);
            assertThat(subscriptions).containsExactly("orders to mail");
            assertThat(topics.unsubscribeAsync("orders", "mail").join()).isTrue();
            assertThat(topics.unsubscribeAsync("orders", "mail").join()).isFalse();
        }
    }

    @Test
    void a_plan_is_checked_and_not_submitted() {
        coordinator.warnings.add("a doubt");

        assertThat(entente.saga("checkout").gid("order-1").validateAsync().join())
                .containsExactly("a doubt");
        assertThat(coordinator.submits.get(0).getValidateOnly()).isTrue();
    }

    @Test
    void a_watch_of_what_is_not_known_fails() {
        assertThat(transactions.watchAsync("order-1", seen -> {}))
                .failsWithin(PatientAwaits.BOUND)
                .withThrowableThat()
                .havingCause()
                .isInstanceOf(TransactionRefused.class);
    }
}
