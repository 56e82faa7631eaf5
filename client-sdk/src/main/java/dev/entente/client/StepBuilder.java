package dev.entente.client;

import dev.entente.v1.SagaStep;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The common part of all steps of a {@link Saga}. Not thread-safe.
 *
 * @param <S> the step itself
 */
public abstract sealed class StepBuilder<S extends StepBuilder<S>> implements SagaPart
        permits Step, HttpStep, KafkaStep, NotificationStep, MessageStep {
    private final Saga saga;
    private final String id;
    private final List<String> after = new ArrayList<>();
    private @Nullable Invocation compensate;
    private boolean noUndo;
    private boolean pivot;
    private boolean retriable;

    StepBuilder(Saga saga, String id) {
        this.saga = saga;
        this.id = id;
    }

    /** How the step is taken back. It must bear that the action never came, and find what to undo by gid and branch. */
    public S compensateWith(Invocation call) {
        compensate = call;
        return self();
    }

    /** The step leaves nothing behind that would have to be taken back, or cannot be taken back. */
    public S nothingToUndo() {
        noUndo = true;
        return self();
    }

    /**
     * The point of no return: once this step is called, nothing but its rejection turns the saga; later steps only go
     * forward.
     */
    public S pivot() {
        pivot = true;
        return self();
    }

    /** The step never turns the saga; at the end of its attempts it waits for an operator. */
    public S retriable() {
        retriable = true;
        return self();
    }

    /** This step waits for those. As soon as one step says so, steps that do not start at once. */
    public S after(SagaPart... earlier) {
        for (SagaPart step : earlier) {
            after.add(step.id());
        }
        return self();
    }

    @Override
    public String id() {
        return id;
    }

    final Saga saga() {
        return saga;
    }

    /**
     * As it is sent.
     *
     * @throws TransactionRefused ENT-020 if it does not say what undoes it, nor that nothing does; ENT-018 if it takes
     *     a field of another plan
     */
    @Override
    public final SagaStep toProto() {
        if (compensate == null && !noUndo) {
            throw TransactionRefused.mistake(
                    "ENT-020",
                    "step '" + id + "' does not say how it is undone; say compensateWith(call), or nothingToUndo()");
        }
        if (compensate != null) {
            saga.refuseForeign(id, compensate);
        }
        SagaStep.Builder step = SagaStep.newBuilder()
                .setId(id)
                .setNoUndo(noUndo)
                .setPivot(pivot)
                .setRetriable(retriable)
                .addAllAfter(after);
        addAction(step);
        return compensate == null
                ? step.build()
                : step.setCompensate(compensate.toProto()).build();
    }

    abstract void addAction(SagaStep.Builder step);

    abstract S self();
}
