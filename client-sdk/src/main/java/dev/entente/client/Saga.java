package dev.entente.client;

import dev.entente.v1.Plan;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Steps that are done one after another, or as their {@link Step#after} says; if one is rejected, the earlier ones are
 * compensated in reverse.
 *
 * <pre>{@code
 * Saga saga = entente.saga("checkout").gid("order-4711");
 * saga.step("reserve", stock.call(StockServiceGrpc.getReserveMethod(), reserve))
 *     .compensateWith(stock.call(StockServiceGrpc.getReleaseMethod(), release));
 * Step<ShipResponse> ship = saga.step("ship", shipping.call(ShippingServiceGrpc.getCreateMethod(), create))
 *     .nothingToUndo()
 *     .pivot();
 * String tracking = saga.run(ship, Duration.ofSeconds(10)).getTracking();
 * }</pre>
 *
 * <p>Made by {@link Entente#saga}. Not thread-safe.
 */
public final class Saga extends PlanBuilder<Saga> {
    private final List<SagaPart> steps = new ArrayList<>();

    Saga(Entente entente, String name) {
        super(entente, name);
    }

    /**
     * Adds a step. Say with {@link Step#compensateWith} how it is taken back, or with {@link Step#nothingToUndo} that
     * it need not be.
     *
     * @param id the branch's name, {@code [a-z0-9._-]{1,64}}
     * @param action the forward call
     */
    public <R extends com.google.protobuf.Message> Step<R> step(String id, Call<R> action) {
        Step<R> step = new Step<>(this, id, action);
        steps.add(step);
        return step;
    }

    /**
     * Adds a step at which a person decides whether the saga goes on.
     *
     * @param id the branch's name, {@code [a-z0-9._-]{1,64}}
     */
    public ApprovalStep approval(String id) {
        ApprovalStep step = new ApprovalStep(id);
        steps.add(step);
        return step;
    }

    /** As {@link #step(String, Call)}, with an action that is called over HTTP. */
    public HttpStep step(String id, HttpCall action) {
        HttpStep step = new HttpStep(this, id, action);
        steps.add(step);
        return step;
    }

    /** As {@link #step(String, Call)}, with a record that is sent to Kafka. */
    public KafkaStep step(String id, KafkaCall action) {
        KafkaStep step = new KafkaStep(this, id, action);
        steps.add(step);
        return step;
    }

    /**
     * Adds a step that is done when that notification is durably accepted. It is a transaction {@code <gid>/<id>} of
     * its own with the saga's labels; whether it is acknowledged does not matter to the saga.
     *
     * @param notification with no gid, labels, deadline or start of its own
     */
    public NotificationStep step(String id, Notification notification) {
        NotificationStep step = new NotificationStep(this, id, notification.asStep());
        steps.add(step);
        return step;
    }

    /**
     * Adds a step that is done when that message is durably accepted. It is a transaction {@code <gid>/<id>} of its own
     * with the saga's labels; topics are looked up then, and the saga does not wait for the deliveries.
     *
     * @param message with no gid, labels, deadline, start or check-back of its own
     */
    public MessageStep step(String id, Message message) {
        MessageStep step = new MessageStep(this, id, message.asStep());
        steps.add(step);
        return step;
    }

    /** That step's response is the transaction's result: {@link Outcome.Succeeded#result}. */
    public Saga result(StepBuilder<?> step) {
        resultBranch(step.id());
        return this;
    }

    /**
     * Submits the saga, waits for its end, and gives that step's response. Blocks.
     *
     * @param wait at most so long; the saga goes on afterwards
     * @throws TransactionAborted if everything was undone
     * @throws TransactionPending if it was accepted and has not ended
     * @throws TransactionRefused as {@link #submit}
     * @throws CoordinatorUnavailable as {@link #submit}
     */
    public <R extends com.google.protobuf.Message> R run(Step<R> step, Duration wait) {
        return BlockingWait.await(step.resulted(this, wait), gid());
    }

    /** As {@link #run}, without blocking: the future fails with the same exceptions. */
    public <R extends com.google.protobuf.Message> CompletableFuture<R> runAsync(Step<R> step, Duration wait) {
        return entente().coordinator().handedOver(step.resulted(this, wait));
    }

    @Override
    Plan.Builder addPattern(Plan.Builder plan) {
        var saga = plan.getSagaBuilder();
        steps.forEach(step -> saga.addSteps(step.toProto()));
        return plan;
    }

    @Override
    Saga self() {
        return this;
    }
}
