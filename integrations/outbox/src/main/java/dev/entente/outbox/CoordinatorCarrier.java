package dev.entente.outbox;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.entente.client.Entente;
import dev.entente.client.EntenteException;
import dev.entente.client.call.Causes;
import dev.entente.v1.Plan;
import io.grpc.Status;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/** Submits plans. The plan's gid is the message's id, so a repetition joins the accepted transaction. */
final class CoordinatorCarrier implements Carrier {
    private final Entente entente;

    CoordinatorCarrier(Entente entente) {
        this.entente = entente;
    }

    /**
     * Submits the plan, with the time at which the message was enqueued as the time of the first attempt. An earlier
     * relay may have submitted the message and died before it recorded the result, perhaps days ago.
     */
    @Override
    public CompletableFuture<Delivery> deliver(OutgoingMessage message, Duration within) {
        return entente.submit(plan(message), message.enqueuedAt(), within)
                .<Delivery>thenApply(accepted -> new Delivery.Delivered())
                .exceptionally(CoordinatorCarrier::failed);
    }

    private static Plan plan(OutgoingMessage message) {
        try {
            return Plan.parseFrom(message.payload());
        } catch (InvalidProtocolBufferException broken) {
            throw new IllegalArgumentException("the payload is not a valid plan", broken);
        }
    }

    private static Delivery failed(Throwable thrown) {
        Throwable cause = Causes.unwrap(thrown);
        String error = String.valueOf(cause.getMessage());
        if (!(cause instanceof EntenteException known) || known.retryable()) {
            return new Delivery.Unanswered(error, Duration.ZERO);
        }
        return switch (Status.fromThrowable(known).getCode()) {
            case UNIMPLEMENTED, UNAUTHENTICATED, PERMISSION_DENIED -> new Delivery.Misconfigured(error);
            default -> new Delivery.Refused(error);
        };
    }
}
