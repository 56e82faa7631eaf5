package dev.entente.client;

import dev.entente.v1.Plan;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Steps that run one after another, or in the order of {@link Step#after}. If a step is rejected, the earlier steps are
 * compensated in reverse order.
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
 * <p>In one expression: {@code entente.saga("order").step("pay", call, pay -> pay.nothingToUndo()).run(…)}.
 *
 * <p>Made by {@link Entente#saga}. Not thread-safe.
 */
public final class Saga extends PlanBuilder<Saga> {
    private final List<SagaPart> steps = new ArrayList<>();

    Saga(PlanContext context, String name) {
        super(context, name);
    }

    /**
     * Adds a step. Set its compensation with {@link Step#compensateWith}, or declare with {@link Step#nothingToUndo}
     * that it needs none.
     *
     * @param id the branch's name, {@code [a-z0-9._-]{1,64}}
     * @param action the forward call, or the record to send; a record is compensated by another record
     */
    public <R> Step<R> step(String id, Call<R> action) {
        return added(Step.calling(this, id, action));
    }

    /**
     * Adds a step at which a person decides whether the saga continues.
     *
     * @param id the branch's name, {@code [a-z0-9._-]{1,64}}
     */
    public ApprovalStep approval(String id) {
        return added(new ApprovalStep(id));
    }

    /**
     * Adds a step that is done when the notification is durably accepted. The notification is a separate transaction
     * {@code <gid>/<id>} with the saga's labels. The saga does not wait for its acknowledgement.
     *
     * @param notification without its own gid, labels, deadline or start
     */
    public Step<Void> step(String id, Notification notification) {
        return added(Step.handingOver(this, id, notification.asStep()));
    }

    /**
     * Adds a step that is done when the message is durably accepted. The message is a separate transaction {@code
     * <gid>/<id>} with the saga's labels. The subscribers of a topic are determined when the message is accepted. The
     * saga does not wait for the deliveries.
     *
     * @param message without its own gid, labels, deadline, start or check-back
     */
    public Step<Void> step(String id, Message message) {
        return added(Step.handingOver(this, id, message.asStep()));
    }

    /**
     * As {@link #step(String, Call)}, for a saga that is written in one expression.
     *
     * @param says configures the step: {@code pay -> pay.nothingToUndo().pivot()}
     */
    public <R> Saga step(String id, Call<R> action, Consumer<Step<R>> says) {
        says.accept(step(id, action));
        return this;
    }

    private <P extends SagaPart> P added(P part) {
        steps.add(part);
        return part;
    }

    /** Sets the step whose response is the transaction's result: {@link Outcome.Succeeded#result}. */
    public Saga result(Step<?> step) {
        return result(step.id());
    }

    /** As {@link #result(Step)}, by the step's name. */
    public Saga result(String step) {
        resultBranch(step);
        return this;
    }

    /**
     * Submits the saga, waits until the saga finishes or is parked, and returns the response of a step. Blocks.
     *
     * @param wait as for {@link #submitAndWait}; the saga continues after the wait
     * @throws TransactionAborted if everything was compensated
     * @throws TransactionPending if the saga was accepted and has not finished
     * @throws TransactionRefused as {@link #submit}
     * @throws CoordinatorUnavailable as {@link #submit}
     * @throws IllegalStateException if the step submits a message or notification, and has no response
     * @throws IllegalArgumentException if the response does not have the type of {@link Call#returning}
     */
    public <R> R run(Step<R> step, Duration wait) {
        warnInTransaction();
        return BlockingWait.await(ran(step.id(), step.reading(), wait), gid());
    }

    /** As {@link #run(Step, Duration)}, without blocking: the future fails with the same exceptions. */
    public <R> CompletableFuture<R> runAsync(Step<R> step, Duration wait) {
        return coordinator().handedOver(ran(step.id(), step.reading(), wait));
    }

    /** As {@link #run(Step, Duration)}, for the JSON response of a step by name; see {@link Outcome#result}. */
    public <R> R run(String step, Class<R> type, Duration wait) {
        warnInTransaction();
        JsonCodec json = coordinator().settings().json();
        Function<Outcome, R> reading = outcome ->
                JsonCodec.read(json, outcome.orThrow().getResult().getRaw(), type, Step.answerOf(step, outcome.gid()));
        return BlockingWait.await(ran(step, reading, wait), gid());
    }

    private <R> CompletableFuture<R> ran(String step, Function<Outcome, R> reading, Duration wait) {
        return result(step).ended(wait).thenApply(reading);
    }

    @Override
    Plan.Builder addPattern(Plan.Builder plan) {
        var saga = plan.getSagaBuilder();
        steps.forEach(step -> saga.addSteps(step.toProto()));
        return plan;
    }
}
