package dev.entente.spring;

import dev.entente.client.CoordinatorUnavailable;
import dev.entente.client.Entente;
import dev.entente.client.TransactionRefused;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.SmartLifecycle;

/**
 * Announces to a coordinator on this machine where this application listens: once all servers of the application listen,
 * and again every few seconds, for a coordinator that was restarted. A refusal ends that. Thread-safe.
 */
final class ParticipantAnnouncement implements SmartLifecycle {
    private static final Logger log = LoggerFactory.getLogger(ParticipantAnnouncement.class);
    private static final Duration EVERY = Duration.ofSeconds(5);
    private static final long START_POLL_MILLIS = 50;

    private final Entente entente;
    private final String name;
    private final OwnAddress own;
    private final ConfigurableApplicationContext application;
    /** One start of this bean; null while there is nothing to announce. */
    private volatile @Nullable Object run;

    private volatile String told = "";

    ParticipantAnnouncement(Entente entente, String name, OwnAddress own, ConfigurableApplicationContext application) {
        this.entente = entente;
        this.name = name;
        this.own = own;
        this.application = application;
    }

    @Override
    public void start() {
        Object started = new Object();
        run = started;
        told = "";
        after(0, started);
    }

    private void after(long millis, Object started) {
        CompletableFuture.delayedExecutor(millis, TimeUnit.MILLISECONDS).execute(() -> announce(started));
    }

    private void announce(Object started) {
        if (!started.equals(run)) {
            return;
        }
        if (!application.isRunning()) { // Some server of it is still to start.
            after(START_POLL_MILLIS, started);
            return;
        }
        String grpc = own.grpc();
        String target = grpc == null ? own.http() : grpc;
        if (target == null) {
            log.warn("entente.participant.name = {}: this application serves neither HTTP nor gRPC", name);
            return;
        }
        CompletableFuture<Void> unused = entente.announce(name, target).whenComplete((taken, failure) -> {
            if (!started.equals(run)) {
                return;
            }
            Throwable why = failure instanceof CompletionException wrapped ? wrapped.getCause() : failure;
            if (why == null && !told.equals(target)) {
                log.info("announced to the coordinator as participant '{}' at {}", name, target);
                told = target;
            }
            if (why == null || why instanceof CoordinatorUnavailable) {
                long most = EVERY.toMillis();
                long pause = ThreadLocalRandom.current().nextLong(most / 2, most);
                after(pause, started);
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
                stop();
            }
        });
    }

    @Override
    public boolean isRunning() {
        return run != null;
    }

    @Override
    public void stop() {
        run = null;
    }
}
