package dev.entente.client;

import dev.entente.client.call.CallDeadline;
import dev.entente.client.channel.BearerToken;
import dev.entente.client.channel.ClientChannels;
import dev.entente.v1.AnnounceParticipantRequest;
import dev.entente.v1.OperatorServiceGrpc;
import dev.entente.v1.Plan;
import dev.entente.v1.SubmitTransactionRequest;
import dev.entente.wire.JoinToken;
import dev.entente.wire.Times;
import dev.entente.wire.TriedChildren;
import io.grpc.Channel;
import io.grpc.ChannelCredentials;
import io.grpc.InsecureChannelCredentials;
import io.grpc.TlsChannelCredentials;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The way in: a coordinator, and what can be asked of it. One per process is enough; it has one connection to the
 * coordinator. Thread-safe.
 *
 * <pre>{@code
 * try (Entente entente = Entente.builder("coordinator:7790").bearerToken(token).build()) {
 *   Participant stock = entente.participant("stock");
 *   Saga saga = entente.saga("checkout").gid("order-4711");
 *   …
 * }
 * }</pre>
 *
 * <p>Every call has a deadline, and is repeated with growing, random pauses while that may help: all of them are
 * idempotent, for a gid is there before anything is sent. Inside a server's call its deadline and its trace go along.
 */
public final class Entente implements AutoCloseable {
    private static final Pattern PARTICIPANT = Pattern.compile("[A-Za-z0-9_.:\\[\\]-]{1,260}");

    private final ClientChannels connections;
    private final CoordinatorClient coordinator;
    private final Transactions transactions;
    private final PlanContext plans;
    /** Tells announcements of this client from those of all others. */
    private final String identity = UUID.randomUUID().toString();

    private Entente(Builder builder) {
        connections = new ClientChannels(builder.credentials, builder.addresses, builder.channels);
        SecureRandom random = new SecureRandom();
        Channel channel = builder.channel != null
                ? builder.channel
                : connections.coordinators(builder.targets, builder.isRotating, random, builder.tick);
        int streams = builder.isRotating ? Math.max(1, builder.targets.size()) : 1;
        coordinator = new CoordinatorClient(
                BearerToken.attach(channel, builder.token),
                new CoordinatorClient.Settings(
                        builder.callTimeout,
                        builder.retryFor,
                        builder.clock,
                        random,
                        builder.stream ? streams : 0,
                        builder.json));
        transactions = new Transactions(coordinator);
        plans = new PlanContext(coordinator, new Gids(builder.clock, random), builder.timeout, builder.retry);
    }

    /**
     * The coordinator at that address, or one of several on one database. Where the one that calls go to does not
     * answer, the next attempt goes to another.
     *
     * @param target {@code host:port}, or any target that gRPC resolves; several are parted by commas:
     *     {@code a:7790,b:7790,c:7790}
     * @throws IllegalArgumentException if one of them is empty
     */
    public static Builder builder(String target) {
        List<String> targets =
                Stream.of(target.split(",", -1)).map(String::strip).distinct().toList();
        if (targets.contains("")) {
            throw new IllegalArgumentException("the coordinators '" + target
                    + "' have an empty address among them; say host:port, and part several by commas");
        }
        return new Builder(targets, null);
    }

    /** A coordinator behind a channel of one's own, which {@link #close} leaves open. */
    public static Builder builder(Channel channel) {
        return new Builder(List.of(), channel);
    }

    /**
     * A participant by the name that the coordinator knows it by. Whether the coordinator knows one is not checked here.
     *
     * @param name letters, digits and {@code _ -}, or {@code host:port}
     * @throws IllegalArgumentException if it is neither
     */
    public Participant participant(String name) {
        if (!PARTICIPANT.matcher(name).matches()) {
            throw new IllegalArgumentException(
                    "'" + name + "' is no name of a participant; use letters, digits and _ -,"
                            + " or host:port, at most 260 characters");
        }
        return new Participant(name, connections, coordinator.settings().json());
    }

    /** Returns a new saga. The name is the business's, {@code [a-z0-9._-]{1,64}}. */
    public Saga saga(String name) {
        return new Saga(plans, name);
    }

    /** Returns a new TCC transaction. The name is the business's, {@code [a-z0-9._-]{1,64}}. */
    public Tcc tcc(String name) {
        return new Tcc(plans, name);
    }

    /** Returns a new two-phase transaction. The name is the business's, {@code [a-z0-9._-]{1,64}}. */
    public TwoPhase twoPhase(String name) {
        return new TwoPhase(plans, name);
    }

    /** Returns a new message. The name is the business's, {@code [a-z0-9._-]{1,64}}. */
    public Message message(String name) {
        return new Message(plans, name);
    }

    /** Returns a new notification. The name is the business's, {@code [a-z0-9._-]{1,64}}. */
    public Notification notification(String name) {
        return new Notification(plans, name);
    }

    /**
     * Enters another's TCC transaction, from the try of one of its branches, to register children of that branch.
     * Whoever began it decides. If a child does not succeed, that try must reject itself.
     *
     * <p>The call's own token goes along, by which the coordinator knows that the branch was called. {@code
     * BranchInterceptor}, {@code BranchHeaders} and the filters for HTTP take it from the call.
     *
     * @param parentBranch the name of the branch whose try this is
     */
    public TccScope join(String gid, String parentBranch) {
        return join(gid, parentBranch, JoinToken.current(gid));
    }

    /**
     * As {@link #join(String, String)}, outside of the call's context.
     *
     * @param token {@code entente-join} of the try's call; empty if it had none
     */
    public TccScope join(String gid, String parentBranch, String token) {
        TrySession session = new TrySession(coordinator, gid, null, null, plans.timeout(), plans.retry(), token);
        return new TccScope(session, new Tries(gid), parentBranch, TriedChildren.of(gid, parentBranch));
    }

    /** Gives access to topics and their subscribers. */
    public Topics topics() {
        return new Topics(coordinator);
    }

    /**
     * Announces to a coordinator on this machine where a participant listens, for development. It holds until the
     * coordinator ends, so it is to be repeated. The name belongs to this client as long as a program listens at the
     * target. Does not block.
     *
     * @param name what plans call it: letters, digits and {@code _ -}
     * @param target on loopback: {@code localhost:9090} for gRPC, {@code http://localhost:8080} for HTTP
     * @return fails with {@link TransactionRefused} where the coordinator does not take it (ENT-063), or where another
     *     application has the name (ENT-066), and with {@link CoordinatorUnavailable} where it does not answer
     */
    public CompletableFuture<Void> announce(String name, String target) {
        return announce(name, target, identity);
    }

    /**
     * Announces one of several instances of an application; as {@link #announce(String, String)}. The coordinator calls
     * the instance that was announced last.
     *
     * @param application what all instances of the application give, and no other application
     */
    public CompletableFuture<Void> announce(String name, String target, String application) {
        AnnounceParticipantRequest request = AnnounceParticipantRequest.newBuilder()
                .setName(name)
                .setTarget(target)
                .setApplication(application)
                .build();
        return coordinator
                .call(OperatorServiceGrpc.getAnnounceParticipantMethod(), "", request)
                .thenAccept(taken -> {});
    }

    /** Transactions that were accepted. */
    public Transactions transactions() {
        return transactions;
    }

    /**
     * Submits a plan that was made earlier, by {@link PlanBuilder#toProto}, and kept since. Does not block.
     *
     * @param plan with its gid
     * @param firstSent when it may have been sent for the first time; after seven days it is refused (ENT-032)
     * @param within how long this call, with its repetitions, may take
     * @return what was accepted; fails as {@link PlanBuilder#submit}
     */
    public CompletableFuture<Submitted> submit(Plan plan, Instant firstSent, Duration within) {
        SubmitTransactionRequest request =
                SubmitTransactionRequest.newBuilder().setPlan(plan).build();
        return coordinator.handedOver(coordinator
                .submit(
                        request,
                        firstSent,
                        CallDeadline.detached(coordinator.settings().attempt(), within, Duration.ZERO))
                .thenApply(Submitted::of));
    }

    /** Closes the connections; waits up to five seconds for calls under way. */
    @Override
    public void close() {
        coordinator.close();
        connections.close();
    }

    /** Builds an {@link Entente}. Not thread-safe. */
    public static final class Builder {
        /** One at least, unless a channel was given. */
        private final List<String> targets;

        private final @Nullable Channel channel;
        private final Map<String, String> addresses = new HashMap<>();
        private final Map<String, Channel> channels = new HashMap<>();
        private Supplier<String> token = () -> "";
        private ChannelCredentials credentials = InsecureChannelCredentials.create();
        private boolean stream = true;
        private boolean isRotating;
        private Duration callTimeout = Duration.ofSeconds(10);
        private Duration retryFor = Duration.ofSeconds(30);
        private InstantSource clock = InstantSource.system();
        private Duration tick = Duration.ofMillis(250);
        private @Nullable Duration timeout;
        private @Nullable Retry retry;
        private @Nullable JsonCodec json;

        private Builder(List<String> targets, @Nullable Channel channel) {
            this.targets = targets;
            this.channel = channel;
        }

        /** The token that the coordinator knows this service by. */
        public Builder bearerToken(String token) {
            return bearerToken(() -> token);
        }

        /** A token that is asked for with each call, so that it can be renewed; it must not block. */
        public Builder bearerToken(Supplier<String> token) {
            this.token = token;
            return this;
        }

        /** Encrypts, and checks the servers' names against the JVM's certificates. Off unless said. */
        public Builder tls(boolean on) {
            return tls(on ? TlsChannelCredentials.create() : InsecureChannelCredentials.create());
        }

        /**
         * Encrypts with credentials of one's own ({@link TlsChannelCredentials#newBuilder}). They are needed where the
         * JVM does not know the authority of the servers' certificates, or where servers ask who calls.
         */
        public Builder tls(ChannelCredentials own) {
            credentials = own;
            return this;
        }

        /**
         * Lets submits that are under way at the same time share one stream, which costs less than a call each. Their
         * guarantees stay the same; if the stream breaks, or the coordinator does not offer it, they are calls again.
         * On by default.
         */
        public Builder stream(boolean on) {
            stream = on;
            return this;
        }

        /**
         * Sends calls to each of several coordinators in turn, as long as it serves, instead of all to one. Off unless
         * said: acts on a transaction are passed on where they reach another coordinator than the one that runs it.
         */
        public Builder roundRobin(boolean on) {
            isRotating = on;
            return this;
        }

        /**
         * How long the coordinator may take for one attempt of a call, beyond what it is asked to wait; 10 s unless
         * set.
         */
        public Builder callTimeout(Duration perAttempt) {
            callTimeout = Times.positive(perAttempt, "the call timeout");
            return this;
        }

        /**
         * How long a call to the coordinator is repeated before {@link CoordinatorUnavailable}; 30 s unless set. One
         * with a wait is repeated for its wait instead.
         */
        public Builder retryFor(Duration retryFor) {
            this.retryFor = Times.positive(retryFor, "the time to retry for");
            return this;
        }

        /** How long one attempt of a call to a participant may take, in all plans that do not say. */
        public Builder timeout(Duration perAttempt) {
            timeout = Times.positive(perAttempt, "the timeout");
            return this;
        }

        /** How often calls to participants are attempted, in all plans that do not say. */
        public Builder retry(Retry retry) {
            this.retry = retry;
            return this;
        }

        /**
         * Sets the address under which this client itself calls a participant. Only interactive TCC does; everything
         * else leaves calls to the coordinator. A participant named by {@code host:port} needs no such entry.
         *
         * @param target {@code host:port}, or any target that gRPC resolves; over HTTP a URL, with what stands before
         *     every path: {@code http://accounts:8080/api}
         */
        public Builder participant(String name, String target) {
            addresses.put(name, target);
            return this;
        }

        /** The same, over a channel of one's own, which {@link Entente#close} leaves open. */
        public Builder participant(String name, Channel channel) {
            channels.put(name, channel);
            return this;
        }

        /**
         * The mapper that writes and reads JSON: {@link Call#json}, {@link Call#returning}, {@link Outcome#result}. The
         * tries over HTTP of an interactive scope need it, too.
         */
        public Builder json(JsonCodec mapper) {
            json = mapper;
            return this;
        }

        Builder clock(InstantSource clock) {
            this.clock = clock;
            return this;
        }

        /** The steps in which a coordinator's silence is measured. */
        Builder tick(Duration tick) {
            this.tick = tick;
            return this;
        }

        /** Connects with the first call, not now. */
        public Entente build() {
            return new Entente(this);
        }
    }
}
