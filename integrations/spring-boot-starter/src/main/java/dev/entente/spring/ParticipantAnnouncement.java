package dev.entente.spring;

import dev.entente.client.CoordinatorUnavailable;
import dev.entente.client.Entente;
import dev.entente.client.TransactionRefused;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.ApplicationListener;
import org.springframework.context.event.ContextRefreshedEvent;

/**
 * Tells a coordinator on this machine where this application listens, once its servers do and again every few seconds:
 * a coordinator that was started anew knows nothing of it. A refusal ends that. Thread-safe.
 */
final class ParticipantAnnouncement implements ApplicationListener<ContextRefreshedEvent>, AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(ParticipantAnnouncement.class);
    private static final Duration EVERY = Duration.ofSeconds(5);

    private final Entente entente;
    private final String name;
    private final OwnAddress own;
    private final AtomicBoolean isBegun = new AtomicBoolean();
    private volatile boolean isEnded;
    private volatile String told = "";

    ParticipantAnnouncement(Entente entente, String name, OwnAddress own) {
        this.entente = entente;
        this.name = name;
        this.own = own;
    }

    /** Begins when all servers listen; contexts below this one change nothing. */
    @Override
    public void onApplicationEvent(ContextRefreshedEvent started) {
        if (isBegun.compareAndSet(false, true)) {
            CompletableFuture<Void> unused = CompletableFuture.runAsync(this::announce);
        }
    }

    private void announce() {
        if (isEnded) {
            return;
        }
        String grpc = own.grpc();
        String target = grpc == null ? own.http() : grpc;
        if (target == null) {
            log.warn("entente.participant.name = {}: this application serves neither HTTP nor gRPC", name);
            return;
        }
        CompletableFuture<Void> unused = entente.announce(name, target).whenComplete((taken, failure) -> {
            Throwable why = failure instanceof CompletionException wrapped ? wrapped.getCause() : failure;
            if (why == null && !told.equals(target)) {
                log.info("announced to the coordinator as participant '{}' at {}", name, target);
                told = target;
            }
            if (why == null || why instanceof CoordinatorUnavailable) {
                long most = EVERY.toMillis();
                long pause = ThreadLocalRandom.current().nextLong(most / 2, most);
                CompletableFuture.delayedExecutor(pause, TimeUnit.MILLISECONDS).execute(this::announce);
            } else {
                log.warn(
                        "not announced to the coordinator, which calls '{}' only as participants.{}.target of its own"
                                + " configuration says; set that and leave out entente.participant.name, or: {}",
                        name,
                        name,
                        why instanceof TransactionRefused refused
                                        && refused.code().equals("ENT-060")
                                ? CoordinatorHealth.refusal(refused)
                                : why.getMessage());
                close();
            }
        });
    }

    boolean isEnded() {
        return isEnded;
    }

    @Override
    public void close() {
        isEnded = true;
    }
}
