package dev.entente.client;

import dev.entente.v1.Plan;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Function;

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
     * Adds a step. Say with {@link Step#compensateWith} how it is taken back, or with {@link Step#nothingToUndo} that
     * it need not be.
     *
     * @param id the branch's name, {@code [a-z0-9._-]{1,64}}
     * @param action the forward call, or the record that is sent; what was sent is taken back by another one
     */
    public <R> Step<R> step(String id, Call<R> action) {
        return added(Step.calling(this, id, action));
    }

    /**
     * Adds a step at which a person decides whether the saga goes on.
     *
     * @param id the branch's name, {@code [a-z0-9._-]{1,64}}
     */
    public ApprovalStep approval(String id) {
        return added(new ApprovalStep(id));
    }

    /**
     * Adds a step that is done when that notification is durably accepted. It is a transaction {@code <gid>/<id>} of
     * its own with the saga's labels; whether it is acknowledged does not matter to the saga.
     *
     * @param notification with no gid, labels, deadline or start of its own
     */
    public Step<Void> step(String id, Notification notification) {
        return added(Step.handingOver(this, id, notification.asStep()));
    }

    /**
     * Adds a step that is done when that message is durably accepted. It is a transaction {@code <gid>/<id>} of its own
     * with the saga's labels; topics are looked up then, and the saga does not wait for the deliveries.
     *
     * @param message with no gid, labels, deadline, start or check-back of its own
     */
    public Step<Void> step(String id, Message message) {
        return added(Step.handingOver(this, id, message.asStep()));
    }

    /**
     * As {@link #step(String, Call)}, for a saga that is written in one expression.
     *
     * @param says all else about the step: {@code pay -> pay.nothingToUndo().pivot()}
     */
    public <R> Saga step(String id, Call<R> action, Consumer<Step<R>> says) {
        says.accept(step(id, action));
        return this;
    }

    private <P extends SagaPart> P added(P part) {
        steps.add(part);
        return part;
    }

    /** That step's response is the transaction's result: {@link Outcome.Succeeded#result}. */
    public Saga result(Step<?> step) {
        return result(step.id());
    }

    /** As {@link #result(Step)}, by the step's name. */
    public Saga result(String step) {
        resultBranch(step);
        return this;
    }

    /**
     * Submits the saga, waits for its end, and gives that step's response. Blocks.
     *
     * @param wait as {@link #submitAndWait} takes it; the saga goes on afterwards
     * @throws TransactionAborted if everything was undone
     * @throws TransactionPending if it was accepted and has not ended
     * @throws TransactionRefused as {@link #submit}
     * @throws CoordinatorUnavailable as {@link #submit}
     * @throws IllegalStateException if the step hands something over, and answers nothing
     * @throws IllegalArgumentException if it was answered with something else than its call is {@link Call#returning}
     */
    public <R> R run(Step<R> step, Duration wait) {
        warnInTransaction();
        return BlockingWait.await(ran(step.id(), step.reading(), wait), gid());
    }

    /** As {@link #run(Step, Duration)}, without blocking: the future fails with the same exceptions. */
    public <R> CompletableFuture<R> runAsync(Step<R> step, Duration wait) {
        return coordinator().handedOver(ran(step.id(), step.reading(), wait));
    }

    /** As {@link #run(Step, Duration)}, for the JSON of a step by its name, read as {@link Outcome#result} does. */
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
