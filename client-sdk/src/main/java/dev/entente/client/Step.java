package dev.entente.client;

import com.google.protobuf.Message;
import dev.entente.v1.SagaStep;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One step of a {@link Saga}. Not thread-safe.
 *
 * @param <R> the type of its action's response
 */
public final class Step<R extends Message> implements SagaPart {
    private final String id;
    private final Call<R> action;
    private final List<String> after = new ArrayList<>();
    private @Nullable Call<?> compensate;
    private boolean noUndo;
    private boolean pivot;
    private boolean retriable;

    Step(String id, Call<R> action) {
        this.id = id;
        this.action = action;
    }

    /** How the step is taken back. It must bear that the action never came, and find what to undo by gid and branch. */
    public Step<R> compensateWith(Call<?> call) {
        compensate = call;
        return this;
    }

    /** How the step is taken back, with fields of its response where that was seen: bind them with {@link Call#set}. */
    public Step<R> compensateWith(Function<Response<R>, Call<?>> call) {
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
        for (SagaPart part : earlier) {
            after.add(part.id());
        }
        return this;
    }

    /** What its action will have answered, to bind into later requests. */
    public Response<R> response() {
        return action.response(id);
    }

    @Override
    public String id() {
        return id;
    }

    Call<R> call() {
        return action;
    }

    @Override
    public SagaStep toProto() {
        SagaStep.Builder step = SagaStep.newBuilder()
                .setId(id)
                .setAction(action.toProto())
                .setNoUndo(noUndo)
                .setPivot(pivot)
                .setRetriable(retriable)
                .addAllAfter(after);
        return compensate == null
                ? step.build()
                : step.setCompensate(compensate.toProto()).build();
    }
}
