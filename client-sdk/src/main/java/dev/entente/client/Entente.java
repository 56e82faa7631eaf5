package dev.entente.client;

import dev.entente.client.call.CallDeadline;
import dev.entente.client.channel.BearerToken;
import dev.entente.client.channel.ClientChannels;
import dev.entente.trace.Tracing;
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
 * The entry point: the client of a coordinator. Use one per process; it has one connection to each coordinator that it
 * calls. Thread-safe.
 *
 * <pre>{@code
 * try (Entente entente = Entente.builder("coordinator:7790").bearerToken(token).build()) {
 *   Participant stock = entente.participant("stock");
 *   Saga saga = entente.saga("checkout").gid("order-4711");
 *   …
 * }
 * }</pre>
 *
 * <p>Every call has a deadline, and is retried with growing, random pauses. All calls are idempotent, because the gid
 * exists before the first send. Within a server's call the client propagates that call's deadline and trace.
 */
public final class Entente implements AutoCloseable {
    private static final Pattern PARTICIPANT = Pattern.compile("[A-Za-z0-9_.:\\[\\]-]{1,260}");

    private final ClientChannels connections;
    private final CoordinatorClient coordinator;
    private final Transactions transactions;
    private final PlanContext plans;
    /** Distinguishes the announcements of this client from the announcements of other clients. */
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
                        builder.json),
                builder.tracing);
        transactions = new Transactions(coordinator);
        plans = new PlanContext(coordinator, new Gids(builder.clock, random), builder.timeout, builder.retry);
    }

    /**
     * Returns a builder for the coordinator at that address, or for several coordinators on one database. If a
     * coordinator does not respond, the next attempt goes to another coordinator.
     *
     * @param target {@code host:port}, or any target that gRPC resolves; several are separated by commas: {@code
     *     a:7790,b:7790,c:7790}
     * @throws IllegalArgumentException if one of them is empty
     */
    public static Builder builder(String target) {
        List<String> targets =
                Stream.of(target.split(",", -1)).map(String::strip).distinct().toList();
        if (targets.contains("")) {
            throw new IllegalArgumentException("the coordinators '" + target
                    + "' contain an empty address; write host:port, and separate several by commas");
        }
        return new Builder(targets, null);
    }

    /** Returns a builder for a coordinator behind the caller's channel, which {@link #close} leaves open. */
    public static Builder builder(Channel channel) {
        return new Builder(List.of(), channel);
    }

    /**
     * Returns a participant by its name in the coordinator's configuration, without a check of the configuration.
     *
     * @param name letters, digits and {@code _ -}, or {@code host:port}
     * @throws IllegalArgumentException if it is neither
     */
    public Participant participant(String name) {
        if (!PARTICIPANT.matcher(name).matches()) {
            throw new IllegalArgumentException(
                    "'" + name + "' is not a valid name of a participant; use letters, digits and _ -, or host:port, at"
                            + " most 260 characters");
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
     * Joins the TCC transaction of another client, within the try of one of its branches, to register children of that
     * branch. The client that began the transaction decides. If a child does not succeed, the try must reject itself.
     *
     * <p>The call's token proves to the coordinator that the branch was called. {@code BranchInterceptor}, {@code
     * BranchHeaders} and the filters for HTTP take the token from the call.
     *
     * @param parentBranch the name of the branch whose try runs now
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

    /** Returns the access to topics and their subscribers. */
    public Topics topics() {
        return new Topics(coordinator);
    }

    /**
     * Announces a participant's address to a coordinator on this machine, for development. The announcement is valid
     * until the coordinator process ends, so repeat the announcement. The name belongs to this client as long as a
     * program listens at the target. Does not block.
     *
     * @param name the name in plans: letters, digits and {@code _ -}
     * @param target on loopback: {@code localhost:9090} for gRPC, {@code http://localhost:8080} for HTTP
     * @return fails with {@link TransactionRefused} if the coordinator accepts no announcements (ENT-063) or another
     *     application has the name (ENT-066); with {@link CoordinatorUnavailable} if there is no response
     */
    public CompletableFuture<Void> announce(String name, String target) {
        return announce(name, target, identity);
    }

    /**
     * Announces one of several instances of an application; as {@link #announce(String, String)}. The coordinator calls
     * the instance that was announced last.
     *
     * @param application equal in all instances of the application, and unique to the application
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

    /** Returns the access to accepted transactions. */
    public Transactions transactions() {
        return transactions;
    }

    /**
     * Submits a plan that {@link PlanBuilder#toProto} created earlier. Does not block.
     *
     * @param plan with its gid
     * @param firstSent the earliest time at which the plan may have been sent; if this is more than seven days ago, the
     *     plan is refused (ENT-032)
     * @param within how long this call, with its repetitions, may take
     * @return the accepted transaction; fails as {@link PlanBuilder#submit}
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

    /** Closes the connections. Waits up to five seconds for running calls. */
    @Override
    public void close() {
        coordinator.close();
        connections.close();
    }

    /** Builds an {@link Entente}. Not thread-safe. */
    public static final class Builder {
        /** At least one target, unless a channel was given. */
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
        private Tracing tracing = Tracing.found();

        private Builder(List<String> targets, @Nullable Channel channel) {
            this.targets = targets;
            this.channel = channel;
        }

        /** Sets the token by which the coordinator authenticates this service. */
        public Builder bearerToken(String token) {
            return bearerToken(() -> token);
        }

        /** Sets a supplier of the token, called for each call, so that the token can be renewed; it must not block. */
        public Builder bearerToken(Supplier<String> token) {
            this.token = token;
            return this;
        }

        /**
         * Switches TLS on or off; the default is off. TLS checks the servers' names with the JVM's trusted
         * certificates.
         */
        public Builder tls(boolean on) {
            return tls(on ? TlsChannelCredentials.create() : InsecureChannelCredentials.create());
        }

        /**
         * Encrypts with the application's credentials ({@link TlsChannelCredentials#newBuilder}). They are required if
         * the JVM does not trust the servers' certificates, or if servers require client certificates.
         */
        public Builder tls(ChannelCredentials own) {
            credentials = own;
            return this;
        }

        /**
         * Lets concurrent submits share one stream, which costs less than one call each. The guarantees are those of
         * separate calls. If the stream breaks, or the coordinator does not offer the stream, the client uses separate
         * calls. The default is on.
         */
        public Builder stream(boolean on) {
            stream = on;
            return this;
        }

        /**
         * Distributes calls round-robin over the available coordinators, instead of sending all to one. The default is
         * off. A coordinator forwards an operation on a transaction that another coordinator runs.
         */
        public Builder roundRobin(boolean on) {
            isRotating = on;
            return this;
        }

        /**
         * Sets the timeout of one attempt of a call to the coordinator, in addition to a requested wait. The default is
         * 10 s.
         */
        public Builder callTimeout(Duration perAttempt) {
            callTimeout = Times.positive(perAttempt, "the call timeout");
            return this;
        }

        /**
         * Sets how long a call to the coordinator is repeated before {@link CoordinatorUnavailable}. The default is 30
         * s. A call with a wait is repeated for its wait instead.
         */
        public Builder retryFor(Duration retryFor) {
            this.retryFor = Times.positive(retryFor, "the time to retry for");
            return this;
        }

        /** Sets the timeout of one attempt of a call to a participant, for all plans without their own timeout. */
        public Builder timeout(Duration perAttempt) {
            timeout = Times.positive(perAttempt, "the timeout");
            return this;
        }

        /** Sets the attempts of calls to participants, for all plans without their own setting. */
        public Builder retry(Retry retry) {
            this.retry = retry;
            return this;
        }

        /**
         * Sets the address at which this client itself calls a participant. Only interactive TCC needs it; for other
         * patterns the coordinator calls. A participant named by {@code host:port} needs no address.
         *
         * @param target {@code host:port}, or any target that gRPC resolves; over HTTP a URL with the prefix of every
         *     path: {@code http://accounts:8080/api}
         */
        public Builder participant(String name, String target) {
            addresses.put(name, target);
            return this;
        }

        /** As {@link #participant(String, String)}, over a channel that {@link Entente#close} leaves open. */
        public Builder participant(String name, Channel channel) {
            channels.put(name, channel);
            return this;
        }

        /**
         * Sets the mapper for JSON: {@link Call#json}, {@link Call#returning}, {@link Outcome#result}. Tries over HTTP
         * in an interactive scope also need the mapper.
         */
        public Builder json(JsonCodec mapper) {
            json = mapper;
            return this;
        }

        /** Sets another tracing than {@link Tracing#found}. */
        public Builder tracing(Tracing tracing) {
            this.tracing = tracing;
            return this;
        }

        Builder clock(InstantSource clock) {
            this.clock = clock;
            return this;
        }

        /** Sets the interval at which the client checks for a silent coordinator. */
        Builder tick(Duration tick) {
            this.tick = tick;
            return this;
        }

        /** Returns the client, which connects with the first call. */
        public Entente build() {
            return new Entente(this);
        }
    }
}
