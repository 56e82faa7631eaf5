package dev.entente.client;

import dev.entente.v1.CallPolicy;
import dev.entente.v1.Operation;
import dev.entente.v1.Plan;
import dev.entente.v1.SagaStep;
import org.jspecify.annotations.Nullable;

/**
 * One call, best effort: retried until it is acknowledged, and given up after its attempts, by default 10 (see {@link
 * #retry}). A notification that was given up keeps its last error. An operator can send it again.
 *
 * <pre>{@code
 * entente.notification("order-paid").gid("notify-4711")
 *     .post(entente.participant("crm"), "/hooks/order-paid").header("X-Shop", "demo").jsonBody("{\"order\":\"4711\"}")
 *     .retry(Retry.schedule(List.of(Duration.ofSeconds(10), Duration.ofMinutes(1), Duration.ofHours(1))))
 *     .submit();
 * }</pre>
 *
 * <p>Made by {@link Entente#notification}. Not thread-safe.
 */
public final class Notification extends PlanBuilder<Notification> {
    private @Nullable Call<?> deliver;

    Notification(PlanContext context, String name) {
        super(context, name);
    }

    /** Sends a POST to a path; set the content with {@link #header} and {@link #jsonBody}. */
    public Notification post(Participant participant, String path) {
        return deliver(participant.post(path));
    }

    /** Sends a PUT to a path. */
    public Notification put(Participant participant, String path) {
        return deliver(participant.put(path));
    }

    /** Sets the call, or the record, that delivers it. */
    public Notification deliver(Call<?> call) {
        deliver = call;
        return this;
    }

    /** As {@link Call#header}. */
    public Notification header(String name, String value) {
        return deliver(delivery().header(name, value));
    }

    /** As {@link Call#jsonBody}. */
    public Notification jsonBody(String json) {
        return deliver(delivery().jsonBody(json));
    }

    /** As {@link Call#json}. */
    public Notification json(Object value) {
        return deliver(delivery().json(value));
    }

    private Call<?> delivery() {
        if (deliver == null) {
            throw new IllegalStateException(
                    "the notification has no target yet; first call post(participant, path) or deliver(call)");
        }
        return deliver;
    }

    /**
     * Converts the notification to a step of a saga, which supplies the gid, labels and times.
     *
     * @throws IllegalArgumentException if the notification has a setting that a step cannot have
     */
    SagaStep asStep() {
        if (!isPlain()) {
            throw new IllegalArgumentException(
                    "a notification that is a step uses the saga's gid, labels and times; leave out these settings");
        }
        SagaStep.Builder step = SagaStep.newBuilder();
        Operation.Builder delivery =
                step.getNotificationBuilder().setDeliver(delivery().toProto()).getDeliverBuilder();
        CallPolicy policy = Call.policy(timeout(), retry());
        if (!delivery.hasPolicy() && !policy.equals(CallPolicy.getDefaultInstance())) {
            delivery.setPolicy(policy);
        }
        return step.build();
    }

    @Override
    Plan.Builder addPattern(Plan.Builder plan) {
        plan.getNotificationBuilder().setDeliver(delivery().toProto());
        return plan;
    }
}
