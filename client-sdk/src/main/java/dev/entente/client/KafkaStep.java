package dev.entente.client;

import dev.entente.v1.SagaStep;

/**
 * A step of a {@link Saga} that sends a record to Kafka. What was sent cannot be fetched back: it is taken back by
 * another record, or by a call, with {@link #compensateWith}. Not thread-safe.
 */
public final class KafkaStep extends StepBuilder<KafkaStep> {
    private final KafkaCall action;

    KafkaStep(Saga saga, String id, KafkaCall action) {
        super(saga, id);
        this.action = action;
    }

    /** Returns the record's future place, to bind into later requests: {@code /partition}, {@code /offset}. */
    public HttpResponse response() {
        return new HttpResponse(id(), saga());
    }

    @Override
    void addAction(SagaStep.Builder step) {
        saga().refuseForeign(id(), action);
        step.setAction(action.toProto());
    }

    @Override
    KafkaStep self() {
        return this;
    }
}
