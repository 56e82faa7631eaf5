package dev.entente.spring;

import dev.entente.client.CoordinatorUnavailable;
import dev.entente.client.Entente;
import dev.entente.client.TransactionRefused;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfigurationPackages;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.SmartLifecycle;

/**
 * Announces this application's address to a coordinator on this machine. Announces once all servers of the application
 * listen, and again every few seconds, for a restarted coordinator. Stops after a refusal, unless the reason is another
 * application with the name, because that application may stop. Thread-safe.
 */
final class ParticipantAnnouncement implements SmartLifecycle {
    private static final Logger log = LoggerFactory.getLogger(ParticipantAnnouncement.class);
    private static final Duration EVERY = Duration.ofSeconds(5);
    private static final long START_POLL_MILLIS = 50;
    private static final String ANNOUNCED_BY_ANOTHER = "ENT-066";

    private final Entente entente;
    private final String name;
    private final OwnAddress own;
    private final ConfigurableApplicationContext application;
    private final ObjectProvider<DataSource> database;
    /** One start of this bean; null while there is nothing to announce. */
    private volatile @Nullable Object run;

    private volatile String reported = "";

    ParticipantAnnouncement(
            Entente entente,
            String name,
            OwnAddress own,
            ConfigurableApplicationContext application,
            ObjectProvider<DataSource> database) {
        this.entente = entente;
        this.name = name;
        this.own = own;
        this.application = application;
        this.database = database;
    }

    @Override
    public void start() {
        Object started = new Object();
        run = started;
        reported = "";
        after(0, started);
    }

    private void after(long millis, Object started) {
        CompletableFuture.delayedExecutor(millis, TimeUnit.MILLISECONDS).execute(() -> announce(started));
    }

    private void again(Object started) {
        long most = EVERY.toMillis();
        after(ThreadLocalRandom.current().nextLong(most / 2, most), started);
    }

    private void announce(Object started) {
        if (!started.equals(run)) {
            return;
        }
        if (!application.isRunning()) { // One of the servers may not have started yet.
            after(START_POLL_MILLIS, started);
            return;
        }
        try {
            String target = own.target();
            if (target == null) {
                log.warn("entente.participant.name = {}: this application serves neither HTTP nor gRPC", name);
                stop();
                return;
            }
            CompletableFuture<Void> unused = entente.announce(name, target, identity())
                    .whenComplete((taken, failure) -> {
                        if (started.equals(run)) {
                            note(started, target, failure);
                        }
                    });
        } catch (IllegalStateException usesTls) {
            log.warn(
                    "not announced to the coordinator as participant '{}': {}; or remove entente.participant.name, and"
                            + " set participants.{}.target in the coordinator's configuration",
                    name,
                    usesTls.getMessage(),
                    name);
            stop();
        } catch (SQLException unavailable) {
            log.debug("not announced yet: the database does not respond", unavailable);
            again(started);
        }
    }

    private void note(Object started, String target, @Nullable Throwable failure) {
        Throwable why = failure instanceof CompletionException wrapped ? wrapped.getCause() : failure;
        if (why == null) {
            if (!reported.equals(target)) {
                log.info("announced to the coordinator as participant '{}' at {}", name, target);
                reported = target;
            }
            again(started);
        } else if (why instanceof TransactionRefused refused && refused.code().equals(ANNOUNCED_BY_ANOTHER)) {
            if (!reported.equals(ANNOUNCED_BY_ANOTHER)) {
                log.error(
                        "the coordinator does not call this application as participant '{}', trying again: {}",
                        name,
                        why.getMessage());
                reported = ANNOUNCED_BY_ANOTHER;
            }
            again(started);
        } else if (why instanceof CoordinatorUnavailable) {
            again(started);
        } else {
            log.warn(
                    "not announced to the coordinator, which calls '{}' only by participants.{}.target of its own"
                            + " configuration; set that property and remove entente.participant.name, or: {}",
                    name,
                    name,
                    why instanceof TransactionRefused refused && refused.code().equals("ENT-060")
                            ? CoordinatorHealth.refusal(refused)
                            : why.getMessage());
            stop();
        }
    }

    /**
     * Returns the common identity of this application's instances, which no other application has: its name, the
     * package of its main class, and its database. The identity is a digest, because the URL of a database may contain
     * a password. Blocks.
     */
    private String identity() throws SQLException {
        StringBuilder identity =
                new StringBuilder(application.getEnvironment().getProperty("spring.application.name", ""));
        if (AutoConfigurationPackages.has(application)) {
            identity.append('\n').append(AutoConfigurationPackages.get(application));
        }
        DataSource one = database.getIfUnique();
        if (one != null) {
            try (Connection connection = one.getConnection()) {
                identity.append('\n').append(connection.getMetaData().getURL());
                identity.append('\n').append(connection.getCatalog());
                identity.append('\n').append(connection.getSchema());
            }
        }
        return UUID.nameUUIDFromBytes(identity.toString().getBytes(StandardCharsets.UTF_8))
                .toString();
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
