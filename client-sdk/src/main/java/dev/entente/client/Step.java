package dev.entente.client;

import com.google.protobuf.Message;
import dev.entente.client.call.Causes;
import dev.entente.v1.SagaStep;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/**
 * A step of a {@link Saga} whose action is called over gRPC. Not thread-safe.
 *
 * @param <R> the type of its action's response
 */
public final class Step<R extends Message> extends StepBuilder<Step<R>> {
    private final Call<R> action;

    Step(Saga saga, String id, Call<R> action) {
        super(saga, id);
        this.action = action;
    }

    /** How the step is taken back, with fields of its response where that was seen: bind them with {@link Call#set}. */
    public Step<R> compensateWith(Function<Response<R>, Call<?>> call) {
        return compensateWith(call.apply(response()));
    }

    /** Returns the future answer of the action, to bind into later requests. */
    public Response<R> response() {
        return action.response(id(), saga());
    }

    /** Submits that saga with this step's response as its result, and waits so long for it. */
    CompletableFuture<R> resulted(Saga saga, Duration wait) {
        CompletableFuture<R> result = new CompletableFuture<>();
        CompletableFuture<Void> unused = saga.result(this)
                .ended(wait)
                .thenAccept(outcome -> result.complete(response(outcome)))
                .exceptionally(thrown -> {
                    result.completeExceptionally(Causes.unwrap(thrown));
                    return null;
                });
        return result;
    }

    private R response(Outcome outcome) {
        return new Outcome.Succeeded(outcome.orThrow()).result(action.responsePrototype());
    }

    @Override
    void addAction(SagaStep.Builder step) {
        saga().refuseForeign(id(), action);
        step.setAction(action.toProto());
    }

    @Override
    Step<R> self() {
        return this;
    }
}
