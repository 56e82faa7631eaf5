package dev.entente.server.participant;

import io.grpc.Status;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import javax.net.ssl.KeyManager;
import javax.net.ssl.TrustManager;
import org.jspecify.annotations.Nullable;

/**
 * How one participant is reached and read.
 *
 * @param name what plans call it
 * @param target {@code host:port}, or any target that gRPC's name resolvers know; {@code http://} or {@code https://},
 *     with a path or without, for one that is called over HTTP
 * @param maxInFlight calls under way at one time, at least 1; what is beyond waits
 * @param connections HTTP/2 connections to it, at least 1
 * @param maxResponseBytes a larger response parks the transaction
 * @param overrides what a bare status code of this participant means, where that differs from the table
 * @param tls null for plaintext
 * @param bearerToken sent with every call, or null
 * @param descriptorSet a file with a {@code FileDescriptorSet}, or null to ask its reflection
 * @param streams whether calls go over {@code ParticipantService/Execute} where it serves that
 * @param signingKey what each call is signed with, or null
 * @param httpOverrides what a bare HTTP status of this participant means, where that differs from the table
 * @param headers further headers that plans may send to it over HTTP, in lower case
 * @param broker for one that is a broker, whose target is {@code kafka://host:port}; else null
 */
public record ParticipantConfig(
        String name,
        String target,
        int maxInFlight,
        int connections,
        int maxResponseBytes,
        Map<Status.Code, Verdict> overrides,
        @Nullable Tls tls,
        @Nullable Secret bearerToken,
        @Nullable Path descriptorSet,
        boolean streams,
        Map<Integer, Verdict> httpOverrides,
        @Nullable Secret signingKey,
        Set<String> headers,
        @Nullable Broker broker) {

    public static final int MAX_IN_FLIGHT = 256;
    public static final int MAX_RESPONSE_BYTES = 1 << 20;

    public ParticipantConfig {
        overrides = Map.copyOf(overrides);
        httpOverrides = Map.copyOf(httpOverrides);
        headers = Set.copyOf(headers);
    }

    /** Returns which credential the calls have, for the reason of a call that the participant refuses for its credential. */
    public String credential() {
        String prefix = "participants." + name;
        if (signingKey != null) {
            return "the coordinator sent "
                    + (bearerToken == null ? "no token" : "the token of " + prefix + ".tokenFile")
                    + ", and a signature by " + prefix + ".signingKeyFile, which holds for the authority and the path"
                    + " that the coordinator calls: a proxy must not change them";
        }
        String token = bearerToken == null
                ? "no token is configured: set " + prefix + ".tokenFile in the coordinator's configuration"
                : "the coordinator sent the token of " + prefix + ".tokenFile";
        return token + ", and no signature: signatures need " + prefix + ".signingKeyFile";
    }

    /** Tells whether it is called over HTTP instead of gRPC. */
    public boolean isHttp() {
        return target.startsWith("http://") || target.startsWith("https://");
    }

    /** Tells whether it is called over gRPC. */
    public boolean isGrpc() {
        return broker == null && !isHttp();
    }

    /**
     * The part of a participant's configuration that brokers alone have.
     *
     * @param scheme how its target begins, before {@code ://}
     * @param topics those that plans may write to: names, or beginnings of names with an asterisk
     * @param properties of the broker's own client
     */
    public record Broker(String scheme, List<String> topics, Map<String, String> properties) {
        public Broker {
            topics = List.copyOf(topics);
            properties = Map.copyOf(properties);
        }

        /** Without the properties, for they may hold a password. */
        @Override
        public String toString() {
            return scheme + " " + topics;
        }
    }

    /** The meanings that a bare status code can be given. Success is none of them: only OK is. */
    public enum Verdict {
        REJECTED,
        FAILED,
        IN_PROGRESS,
        MISCONFIGURED,
        UNKNOWN
    }

    /** A value that is never printed, and may be renewed at any time. Thread-safe. */
    public static final class Secret {
        private final @Nullable Path file;
        private volatile String value;

        /** One that stays as it is. */
        public Secret(String value) {
            this(value, null);
        }

        /** @param file whose first line it is; null = none */
        public Secret(String value, @Nullable Path file) {
            this.value = value;
            this.file = file;
        }

        /** Returns the value as it is now. */
        public String value() {
            return value;
        }

        /** Returns the file whose first line it is; null = none. */
        public @Nullable Path file() {
            return file;
        }

        /** Takes another value for all calls from now on. */
        public void renew(String next) {
            value = next;
        }

        @Override
        public String toString() {
            return "(hidden)";
        }
    }

    /**
     * TLS to a participant, by files that whoever watches them reads before the first call. Each renewal is for new
     * connections. Thread-safe.
     */
    public static final class Tls {
        private final @Nullable Path trusted;
        private final @Nullable Path certificate;
        private final @Nullable Path key;
        private final @Nullable String authority;
        private volatile @Nullable TrustManager authorities;
        private volatile @Nullable KeyManager own;
        private volatile Runnable renewed = () -> {};

        /**
         * Reads nothing.
         *
         * @param trusted certificates to trust, or null for the platform's
         * @param certificate the coordinator's own chain for mutual TLS, or null
         * @param key its private key; given if and only if {@code certificate} is
         * @param authority the name to verify instead of the target's host, or null
         */
        public Tls(@Nullable Path trusted, @Nullable Path certificate, @Nullable Path key, @Nullable String authority) {
            this.trusted = trusted;
            this.certificate = certificate;
            this.key = key;
            this.authority = authority;
        }

        public @Nullable Path trusted() {
            return trusted;
        }

        public @Nullable Path certificate() {
            return certificate;
        }

        public @Nullable Path key() {
            return key;
        }

        @Nullable
        public String authority() {
            return authority;
        }

        /** Takes what {@link #trusted} holds, now or anew. */
        public void trust(TrustManager read) {
            authorities = read;
            renewed.run();
        }

        /** Takes what {@link #certificate} and {@link #key} hold, now or anew. */
        public void show(KeyManager read) {
            own = read;
            renewed.run();
        }

        public void whenRenewed(Runnable connectAnew) {
            renewed = connectAnew;
        }

        /** Null for the platform's. */
        public TrustManager @Nullable [] authorities() {
            return trusted == null ? null : new TrustManager[] {Objects.requireNonNull(authorities, "not read yet")};
        }

        /** Null where it shows none. */
        public KeyManager @Nullable [] own() {
            return certificate == null ? null : new KeyManager[] {Objects.requireNonNull(own, "not read yet")};
        }
    }

    /** A plaintext participant with all defaults. */
    public static ParticipantConfig plaintext(String name, String target) {
        return new ParticipantConfig(
                name,
                target,
                MAX_IN_FLIGHT,
                1,
                MAX_RESPONSE_BYTES,
                Map.of(),
                null,
                null,
                null,
                false,
                Map.of(),
                null,
                Set.of(),
                null);
    }

    /** Returns one that differs in what the change sets: {@code config.with(it -> it.maxInFlight = 2)}. */
    public ParticipantConfig with(Consumer<Draft> change) {
        Draft draft = new Draft(this);
        change.accept(draft);
        return draft.config();
    }

    /** A configuration that is being made, with all that may differ from one participant to another. */
    public static final class Draft {
        private final ParticipantConfig base;
        public int maxInFlight;
        public int connections;
        public int maxResponseBytes;
        public Map<Status.Code, Verdict> overrides;
        public @Nullable Tls tls;
        public @Nullable Secret bearerToken;
        public @Nullable Path descriptorSet;
        public boolean streams;
        public Map<Integer, Verdict> httpOverrides;
        public @Nullable Secret signingKey;
        public Set<String> headers;
        public @Nullable Broker broker;

        private Draft(ParticipantConfig base) {
            this.base = base;
            this.maxInFlight = base.maxInFlight;
            this.connections = base.connections;
            this.maxResponseBytes = base.maxResponseBytes;
            this.overrides = base.overrides;
            this.tls = base.tls;
            this.bearerToken = base.bearerToken;
            this.descriptorSet = base.descriptorSet;
            this.streams = base.streams;
            this.httpOverrides = base.httpOverrides;
            this.signingKey = base.signingKey;
            this.headers = base.headers;
            this.broker = base.broker;
        }

        private ParticipantConfig config() {
            return new ParticipantConfig(
                    base.name,
                    base.target,
                    maxInFlight,
                    connections,
                    maxResponseBytes,
                    overrides,
                    tls,
                    bearerToken,
                    descriptorSet,
                    streams,
                    httpOverrides,
                    signingKey,
                    headers,
                    broker);
        }
    }
}
