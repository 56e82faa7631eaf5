package dev.entente.client;

import dev.entente.v1.SagaStep;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A step of a {@link Saga}: a call, a record, or a message or notification to submit. Not thread-safe.
 *
 * @param <R> the type of its action's response; {@link Void} for a message or notification
 */
public final class Step<R> implements SagaPart {
    private final PlanBuilder<?> saga;
    private final String id;
    private final @Nullable Call<R> action;
    private final SagaStep submission;
    private final List<String> after = new ArrayList<>();
    private @Nullable Call<?> compensate;
    private boolean noUndo;
    private boolean pivot;
    private boolean retriable;

    private Step(PlanBuilder<?> saga, String id, @Nullable Call<R> action, SagaStep submission) {
        this.saga = saga;
        this.id = id;
        this.action = action;
        this.submission = submission;
    }

    static <R> Step<R> calling(PlanBuilder<?> saga, String id, Call<R> action) {
        return new Step<>(saga, id, action, SagaStep.getDefaultInstance());
    }

    static Step<Void> handingOver(PlanBuilder<?> saga, String id, SagaStep what) {
        return new Step<>(saga, id, null, what);
    }

    /**
     * Sets the call or record that compensates the step. This call must succeed also if the action never arrived, and
     * must find the work to undo by gid and branch.
     */
    public Step<R> compensateWith(Call<?> call) {
        compensate = call;
        return this;
    }

    /**
     * As {@link #compensateWith(Call)}, with fields of the step's response, if the response is known: {@link Call#set}.
     */
    public Step<R> compensateWith(Function<Response, Call<?>> call) {
        return compensateWith(call.apply(response()));
    }

    /** Declares that the step has no effect to compensate, or that its effect cannot be compensated. */
    public Step<R> nothingToUndo() {
        noUndo = true;
        return this;
    }

    /**
     * Makes the step the point of no return: once the step is called, only its rejection switches the saga to
     * compensation. Later steps only go forward.
     */
    public Step<R> pivot() {
        pivot = true;
        return this;
    }

    /** Declares that the step never switches the saga to undo: after its attempts it waits for an operator. */
    public Step<R> retriable() {
        retriable = true;
        return this;
    }

    /**
     * Sets the parts that must be done before this step starts. If any step has such an order, steps without an order
     * start at once.
     */
    public Step<R> after(SagaPart... earlier) {
        for (SagaPart step : earlier) {
            after.add(step.id());
        }
        return this;
    }

    /**
     * Returns the future response of the action, to bind into later requests.
     *
     * @throws IllegalStateException if the step submits a message or notification, which has no response
     */
    public Response response() {
        return action().response(id, saga);
    }

    private Call<R> action() {
        if (action == null) {
            throw new IllegalStateException(
                    "step '" + id + "' submits a message or a notification, which has no response");
        }
        return action;
    }

    @Override
    public String id() {
        return id;
    }

    /**
     * Returns a function that reads the action's response from the saga's result.
     *
     * @throws IllegalStateException if the step submits a message or notification, which has no response
     */
    Function<Outcome, R> reading() {
        Call.Callee<R> answers = action().answers();
        return outcome -> answers.read(outcome.orThrow().getResult().getRaw(), answerOf(id, outcome.gid()));
    }

    /** Returns the name of a response, for people. */
    static String answerOf(String branch, String gid) {
        return "the response of branch '" + branch + "' of transaction '" + gid + "'";
    }

    /**
     * Returns the step in the plan's format.
     *
     * @throws TransactionRefused ENT-020 if neither a compensation nor {@link #nothingToUndo} is set; ENT-018 if the
     *     step takes a field of another plan
     */
    @Override
    public SagaStep toProto() {
        SagaStep.Builder step = submission.toBuilder()
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
                    "ENT-020", "step '" + id + "' has no undo; call compensateWith(call), or nothingToUndo()");
        }
        if (action != null) {
            saga.refuseForeign(id, action);
            step.setAction(action.toProto());
        }
        return step.build();
    }
}
