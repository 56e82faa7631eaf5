package dev.entente.client;

import dev.entente.v1.SagaStep;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A step of a {@link Saga}: a call, a record, or a message or notification that is handed over. Not thread-safe.
 *
 * @param <R> the type of its action's response; {@link Void} where it is done once something is accepted
 */
public final class Step<R> implements SagaPart {
    private final PlanBuilder<?> saga;
    private final String id;
    private final @Nullable Call<R> action;
    private final SagaStep handedOver;
    private final List<String> after = new ArrayList<>();
    private @Nullable Call<?> compensate;
    private boolean noUndo;
    private boolean pivot;
    private boolean retriable;

    private Step(PlanBuilder<?> saga, String id, @Nullable Call<R> action, SagaStep handedOver) {
        this.saga = saga;
        this.id = id;
        this.action = action;
        this.handedOver = handedOver;
    }

    static <R> Step<R> calling(PlanBuilder<?> saga, String id, Call<R> action) {
        return new Step<>(saga, id, action, SagaStep.getDefaultInstance());
    }

    static Step<Void> handingOver(PlanBuilder<?> saga, String id, SagaStep what) {
        return new Step<>(saga, id, null, what);
    }

    /**
     * How the step is taken back, by a call or another record. It must bear that the action never came, and find what
     * to undo by gid and branch.
     */
    public Step<R> compensateWith(Call<?> call) {
        compensate = call;
        return this;
    }

    /** How the step is taken back, with fields of its response where that was seen: bind them with {@link Call#set}. */
    public Step<R> compensateWith(Function<Response, Call<?>> call) {
        return compensateWith(call.apply(response()));
    }

    /** The step leaves nothing behind that would have to be taken back, or cannot be taken back. */
    public Step<R> nothingToUndo() {
        noUndo = true;
        return this;
    }

    /**
     * The point of no return: once this step is called, nothing but its rejection turns the saga; later steps only go
     * forward.
     */
    public Step<R> pivot() {
        pivot = true;
        return this;
    }

    /** The step never turns the saga; at the end of its attempts it waits for an operator. */
    public Step<R> retriable() {
        retriable = true;
        return this;
    }

    /** This step waits for those. As soon as one step says so, steps that do not start at once. */
    public Step<R> after(SagaPart... earlier) {
        for (SagaPart step : earlier) {
            after.add(step.id());
        }
        return this;
    }

    /**
     * Returns the future answer of the action, to bind into later requests.
     *
     * @throws IllegalStateException if something is handed over, for that answers nothing
     */
    public Response response() {
        return action().response(id, saga);
    }

    private Call<R> action() {
        if (action == null) {
            throw new IllegalStateException("step '" + id + "' hands something over, and has no answer to use");
        }
        return action;
    }

    @Override
    public String id() {
        return id;
    }

    /**
     * Reads its action's response out of its saga's result.
     *
     * @throws IllegalStateException if something is handed over, for that answers nothing
     */
    Function<Outcome, R> reading() {
        Call.Answers<R> answers = action().answers();
        return outcome -> answers.read(outcome.orThrow().getResult().getRaw(), answerOf(id, outcome.gid()));
    }

    /** Names an answer, for people. */
    static String answerOf(String branch, String gid) {
        return "the answer of branch '" + branch + "' of transaction '" + gid + "'";
    }

    /**
     * As it is sent.
     *
     * @throws TransactionRefused ENT-020 if it does not say what undoes it, nor that nothing does; ENT-018 if it takes
     *     a field of another plan
     */
    @Override
    public SagaStep toProto() {
        SagaStep.Builder step = handedOver.toBuilder()
                .setId(id)
                .setNoUndo(noUndo)
                .setPivot(pivot)
                .setRetriable(retriable)
                .addAllAfter(after);
        if (compensate != null) {
            saga.refuseForeign(id, compensate);
            step.setCompensate(compensate.toProto());
        } else if (!noUndo) {
            throw TransactionRefused.mistake(
                    "ENT-020",
                    "step '" + id + "' does not say how it is undone; say compensateWith(call), or nothingToUndo()");
        }
        if (action != null) {
            saga.refuseForeign(id, action);
            step.setAction(action.toProto());
        }
        return step.build();
    }
}
