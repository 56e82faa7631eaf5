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
 * The connection settings of one participant, and the meaning of its responses.
 *
 * @param name the name in plans
 * @param target {@code host:port}, or any target that gRPC's name resolvers know; {@code http://} or {@code https://},
 *     with or without a path, for a participant that is called over HTTP
 * @param maxInFlight the maximum number of concurrent calls, at least 1; further calls wait
 * @param connections the number of HTTP/2 connections, at least 1
 * @param maxResponseBytes a larger response parks the transaction
 * @param overrides the meaning of bare status codes of this participant that differs from the default table
 * @param tls null for plaintext
 * @param bearerToken sent with every call, or null
 * @param descriptorSet a file with a {@code FileDescriptorSet}, or null to use gRPC reflection
 * @param streams whether calls use {@code ParticipantService/Execute} if the participant serves this method
 * @param signingKey the key that signs each call, or null
 * @param httpOverrides the meaning of bare HTTP statuses of this participant that differs from the default table
 * @param headers further headers that plans may send to the participant over HTTP, in lower case
 * @param broker for a broker, which has the target {@code kafka://host:port}; else null
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

    /** Describes the credentials of the calls, for the error text when the participant rejects these credentials. */
    public String credential() {
        String prefix = "participants." + name;
        if (signingKey != null) {
            return "the coordinator sent "
                    + (bearerToken == null ? "no token" : "the token of " + prefix + ".tokenFile")
                    + ", and a signature by " + prefix + ".signingKeyFile, which is valid only for the authority and"
                    + " the path that the coordinator calls: a proxy must not change them";
        }
        String token = bearerToken == null
                ? "no token is configured: set " + prefix + ".tokenFile in the coordinator's configuration"
                : "the coordinator sent the token of " + prefix + ".tokenFile";
        return token + ", and no signature: signatures need " + prefix + ".signingKeyFile";
    }

    /** Returns whether the participant is called over HTTP instead of gRPC. */
    public boolean isHttp() {
        return target.startsWith("http://") || target.startsWith("https://");
    }

    /** Returns whether the participant is called over gRPC. */
    public boolean isGrpc() {
        return broker == null && !isHttp();
    }

    /**
     * The settings that only brokers have.
     *
     * @param scheme the part of the target before {@code ://}
     * @param topics that plans may write to: names, or prefixes of names followed by an asterisk
     * @param properties of the broker's own client
     */
    public record Broker(String scheme, List<String> topics, Map<String, String> properties) {
        public Broker {
            topics = List.copyOf(topics);
            properties = Map.copyOf(properties);
        }

        /** Omits the properties, because they may contain a password. */
        @Override
        public String toString() {
            return scheme + " " + topics;
        }
    }

    /** The configurable meanings of a bare status code. Success is not configurable: only OK is a success. */
    public enum Verdict {
        REJECTED,
        FAILED,
        IN_PROGRESS,
        MISCONFIGURED,
        UNKNOWN
    }

    /** A secret value, which is never printed, and which may be replaced at any time. Thread-safe. */
    public static final class Secret {
        private final @Nullable Path file;
        private volatile String value;

        /** Creates a constant value. */
        public Secret(String value) {
            this(value, null);
        }

        /** @param file the file with the value in its first line; null = none */
        public Secret(String value, @Nullable Path file) {
            this.value = value;
            this.file = file;
        }

        /** Returns the current value. */
        public String value() {
            return value;
        }

        /** Returns the file with the value in its first line; null = none. */
        public @Nullable Path file() {
            return file;
        }

        /** Replaces the value for all later calls. */
        public void renew(String next) {
            value = next;
        }

        @Override
        public String toString() {
            return "(hidden)";
        }
    }

    /**
     * TLS to a participant. A file watcher reads the files before the first call. Renewed files apply to new
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
         * Stores the paths; reads no file.
         *
         * @param trusted certificates to trust, or null for the platform's
         * @param certificate the coordinator's own chain for mutual TLS, or null
         * @param key the private key of {@code certificate}; null if and only if {@code certificate} is null
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

        /** Sets or replaces the trust manager that was read from {@link #trusted}. */
        public void trust(TrustManager read) {
            authorities = read;
            renewed.run();
        }

        /** Sets or replaces the key manager that was read from {@link #certificate} and {@link #key}. */
        public void show(KeyManager read) {
            own = read;
            renewed.run();
        }

        public void whenRenewed(Runnable connectAnew) {
            renewed = connectAnew;
        }

        /** Returns the trust managers; null for the platform's. */
        public TrustManager @Nullable [] authorities() {
            return trusted == null ? null : new TrustManager[] {Objects.requireNonNull(authorities, "not read yet")};
        }

        /** Returns the coordinator's key managers; null if the coordinator presents no certificate. */
        public KeyManager @Nullable [] own() {
            return certificate == null ? null : new KeyManager[] {Objects.requireNonNull(own, "not read yet")};
        }
    }

    /** Returns the settings of a plaintext participant with all defaults. */
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

    /** Returns a changed copy: {@code config.with(it -> it.maxInFlight = 2)}. */
    public ParticipantConfig with(Consumer<Draft> change) {
        Draft draft = new Draft(this);
        change.accept(draft);
        return draft.config();
    }

    /** A mutable draft with all settings that have a default. */
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
