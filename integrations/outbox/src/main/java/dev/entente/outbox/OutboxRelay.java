package dev.entente.outbox;

import dev.entente.client.Entente;
import dev.entente.client.Retry;
import dev.entente.trace.Tracing;
import dev.entente.wire.Times;
import io.grpc.Channel;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Delivers the messages of an {@link Outbox}: to the coordinator, to gRPC methods, to HTTP endpoints. Any number of
 * relays may work on one outbox. At most one relay at a time delivers a message.
 *
 * <pre>{@code
 * try (OutboxRelay relay = OutboxRelay.from(dataSource).deliverThrough(entente).channel("stock", channel).start()) {
 *   …
 * }
 * }</pre>
 *
 * <p>Each message is delivered <b>at least once</b>. The relay repeats an unanswered delivery after a random, growing
 * wait. A delivery is also repeated if the relay dies before it records the delivery. Receivers recognize repetitions
 * by {@code idempotency-key}, the message's id ({@link Inbox}, or a participant's {@code Barrier}). Messages of one
 * {@link OutboxMessage#key} are delivered in order, each after the one before. A relay takes only messages for its own
 * carriers and channels. A message is <b>parked</b> if it is refused, if its address does not accept it for a minute,
 * or after three days without an answer. A parked message blocks its key: {@link ParkedMessages}.
 *
 * <p>The relay records each delivery immediately. A destination with five consecutive unanswered attempts gets no
 * messages for up to 30 s, then one message as a probe.
 *
 * <p>The relay keeps two connections of the data source, and reopens a connection that breaks or does not answer. With
 * PostgreSQL's driver on the class path notifications wake the relay, which also polls every five seconds. On MariaDB
 * there are no notifications, and the relay polls every half a second. If a relay dies, other relays can take its
 * messages some seconds after a call timeout. Thread-safe.
 */
public final class OutboxRelay implements AutoCloseable {
    private static final Duration LONGEST_BEFORE_GIVING_UP = Duration.ofDays(14);
    private static final Duration A_MOMENT = Duration.ofSeconds(1);
    private static final Logger LOG = LoggerFactory.getLogger(OutboxRelay.class);

    private final WakeUp wakeUp = new WakeUp();
    private final Carriers carriers;
    private final RelayLoop loop;
    private final Maintenance maintenance;
    private final Thread relaying;
    private final Thread maintenanceThread;
    private final Duration timeout;
    private volatile boolean closing;

    private OutboxRelay(Builder builder) {
        RelaySettings settings = builder.settings();
        carriers = new Carriers(
                builder.entente,
                builder.channels,
                builder.client(),
                builder.carriers,
                settings.callTimeout(),
                builder.tracing);
        loop = new RelayLoop(builder.dataSource, settings, carriers, wakeUp, () -> closing);
        maintenance = new Maintenance(builder.dataSource, settings, wakeUp, () -> closing);
        timeout = settings.longestClose();
        relaying = thread("entente-outbox-relay", loop);
        maintenanceThread = thread("entente-outbox-upkeep", maintenance);
    }

    /**
     * Begins a relay of the outbox in this database.
     *
     * @param dataSource gives connections on which the table {@code entente_outbox} is in the search path
     */
    public static Builder from(DataSource dataSource) {
        return new Builder(dataSource);
    }

    /**
     * Returns the state of the outbox some seconds ago. All relays of one outbox return an equal state. Empty while the
     * state is unknown, for example while the database does not respond.
     */
    public Optional<Backlog> backlog() {
        return maintenance.backlog();
    }

    /** Returns the longest wait of a due message that no relay takes; empty while it is unknown. */
    Optional<Duration> unattendedFor() {
        return maintenance.unattendedFor();
    }

    /** Returns how long this relay has failed to use its database; zero while it succeeds. */
    public Duration silentFor() {
        return loop.silentFor();
    }

    /** Returns how many destinations get no messages from this relay now, because they gave no answer. */
    public int openCircuits() {
        return loop.openCircuits();
    }

    /** Returns how many failed attempts of this relay led or will lead to another attempt. */
    public long retries() {
        return loop.retries();
    }

    /** Returns how often this relay started over because its database, or the relay itself, failed. */
    public long failedRounds() {
        return loop.failedRounds();
    }

    /** Returns how many unexpected exceptions the deliveries of this relay survived: each is a defect. */
    long caught() {
        return loop.caught();
    }

    /** Returns how often reading the outbox's state or removing old records failed. */
    long failedMaintenance() {
        return maintenance.failures();
    }

    /** Looks for messages, and reads the state of the outbox, now. */
    public void wake() {
        wakeUp.call();
        maintenance.wake();
    }

    /**
     * Starts no further attempts, waits for those in flight, and records their results. Takes at most a call timeout, a
     * database timeout and some seconds, also if the database does not answer. A message without a recorded result is
     * delivered again. Blocks.
     */
    @Override
    public void close() {
        closing = true;
        wakeUp.call();
        maintenance.wake();
        try {
            relaying.join(timeout.toMillis());
            if (relaying.isAlive()) {
                LOG.warn("the outbox's relay did not stop within {}; its messages are delivered again", timeout);
            }
            maintenanceThread.join(A_MOMENT.toMillis());
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
        relaying.interrupt();
        maintenanceThread.interrupt();
        carriers.close();
    }

    private static Thread thread(String name, Runnable work) {
        Thread thread = new Thread(work, name);
        thread.setDaemon(true); // the process may exit during a batch: no message is lost
        return thread;
    }

    /** Builds an {@link OutboxRelay}. Not thread-safe. */
    public static final class Builder {
        private final DataSource dataSource;
        private final Map<String, Channel> channels = new HashMap<>();
        private final Map<String, Carrier> carriers = new HashMap<>();
        private int inFlight = 100;
        private @Nullable Duration poll;
        private Retry retry = Retry.exponential(Duration.ofSeconds(1), Duration.ofMinutes(5), Integer.MAX_VALUE);
        private Duration giveUpAfter = Duration.ofDays(3);
        private Duration callTimeout = Duration.ofSeconds(10);
        private Duration databaseTimeout = Duration.ofSeconds(20);
        private Duration keepSent = Duration.ofDays(7);
        private @Nullable Entente entente;
        private @Nullable HttpClient client;
        private Tracing tracing = Tracing.found();

        private Builder(DataSource dataSource) {
            this.dataSource = dataSource;
        }

        /** Sets the coordinator for transactions; {@link OutboxRelay#close} leaves it open. */
        public Builder deliverThrough(Entente entente) {
            this.entente = entente;
            return this;
        }

        /** Sets the channel for messages to this destination; {@link OutboxRelay#close} leaves it open. */
        public Builder channel(String destination, Channel channel) {
            channels.put(destination, channel);
            return this;
        }

        /**
         * Sets a custom client, such as for proxies and certificates.
         *
         * @throws IllegalArgumentException if it follows redirects: messages must reach their own address
         */
        public Builder httpClient(HttpClient client) {
            if (client.followRedirects() != HttpClient.Redirect.NEVER) {
                throw new IllegalArgumentException("the HTTP client follows redirects (" + client.followRedirects()
                        + "); build the client with followRedirects(NEVER), and send messages to their final"
                        + " addresses");
            }
            this.client = client;
            return this;
        }

        /**
         * Adds the carrier for messages made by {@link OutboxMessage#through} with this name; {@link OutboxRelay#close}
         * leaves it open.
         *
         * @throws IllegalArgumentException if the name has a form that {@code through} refuses, or is reserved by the
         *     SDK
         */
        public Builder carrier(String name, Carrier carrier) {
            OutboxMessage.checkCarrier(name);
            carriers.put(name, carrier);
            return this;
        }

        /**
         * Sets the limit of messages in flight to one destination; the default is 100. The total is 1000: each active
         * destination gets an equal share, but at least one.
         *
         * @param messages 1 to 1000
         */
        public Builder inFlight(int messages) {
            if (messages < 1 || messages > 1000) {
                throw new IllegalArgumentException(messages + " messages in flight; use 1 to 1000");
            }
            inFlight = messages;
            return this;
        }

        /**
         * Sets how long the relay sleeps if there is no work; the default is 5 s, on MariaDB 0.5 s. The relay sleeps at
         * most a call timeout and some seconds.
         */
        public Builder poll(Duration interval) {
            poll = Times.positive(interval, "the poll");
            return this;
        }

        /**
         * Sets the waits between attempts, and the highest number of attempts before a message is parked. By default
         * the waits are random, up to a second at first, doubled each time, to at most 5 minutes. The number of
         * attempts is then limited only by {@link #giveUpAfter}.
         */
        public Builder retry(Retry policy) {
            retry = policy;
            return this;
        }

        /**
         * Sets the time from the first attempt after which an unanswered message is parked; the default is 3 days.
         * While the relay makes no attempts to the destination, the message is not parked.
         *
         * @param length less than half of the time for which receivers' inboxes keep ids; otherwise a receiver may
         *     process a message twice
         * @throws IllegalArgumentException if it is not positive, or longer than 14 days
         */
        public Builder giveUpAfter(Duration length) {
            if (length.compareTo(LONGEST_BEFORE_GIVING_UP) > 0) {
                throw new IllegalArgumentException(
                        "giving up after " + length + ": an inbox keeps ids for 30 days by default, and must keep them"
                                + " at least twice as long as a relay tries; use at most "
                                + LONGEST_BEFORE_GIVING_UP.toDays() + " days");
            }
            giveUpAfter = Times.positive(length, "the time to give up after");
            return this;
        }

        /**
         * Sets the time limit of one attempt; the default is 10 s.
         *
         * @throws IllegalArgumentException if it is not positive, or longer than 5 minutes
         */
        public Builder callTimeout(Duration perAttempt) {
            callTimeout = atMost5Minutes(perAttempt, "call timeout", "which a close waits for");
            return this;
        }

        /**
         * Sets the longest wait for each answer of the database, if the driver has no network timeout of its own. The
         * connection then counts as broken. The default is 20 s.
         *
         * @throws IllegalArgumentException if it is not positive, or longer than 5 minutes
         */
        public Builder databaseTimeout(Duration perAnswer) {
            databaseTimeout = atMost5Minutes(perAnswer, "database timeout", "in which nothing is delivered");
            return this;
        }

        private static Duration atMost5Minutes(Duration length, String what, String why) {
            if (length.compareTo(Duration.ofMinutes(5)) > 0) {
                throw new IllegalArgumentException(
                        "a " + what + " of " + length + ", " + why + "; use at most 5 minutes");
            }
            return Times.positive(length, "the " + what);
        }

        /** Sets how long records of delivered messages are kept; the default is 7 days. */
        public Builder keepSent(Duration retention) {
            keepSent = Times.positive(retention, "the retention");
            return this;
        }

        /** Records deliveries with another tracing than {@link Tracing#found}. */
        public Builder tracing(Tracing tracing) {
            this.tracing = tracing;
            return this;
        }

        /** Starts the relay on its own threads. Does not block; the database may be unavailable. */
        public OutboxRelay start() {
            OutboxRelay relay = new OutboxRelay(this);
            relay.maintenanceThread.start();
            relay.relaying.start();
            return relay;
        }

        private RelaySettings settings() {
            return new RelaySettings(inFlight, poll, retry, giveUpAfter, callTimeout, databaseTimeout, keepSent);
        }

        private HttpClient client() {
            return client != null
                    ? client
                    : HttpClient.newBuilder()
                            .followRedirects(HttpClient.Redirect.NEVER)
                            .connectTimeout(callTimeout)
                            .build();
        }
    }
}
