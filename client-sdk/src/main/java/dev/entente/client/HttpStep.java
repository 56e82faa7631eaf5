package dev.entente.client;

import dev.entente.v1.SagaStep;
import java.util.function.Function;

/** A step of a {@link Saga} whose action is called over HTTP. Not thread-safe. */
public final class HttpStep extends StepBuilder<HttpStep> {
    private final HttpCall action;

    HttpStep(Saga saga, String id, HttpCall action) {
        super(saga, id);
        this.action = action;
    }

    /**
     * How the step is taken back, with parts of its answer where that was seen: bind them with {@link HttpCall#set}.
     */
    public HttpStep compensateWith(Function<HttpResponse, HttpCall> call) {
        return compensateWith(call.apply(response()));
    }

    /** Returns the future answer of the action, to bind into later requests. */
    public HttpResponse response() {
        return new HttpResponse(id(), saga());
    }

    @Override
    void addAction(SagaStep.Builder step) {
        saga().refuseForeign(id(), action);
        step.setAction(action.toProto());
    }

    @Override
    HttpStep self() {
        return this;
    }
}
