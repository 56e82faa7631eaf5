package dev.entente.client;

import dev.entente.v1.SagaStep;

/** A step of a {@link Saga} that is done when a message is durably accepted. Not thread-safe. */
public final class MessageStep extends StepBuilder<MessageStep> {
    private final SagaStep action;

    MessageStep(Saga saga, String id, SagaStep action) {
        super(saga, id);
        this.action = action;
    }

    @Override
    void addAction(SagaStep.Builder step) {
        step.mergeFrom(action);
    }

    @Override
    MessageStep self() {
        return this;
    }
}
