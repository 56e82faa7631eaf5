package dev.entente.client;

import dev.entente.jdbc.CallersTransaction;
import dev.entente.v1.CallPolicy;
import dev.entente.v1.CheckBackPolicy;
import dev.entente.v1.CheckRequest;
import dev.entente.v1.Operation;
import dev.entente.v1.ParticipantServiceGrpc;
import dev.entente.v1.Plan;
import dev.entente.v1.SagaStep;
import dev.entente.wire.SameBytes;
import dev.entente.wire.Times;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * Something that happened, delivered to each receiver until it has taken it. Nobody may refuse it, and it cannot be
 * taken back, so it has no deadline.
 *
 * <pre>{@code
 * entente.message("order-created").gid("order-created-4711")
 *     .to(stock.call(StockServiceGrpc.getReserveMethod(), reservation))
 *     .to(shipping.call(ShippingServiceGrpc.getPlanMethod(), order))
 *     .submit();
 * }</pre>
 *
 * <p>Made by {@link Entente#message}. Not thread-safe.
 */
public final class Message extends PlanBuilder<Message> {
    private final List<Operation> deliveries = new ArrayList<>();
    private String orderingKey = "";
    private @Nullable String checkBack;
    private @Nullable Duration checkAfter;

    Message(PlanContext context, String name) {
        super(context, name);
    }

    /**
     * Adds a receiver. All are called at once, each as often as it takes; they are the branches {@code delivery-1},
     * {@code delivery-2} and so on.
     *
     * @throws IllegalArgumentException if the call uses a response: no delivery comes after another one
     */
    public Message to(Call<?> delivery) {
        if (delivery.hasBindings()) {
            throw new IllegalArgumentException(
                    "a delivery cannot use a response, for none comes after another; put the value into the request");
        }
        deliveries.add(delivery.toProto());
        return this;
    }

    /**
     * Adds whoever is subscribed to that topic when the message is accepted, or begun.
     *
     * @param event what each subscriber is called with, unless its subscription says otherwise
     */
    public Message toTopic(String topic, com.google.protobuf.Message event) {
        deliveries.add(Operation.newBuilder()
                .setTopic(topic)
                .setRaw(SameBytes.of(event))
                .build());
        return this;
    }

    /**
     * Delivers messages with the same key one after another to each receiver, in the order in which they were accepted
     * or begun. The next one leaves when the one before was acknowledged; a parked one blocks those behind it.
     *
     * @param key at most 256 characters, such as an order's number
     */
    public Message orderingKey(String key) {
        orderingKey = key;
        return this;
    }

    /**
     * Names the service that the coordinator asks about the local transaction where {@link #runAndSubmit} does not come
     * to its end. It must serve {@code dev.entente.participant.checks.CheckBackService} on the same database.
     *
     * @param after how long to wait for the client before that
     */
    public Message checkBack(Participant service, Duration after) {
        Times.positive(after, "the time to wait");
        checkBack =
                service.name() + "/" + ParticipantServiceGrpc.getCheckMethod().getFullMethodName();
        checkAfter = after;
        return this;
    }

    /**
     * Work on the client's own database.
     *
     * @param <T> what it comes to
     * @param <X> what it throws
     */
    @FunctionalInterface
    public interface Body<T, X extends Exception> {
        /**
         * Does the work on this connection, neither committing nor rolling it back. A statement that fails undoes both,
         * also where the body catches the exception, unless it goes back to a savepoint of its own.
         */
        T run(Connection connection) throws X;
    }

    /**
     * Commits a local transaction and publishes this message, both or neither. Blocks.
     *
     * <p>The message is begun, which is durable before the body starts; then the body runs in one transaction with a
     * row of {@code entente_barrier}, and is committed; then the message is. If this process dies anywhere in between,
     * the coordinator asks {@link #checkBack} and goes by the answer. From the body's commit on nothing can keep the
     * message back; that its own commit is not answered is no failure.
     *
     * @return what the body came to; its transaction is committed
     * @throws X of the body; its transaction was rolled back, and nothing is published
     * @throws SQLException of the database, likewise
     * @throws TransactionRefused ENT-096 inside a transaction of Spring's; use the outbox there
     * @throws TransactionPending if the local commit was not answered: both will happen, or neither
     * @throws TransactionAborted if the coordinator asked too early, while this process stood still: nothing was
     *     committed, and the gid has ended
     * @throws TransactionRefused if the message is wrong, or this gid was used before (ENT-031, ENT-040)
     * @throws CoordinatorUnavailable if the message could not be begun: nothing was done
     * @throws IllegalStateException without {@link #checkBack}
     */
    public <T, X extends Exception> T runAndSubmit(DataSource dataSource, Body<T, X> body) throws SQLException, X {
        if (checkBack == null) {
            throw new IllegalStateException("say whom to ask what became of the local transaction: checkBack(…)");
        }
        if (CallersTransaction.isOnThread()) {
            throw TransactionRefused.mistake(
                    "ENT-096",
                    "runAndSubmit commits a transaction of its own, and one runs on this thread already, which would"
                            + " neither be committed nor rolled back with it; enqueue the message into the outbox"
                            + " inside that transaction (OutboxMessage.toCoordinator), or call this outside of it");
        }
        BegunMessage begun = BegunMessage.begin(coordinator(), toProto(), firstAttempt());
        return begun.run(dataSource, body);
    }

    /**
     * As a step of a saga, which has all else but how it is called.
     *
     * @throws IllegalArgumentException if it says more than a step can
     */
    SagaStep asStep() {
        if (!isPlain() || checkBack != null) {
            throw new IllegalArgumentException(
                    "a message that is a step has the saga's gid, labels and times, and nobody to"
                            + " ask; leave out its own");
        }
        SagaStep.Builder step =
                SagaStep.newBuilder().setMessage(addPattern(Plan.newBuilder()).getMessage());
        CallPolicy policy = Call.policy(timeout(), retry());
        if (!policy.equals(CallPolicy.getDefaultInstance())) {
            step.getMessageBuilder().getDeliveriesBuilderList().stream()
                    .filter(delivery -> !delivery.hasPolicy())
                    .forEach(delivery -> delivery.setPolicy(policy));
        }
        return step.build();
    }

    @Override
    Plan.Builder addPattern(Plan.Builder plan) {
        var message = plan.getMessageBuilder().addAllDeliveries(deliveries).setOrderingKey(orderingKey);
        if (checkBack != null) {
            CheckRequest question =
                    CheckRequest.newBuilder().setGid(plan.getGid()).build();
            message.setCheckBack(Operation.newBuilder().setGrpc(checkBack).setRaw(question.toByteString()));
        }
        if (checkAfter != null) {
            message.setCheckBackPolicy(CheckBackPolicy.newBuilder().setFirstAfter(Times.proto(checkAfter)));
        }
        return plan;
    }
}
