package dev.entente.client;

import dev.entente.v1.SagaStep;

/** A step of a {@link Saga} that is done when a notification is durably accepted. Not thread-safe. */
public final class NotificationStep extends StepBuilder<NotificationStep> {
    private final dev.entente.v1.Notification notification;

    NotificationStep(Saga saga, String id, dev.entente.v1.Notification notification) {
        super(saga, id);
        this.notification = notification;
    }

    @Override
    void addAction(SagaStep.Builder step) {
        step.setNotification(notification);
    }

    @Override
    NotificationStep self() {
        return this;
    }
}
