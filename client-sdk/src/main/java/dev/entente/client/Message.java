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
 * An event that is delivered to each receiver until the receiver accepts it. Receivers cannot reject a message, and it
 * cannot be compensated, so it has no deadline.
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
     * Adds a receiver. The coordinator calls all receivers concurrently, each until it succeeds. Their branches are
     * {@code delivery-1}, {@code delivery-2} and so on.
     *
     * @throws IllegalArgumentException if the call uses a response: deliveries have no order among each other
     */
    public Message to(Call<?> delivery) {
        if (delivery.hasBindings()) {
            throw new IllegalArgumentException(
                    "a delivery cannot use a response, because deliveries have no order; put the value into the"
                            + " request");
        }
        deliveries.add(delivery.toProto());
        return this;
    }

    /**
     * Adds the subscribers that the topic has when the message is accepted or begun.
     *
     * @param event the request for each subscriber, unless its subscription defines another request
     */
    public Message toTopic(String topic, com.google.protobuf.Message event) {
        deliveries.add(Operation.newBuilder()
                .setTopic(topic)
                .setRaw(SameBytes.of(event))
                .build());
        return this;
    }

    /**
     * Delivers messages with equal keys one after another to each receiver, in the order in which they were accepted or
     * begun. The next message is sent after the acknowledgement of the previous one; a parked message blocks the next.
     *
     * @param key at most 256 characters, such as an order's number
     */
    public Message orderingKey(String key) {
        orderingKey = key;
        return this;
    }

    /**
     * Sets the service that the coordinator asks for the local transaction's outcome if {@link #runAndSubmit} does not
     * complete. The service must serve {@code dev.entente.participant.checks.CheckBackService} on the same database.
     *
     * @param after how long the coordinator waits for the client first
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
     * @param <T> the result
     * @param <X> the exception
     */
    @FunctionalInterface
    public interface Body<T, X extends Exception> {
        /**
         * Does the work on this connection, and neither commits nor rolls back. On PostgreSQL a failed statement
         * prevents both the work and the message, even if the body catches the exception, unless it rolls back to its
         * own savepoint.
         */
        T run(Connection connection) throws X;
    }

    /**
     * Commits a local transaction and publishes this message, both or neither. Blocks.
     *
     * <p>First the message is begun, and is durable. Then the body runs in one transaction with a row of {@code
     * entente_barrier}, and is committed. Then the message is committed. If this process dies between these steps, the
     * coordinator asks {@link #checkBack} and follows the answer. After the body's commit the message is published,
     * also without a response to its own commit, unless it is aborted first.
     *
     * @return the result of the body; its transaction is committed
     * @throws X of the body; its transaction was rolled back, and nothing is published
     * @throws SQLException of the database; its transaction was rolled back, and nothing is published
     * @throws TransactionRefused ENT-096 inside a transaction of Spring; use the outbox there
     * @throws TransactionPending if the result of the local commit is unknown: both will happen, or neither
     * @throws TransactionAborted if the coordinator asked too early, while this process was paused: nothing was
     *     committed, and the message was aborted: use another gid. ENT-040: aborted although the body was committed
     * @throws TransactionRefused if the message is wrong, or this gid was used before (ENT-031, ENT-040)
     * @throws CoordinatorUnavailable if the message could not be begun: nothing was done
     * @throws IllegalStateException without {@link #checkBack}
     */
    public <T, X extends Exception> T runAndSubmit(DataSource dataSource, Body<T, X> body) throws SQLException, X {
        if (checkBack == null) {
            throw new IllegalStateException("the message has no check-back, which returns the result of the local"
                    + " transaction; call checkBack(…)");
        }
        if (CallersTransaction.isOnThread()) {
            throw TransactionRefused.mistake(
                    "ENT-096",
                    "runAndSubmit commits its own transaction, and this thread already has an open transaction, which"
                            + " would be neither committed nor rolled back with it; enqueue the message into the outbox"
                            + " inside the open transaction (OutboxMessage.toCoordinator), or call runAndSubmit outside"
                            + " of the open transaction");
        }
        BegunMessage begun = BegunMessage.begin(coordinator(), toProto(), firstAttempt());
        return begun.run(dataSource, body);
    }

    /**
     * Converts the message to a step of a saga, which supplies the gid, labels and times.
     *
     * @throws IllegalArgumentException if the message has a setting that a step cannot have
     */
    SagaStep asStep() {
        if (!isPlain() || checkBack != null) {
            throw new IllegalArgumentException(
                    "a message that is a step uses the saga's gid, labels and times, and has no check-back; leave out"
                            + " these settings");
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
