package dev.entente.client;

import dev.entente.v1.SagaStep;

/** A step of a {@link Saga} that is done when a message is durably accepted. Not thread-safe. */
public final class MessageStep extends StepBuilder<MessageStep> {
    private final dev.entente.v1.Message message;

    MessageStep(Saga saga, String id, dev.entente.v1.Message message) {
        super(saga, id);
        this.message = message;
    }

    @Override
    void addAction(SagaStep.Builder step) {
        step.setMessage(message);
    }

    @Override
    MessageStep self() {
        return this;
    }
}
