package dev.entente.outbox;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.entente.client.Entente;
import dev.entente.client.EntenteException;
import dev.entente.client.call.Causes;
import dev.entente.v1.Plan;
import io.grpc.Status;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/** Submits plans. The plan's gid is the message's id, so that a repetition joins what was accepted. */
final class CoordinatorCarrier implements Carrier {
    private final Entente entente;

    CoordinatorCarrier(Entente entente) {
        this.entente = entente;
    }

    /**
     * Submits the message, with the time of its enqueuing as "first sent". No relay may have come to it for days:
     * whether one did and died is known to nobody.
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
            throw new IllegalArgumentException("the payload is no plan", broken);
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
