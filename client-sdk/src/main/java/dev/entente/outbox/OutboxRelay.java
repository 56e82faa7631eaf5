package dev.entente.outbox;

import dev.entente.client.Entente;
import dev.entente.client.Retry;
import io.grpc.Channel;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Delivers what an {@link Outbox} holds: to the coordinator, to gRPC methods, to HTTP endpoints. Any number of relays
 * may work on one outbox; no message is with two of them at the same time.
 *
 * <pre>{@code
 * try (OutboxRelay relay = OutboxRelay.from(dataSource).deliverThrough(entente).channel("stock", channel).start()) {
 *   …
 * }
 * }</pre>
 *
 * <p>Each message is delivered <b>at least once</b>: again, after a random, growing wait, while its receiver gives no
 * answer, and again if the relay dies before it could write down that it was delivered. Receivers know repetitions by
 * {@code idempotency-key}, the message's id ({@link Inbox}, or a participant's {@code Barrier}). Messages of one {@link
 * OutboxMessage#key} are delivered in their order, the next only after the one before. After its attempts, or when it
 * is refused, a message is <b>parked</b>, and holds up those of its key: {@link ParkedMessages}.
 *
 * <p>It keeps two of the data source's connections as long as it runs, and opens them again when they break. It is
 * woken by notifications where PostgreSQL's driver is on the class path, and looks by itself every five seconds.
 * Thread-safe.
 */
public final class OutboxRelay implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(OutboxRelay.class);

    private final WakeUp wakeUp = new WakeUp();
    private final Carriers carriers;
    private final RelayLoop loop;
    private final Thread relaying;
    private final Thread listening;
    private final Duration patience;
    private volatile boolean closing;

    private OutboxRelay(Builder builder) {
        RelaySettings settings = builder.settings;
        carriers = new Carriers(builder.entente, builder.channels, builder.client(), settings.callTimeout());
        loop = new RelayLoop(builder.dataSource, settings, carriers, wakeUp, () -> closing);
        patience = settings.longestBatch();
        relaying = thread("entente-outbox-relay", loop);
        listening =
                thread("entente-outbox-listener", new NotificationListener(builder.dataSource, wakeUp, () -> closing));
    }

    /**
     * A relay of the outbox in that database.
     *
     * @param dataSource gives connections on which the table {@code entente_outbox} is in the search path
     */
    public static Builder from(DataSource dataSource) {
        return new Builder(dataSource);
    }

    /** How the outbox stood some seconds ago; all relays of one outbox say the same. */
    public Backlog backlog() {
        return loop.backlog();
    }

    /** How many attempts of this relay failed, and were followed, or will be, by another one. */
    public long retries() {
        return loop.retries();
    }

    /** How often this relay had to start over because its database, or the relay itself, failed. */
    public long failedRounds() {
        return loop.failedRounds();
    }

    /** Looks for messages now, as if woken. */
    public void wake() {
        wakeUp.call();
    }

    /**
     * Starts no further attempt, waits for those under way (at most three call timeouts and five seconds), writes down
     * what became of them, and gives the rest back. Blocks.
     */
    @Override
    public void close() {
        closing = true;
        wakeUp.call();
        try {
            relaying.join(patience.toMillis());
            if (relaying.isAlive()) {
                LOG.warn("the outbox's relay did not end within {}; what it held is delivered again", patience);
                loop.abandon();
            }
            listening.join(patience.toMillis());
        } catch (InterruptedException interrupted) {
            loop.abandon();
            Thread.currentThread().interrupt();
        }
        relaying.interrupt();
        listening.interrupt();
        carriers.close();
    }

    private OutboxRelay begin() {
        relaying.start();
        listening.start();
        return this;
    }

    private static Thread thread(String name, Runnable work) {
        Thread thread = new Thread(work, name);
        thread.setDaemon(true); // a process may end in the middle of a batch: nothing is lost
        return thread;
    }

    /** What an {@link OutboxRelay} is made of. Not thread-safe. */
    public static final class Builder {
        private final DataSource dataSource;
        private final Map<String, Channel> channels = new HashMap<>();
        private RelaySettings settings = RelaySettings.DEFAULT;
        private @Nullable Entente entente;
        private @Nullable HttpClient client;

        private Builder(DataSource dataSource) {
            this.dataSource = dataSource;
        }

        /** The coordinator that transactions are submitted to; {@link OutboxRelay#close} leaves it open. */
        public Builder deliverThrough(Entente entente) {
            this.entente = entente;
            return this;
        }

        /** Where messages for that destination go, over a channel of one's own, which {@link OutboxRelay#close} leaves open. */
        public Builder channel(String destination, Channel channel) {
            channels.put(destination, channel);
            return this;
        }

        /**
         * A client of one's own, as for proxies and certificates.
         *
         * @throws IllegalArgumentException if it follows redirects: messages go where they are addressed
         */
        public Builder httpClient(HttpClient client) {
            if (client.followRedirects() != HttpClient.Redirect.NEVER) {
                throw new IllegalArgumentException("the HTTP client follows redirects (" + client.followRedirects()
                        + "); build it with followRedirects(NEVER), and address messages to where they should go");
            }
            this.client = client;
            return this;
        }

        /**
         * How many messages are claimed at once, and are then under way at once; 100 unless set.
         *
         * @param messages 1 to 1000
         */
        public Builder batch(int messages) {
            if (messages < 1 || messages > 1000) {
                throw new IllegalArgumentException("a batch of " + messages + " messages; use 1 to 1000");
            }
            settings = settings.withBatch(messages);
            return this;
        }

        /** How long to sleep when there is nothing to do and nobody wakes the relay; 5 s unless set. */
        public Builder poll(Duration interval) {
            settings = settings.withPoll(positive(interval, "the poll"));
            return this;
        }

        /**
         * How often a message is attempted before it is parked, and how long to wait in between; unless set, 5 times,
         * with random waits of up to a second, doubled each time, to at most 5 minutes. A receiver that is away for
         * longer than these waits last finds its messages parked ({@link ParkedMessages#retryAll}); where that may
         * happen, allow more attempts.
         */
        public Builder retry(Retry policy) {
            settings = settings.withRetry(policy);
            return this;
        }

        /**
         * How long one attempt may take; 10 s unless set. A batch is an open transaction of up to twice as long.
         *
         * @throws IllegalArgumentException if it is not positive, or longer than 5 minutes
         */
        public Builder callTimeout(Duration perAttempt) {
            if (perAttempt.compareTo(Duration.ofMinutes(5)) > 0) {
                throw new IllegalArgumentException("a call timeout of " + perAttempt + "; the transaction that claims"
                        + " messages is open that long: use at most 5 minutes");
            }
            settings = settings.withCallTimeout(positive(perAttempt, "the call timeout"));
            return this;
        }

        /** How long it is known that a message was sent; 7 days unless set. */
        public Builder keepSent(Duration retention) {
            settings = settings.withKeepSent(positive(retention, "the retention"));
            return this;
        }

        /** Starts relaying, on threads of its own. Does not block; the database need not be there yet. */
        public OutboxRelay start() {
            return new OutboxRelay(this).begin();
        }

        private HttpClient client() {
            return client != null
                    ? client
                    : HttpClient.newBuilder()
                            .followRedirects(HttpClient.Redirect.NEVER)
                            .connectTimeout(settings.callTimeout())
                            .build();
        }

        private static Duration positive(Duration duration, String what) {
            if (duration.isNegative() || duration.isZero()) {
                throw new IllegalArgumentException(what + " must be positive, not " + duration);
            }
            return duration;
        }
    }
}
