package dev.entente.client;

import dev.entente.v1.SagaStep;

/** A step of a {@link Saga} that is done when a notification is durably accepted. Not thread-safe. */
public final class NotificationStep extends StepBuilder<NotificationStep> {
    private final SagaStep action;

    NotificationStep(Saga saga, String id, SagaStep action) {
        super(saga, id);
        this.action = action;
    }

    @Override
    void addAction(SagaStep.Builder step) {
        step.mergeFrom(action);
    }

    @Override
    NotificationStep self() {
        return this;
    }
}
