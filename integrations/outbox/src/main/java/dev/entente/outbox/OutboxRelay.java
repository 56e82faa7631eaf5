package dev.entente.outbox;

import dev.entente.client.Entente;
import dev.entente.client.Retry;
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
 * OutboxMessage#key} are delivered in their order, the next only after the one before. A relay takes only messages for
 * carriers and channels that it has; the others wait for a relay that has them. A message that is refused, meets
 * nobody at its address for a minute, or is not answered for three days, is <b>parked</b>, and holds up those of its
 * key: {@link ParkedMessages}.
 *
 * <p>Each message is written down as soon as it is delivered, whatever others do. A destination that gives no answer
 * five times on end is left alone for up to 30 s, then asked with one message.
 *
 * <p>It keeps two of the data source's connections as long as it runs, and opens them again when they break or do not
 * answer. It is woken by notifications where PostgreSQL's driver is on the class path, and looks by itself every five
 * seconds; on MariaDB, where nobody wakes it, every half a second. Messages that a relay had when it died are free
 * again some seconds after a call timeout. Thread-safe.
 */
public final class OutboxRelay implements AutoCloseable {
    private static final Duration LONGEST_BEFORE_GIVING_UP = Duration.ofDays(14);
    private static final Duration A_MOMENT = Duration.ofSeconds(1);
    private static final Logger LOG = LoggerFactory.getLogger(OutboxRelay.class);

    private final WakeUp wakeUp = new WakeUp();
    private final Carriers carriers;
    private final RelayLoop loop;
    private final Upkeep upkeep;
    private final Thread relaying;
    private final Thread beside;
    private final Duration patience;
    private volatile boolean closing;

    private OutboxRelay(Builder builder) {
        RelaySettings settings = builder.settings();
        carriers = new Carriers(
                builder.entente, builder.channels, builder.client(), builder.carriers, settings.callTimeout());
        loop = new RelayLoop(builder.dataSource, settings, carriers, wakeUp, () -> closing);
        upkeep = new Upkeep(builder.dataSource, settings, wakeUp, () -> closing);
        patience = settings.longestClose();
        relaying = thread("entente-outbox-relay", loop);
        beside = thread("entente-outbox-upkeep", upkeep);
    }

    /**
     * A relay of the outbox in that database.
     *
     * @param dataSource gives connections on which the table {@code entente_outbox} is in the search path
     */
    public static Builder from(DataSource dataSource) {
        return new Builder(dataSource);
    }

    /**
     * How the outbox stood some seconds ago; all relays of one outbox say the same. Empty while it is not known, as
     * when the database does not answer.
     */
    public Optional<Backlog> backlog() {
        return upkeep.backlog();
    }

    /** How long the oldest due message has waited that no relay takes; empty while it is not known. */
    Optional<Duration> unattendedFor() {
        return upkeep.unattendedFor();
    }

    /** How long this relay has not got through to its database; zero while it does. */
    public Duration silentFor() {
        return loop.silentFor();
    }

    /** How many destinations get no messages from this relay now, because they gave no answer. */
    public int openCircuits() {
        return loop.openCircuits();
    }

    /** How many attempts of this relay failed, and were followed, or will be, by another one. */
    public long retries() {
        return loop.retries();
    }

    /** How often this relay had to start over because its database, or the relay itself, failed. */
    public long failedRounds() {
        return loop.failedRounds();
    }

    /** How many unexpected exceptions the deliveries of this relay survived: each is a defect. */
    long caught() {
        return loop.caught();
    }

    /** How often something beside delivering failed: a look at the outbox, or removing old records. */
    long failedUpkeep() {
        return upkeep.failures();
    }

    /** Looks for messages, and at how the outbox stands, now. */
    public void wake() {
        wakeUp.call();
        upkeep.wake();
    }

    /**
     * Starts no further attempt, waits for those under way, and writes down what became of them. It takes at most a
     * call timeout, a database timeout and some seconds, also where the database does not answer; what could not be
     * written down is delivered again. Blocks.
     */
    @Override
    public void close() {
        closing = true;
        wakeUp.call();
        upkeep.wake();
        try {
            relaying.join(patience.toMillis());
            if (relaying.isAlive()) {
                LOG.warn("the outbox's relay did not end within {}; what it held is delivered again", patience);
            }
            beside.join(A_MOMENT.toMillis());
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
        relaying.interrupt();
        beside.interrupt();
        carriers.close();
    }

    private static Thread thread(String name, Runnable work) {
        Thread thread = new Thread(work, name);
        thread.setDaemon(true); // a process may end in the middle of a batch: nothing is lost
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

        private Builder(DataSource dataSource) {
            this.dataSource = dataSource;
        }

        /** The coordinator that transactions are submitted to; {@link OutboxRelay#close} leaves it open. */
        public Builder deliverThrough(Entente entente) {
            this.entente = entente;
            return this;
        }

        /** Sets the channel for messages to that destination; {@link OutboxRelay#close} leaves it open. */
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
         * Adds the carrier for messages made by {@link OutboxMessage#through} with that name; {@link OutboxRelay#close}
         * leaves it open.
         *
         * @throws IllegalArgumentException if the name has another form than there, or is one of the SDK's own
         */
        public Builder carrier(String name, Carrier carrier) {
            OutboxMessage.checkCarrier(name);
            carriers.put(name, carrier);
            return this;
        }

        /**
         * How many messages are under way to one destination at most; 100 unless set. In all it is 1000, of which each
         * destination that is called gets an equal share, or one.
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
         * Sets how long to sleep where there is nothing to do; 5 s unless set, on MariaDB 0.5 s. It looks some seconds
         * after a call timeout at the latest.
         */
        public Builder poll(Duration interval) {
            poll = Times.positive(interval, "the poll");
            return this;
        }

        /**
         * How long to wait between attempts, and after how many of them a message is parked at the latest. Unless set,
         * random waits of up to a second, doubled each time, to at most 5 minutes, as often as {@link #giveUpAfter}
         * allows.
         */
        public Builder retry(Retry policy) {
            retry = policy;
            return this;
        }

        /**
         * How long after its first attempt a message that is not answered is parked; 3 days unless set. What is not
         * attempted, because its destination takes nothing, is not given up.
         *
         * @param length less than half of what receivers' inboxes keep ids for, or one that was taken may be taken
         *     again
         * @throws IllegalArgumentException if it is not positive, or longer than 14 days
         */
        public Builder giveUpAfter(Duration length) {
            if (length.compareTo(LONGEST_BEFORE_GIVING_UP) > 0) {
                throw new IllegalArgumentException(
                        "giving up after " + length + ": an inbox keeps ids for 30 days unless"
                                + " told otherwise, and has to know them at least twice as long; use at most "
                                + LONGEST_BEFORE_GIVING_UP.toDays() + " days");
            }
            giveUpAfter = Times.positive(length, "the time to give up after");
            return this;
        }

        /**
         * How long one attempt may take; 10 s unless set.
         *
         * @throws IllegalArgumentException if it is not positive, or longer than 5 minutes
         */
        public Builder callTimeout(Duration perAttempt) {
            callTimeout = atMost5Minutes(perAttempt, "call timeout", "which a close waits for");
            return this;
        }

        /**
         * Sets the longest wait for each answer of the database, where the driver has no network timeout of its own.
         * Then the connection counts as broken; 20 s unless set.
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

        /** How long it is known that a message was sent; 7 days unless set. */
        public Builder keepSent(Duration retention) {
            keepSent = Times.positive(retention, "the retention");
            return this;
        }

        /** Starts relaying, on threads of its own. Does not block; the database need not be there yet. */
        public OutboxRelay start() {
            OutboxRelay relay = new OutboxRelay(this);
            relay.beside.start();
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
