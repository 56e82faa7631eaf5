package dev.entente.spring;

import dev.entente.client.CoordinatorUnavailable;
import dev.entente.client.Entente;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
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
    private volatile @Nullable ScheduledExecutorService timer;
    private volatile String told = "";

    ParticipantAnnouncement(Entente entente, String name, OwnAddress own) {
        this.entente = entente;
        this.name = name;
        this.own = own;
    }

    /** Begins when all servers listen. */
    @Override
    public synchronized void onApplicationEvent(ContextRefreshedEvent started) {
        if (timer != null) {
            return; // a context below this one
        }
        ScheduledThreadPoolExecutor made = new ScheduledThreadPoolExecutor(1, task -> {
            Thread thread = new Thread(task, "entente-announcement");
            thread.setDaemon(true);
            return thread;
        });
        made.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
        timer = made;
        made.execute(this::announce);
    }

    private void announce() {
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
                again();
            } else {
                String refused = String.valueOf(why);
                log.info(
                        "not announced to the coordinator, which calls '{}' where it is configured: {}", name, refused);
                close();
            }
        });
    }

    private void again() {
        ScheduledExecutorService running = timer;
        if (running != null && !running.isShutdown()) {
            long most = EVERY.toMillis();
            ScheduledFuture<?> unused = running.schedule(
                    this::announce, ThreadLocalRandom.current().nextLong(most / 2, most), TimeUnit.MILLISECONDS);
        }
    }

    boolean isEnded() {
        ScheduledExecutorService running = timer;
        return running != null && running.isShutdown();
    }

    @Override
    public synchronized void close() {
        ScheduledExecutorService running = timer;
        if (running != null) {
            running.shutdown();
        }
    }
}
