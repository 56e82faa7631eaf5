package dev.entente.outbox;

import dev.entente.client.Entente;
import dev.entente.client.call.Causes;
import dev.entente.trace.TraceSpan;
import dev.entente.trace.Tracing;
import dev.entente.wire.TraceParent;
import io.grpc.Channel;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The carrier of each kind of message. Every attempt ends in time with a {@link Delivery}. Thread-safe. */
final class Carriers implements AutoCloseable {
    /** The time after the timeout, after which the relay ends an attempt that its carrier did not end. */
    static final Duration GRACE = Duration.ofSeconds(1);

    private final @Nullable Carrier coordinator;
    private final GrpcCarrier grpc;
    private final Carrier http;
    private final Map<String, Carrier> own;
    private final Duration timeout;
    private final Tracing tracing;
    private final Pattern destinations;

    /**
     * Opens no connection.
     *
     * @param entente for plans, or null: plans then remain unanswered
     * @param timeout of each attempt
     */
    Carriers(
            @Nullable Entente entente,
            Map<String, Channel> channels,
            HttpClient client,
            Map<String, Carrier> own,
            Duration timeout,
            Tracing tracing) {
        this.coordinator = entente == null ? null : new CoordinatorCarrier(entente);
        this.grpc = new GrpcCarrier(channels);
        this.http = new HttpCarrier(client);
        this.own = Map.copyOf(own);
        this.timeout = timeout;
        this.tracing = tracing;
        destinations = destinations(entente != null, channels.keySet(), own.keySet());
    }

    /**
     * Returns a regular expression for the relay's destinations. The expression has the same meaning in PostgreSQL and
     * in Java.
     */
    private static Pattern destinations(boolean hasCoordinator, Set<String> channels, Set<String> own) {
        Stream<String> coordinator = hasCoordinator ? Stream.of(OutboxMessage.COORDINATOR) : Stream.empty();
        Stream<String> carriers = Stream.of(Stream.of(OutboxMessage.HTTP), coordinator, own.stream())
                .flatMap(names -> names)
                .map(name -> escaped(name) + "( .*)?");
        Stream<String> addresses = channels.stream().map(name -> OutboxMessage.destination(OutboxMessage.GRPC, name));
        String all = Stream.of(carriers, Stream.of(OutboxMessage.GRPC + " .*:.*"), addresses.map(Carriers::escaped))
                .flatMap(each -> each)
                .collect(Collectors.joining("|"));
        return Pattern.compile("^(" + all + ")?$", Pattern.DOTALL);
    }

    private static String escaped(String text) {
        return text.replaceAll("\\p{Punct}", "\\\\$0");
    }

    /** Returns a pattern that matches the destinations for which this relay has a carrier and a channel. */
    Pattern destinations() {
        return destinations;
    }

    /** Makes one attempt, in a span below the enqueue. A failure is reported in the {@link Delivery} only. */
    CompletableFuture<Delivery> deliver(OutgoingMessage message) {
        Tracing.Kind kind = own.containsKey(message.carrier()) ? Tracing.Kind.PRODUCER : Tracing.Kind.CLIENT;
        TraceSpan span = tracing.start(
                kind, "deliver " + message.carrier(), message.trace().header());
        span.attribute("entente.gid", message.id());
        span.attribute("entente.attempt", message.attempts() + 1);
        Runnable leave = span.enter();
        try {
            OutgoingMessage traced =
                    TraceParent.parse(tracing.current()).map(message::in).orElse(message);
            return attempt(traced)
                    .whenComplete((delivery, impossible) -> span.end(
                            delivery instanceof Delivery.Delivered
                                    ? ""
                                    : delivery.getClass().getSimpleName()));
        } finally {
            leave.run();
        }
    }

    private CompletableFuture<Delivery> attempt(OutgoingMessage message) {
        CompletableFuture<Delivery> attempt;
        try {
            attempt = Objects.requireNonNull(carrier(message).deliver(message, timeout), "the carrier returned null");
        } catch (IllegalArgumentException cannotBeSent) {
            return CompletableFuture.completedFuture(new Delivery.Refused(describe(cannotBeSent)));
        } catch (RuntimeException | Error notNow) {
            // A custom carrier, a carrier that closes, or a missing thread or class may cause any exception. The
            // message is retried in each case, and the relay counts the retry.
            return CompletableFuture.completedFuture(new Delivery.Unanswered(describe(notNow), Duration.ZERO));
        }
        return attempt.orTimeout(timeout.plus(GRACE).toNanos(), TimeUnit.NANOSECONDS)
                .exceptionally(failure -> new Delivery.Unanswered(describe(failure), Duration.ZERO));
    }

    @Override
    public void close() {
        grpc.close();
    }

    private Carrier carrier(OutgoingMessage message) {
        return switch (message.carrier()) {
            case OutboxMessage.GRPC -> grpc;
            case OutboxMessage.HTTP -> http;
            case OutboxMessage.COORDINATOR -> known(coordinator, "coordinator", "deliverThrough(entente)");
            default -> {
                String name = message.carrier();
                yield known(own.get(name), "carrier '" + name + "'", "carrier(\"" + name + "\", …)");
            }
        };
    }

    private static Carrier known(@Nullable Carrier carrier, String what, String say) {
        if (carrier == null) {
            throw new IllegalStateException("the relay has no " + what + "; call OutboxRelay.from(…)." + say);
        }
        return carrier;
    }

    private String describe(Throwable failure) {
        Throwable cause = Causes.unwrap(failure);
        if (cause instanceof TimeoutException) {
            return "no response within " + timeout.toMillis() + " ms";
        }
        String message = cause.getMessage();
        return message == null ? cause.getClass().getSimpleName() : message;
    }
}
