package dev.entente.spring;

import dev.entente.jdbc.Dialect;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * The configuration of all beans of this starter, {@code entente.*}. A null value means the SDK's default.
 *
 * @param target of the coordinator, {@code host:port}, or several with commas; without it there is no client
 * @param token the bearer token
 * @param tokenFile a file with the bearer token in its first line; read again for each call
 * @param tls whether the coordinator uses TLS with a certificate that the JVM trusts
 * @param callTimeout of one attempt of a call
 * @param retryFor how long a call without a wait is repeated
 * @param stream whether submits share a stream
 * @param roundRobin whether calls alternate between all coordinators
 * @param participants the addresses of participants for interactive TCC, by name: {@code host:port}, or an HTTP URL
 * @param participant this application as a participant
 * @param dialect of the application's database; without it the database is queried
 * @param transactionManager the bean of the data source's transaction manager, if there are several
 * @param signingKeyFile a file with the coordinators' signing keys, one per line; the server of {@code
 *     entente.grpc.port} then refuses unsigned calls
 */
@ConfigurationProperties("entente")
public record EntenteProperties(
        @Nullable String target,
        @Nullable String token,
        @Nullable Path tokenFile,
        @DefaultValue("false") boolean tls,
        @Nullable Duration callTimeout,
        @Nullable Duration retryFor,
        @DefaultValue("true") boolean stream,
        @DefaultValue("false") boolean roundRobin,
        @DefaultValue Map<String, String> participants,
        @DefaultValue Participant participant,
        @Nullable Dialect dialect,
        @Nullable String transactionManager,
        @Nullable Path signingKeyFile,
        @DefaultValue Tables barrier,
        @DefaultValue OutboxTables outbox,
        @DefaultValue Housekeeping housekeeping,
        @DefaultValue Idempotency idempotency,
        @DefaultValue GrpcServer grpc,
        @DefaultValue Web web) {
    private static final int LOWEST_FAILURE = 400;
    private static final int HIGHEST_FAILURE = 599;

    /**
     * The settings of this application as a participant.
     *
     * @param name announced to a coordinator on this machine, such as that of {@code ./entente dev}; without it there
     *     is no announcement
     */
    public record Participant(@Nullable String name) {
        /** The coordinator's rule for names in its configuration. */
        private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_-]{0,127}");

        /** Refuses a name that every coordinator refuses. */
        public Participant {
            if (name != null && !NAME.matcher(name).matches()) {
                throw new WrongSetup(
                        "entente.participant.name is '" + name + "', which is not a valid name of a participant",
                        "set the name by which plans call this application: letters, digits, _ and -, at most 128, the"
                                + " first of them a letter or a digit; or remove the property",
                        null);
            }
        }
    }

    /**
     * The barrier's table.
     *
     * @param createTable whether it is created at the start if it is missing
     * @param retention how long its rows are kept
     * @param longestWait how long a call waits for another call of its branch
     * @param databaseTimeout after which a silent connection counts as broken
     */
    public record Tables(
            @DefaultValue("false") boolean createTable,
            @Nullable Duration retention,
            @Nullable Duration longestWait,
            @Nullable Duration databaseTimeout) {}

    /**
     * The tables of outbox and inbox.
     *
     * @param createTables whether they are created at the start
     */
    public record OutboxTables(
            @DefaultValue("false") boolean createTables,
            @DefaultValue Relay relay) {}

    /**
     * The relay that delivers the outbox's messages.
     *
     * @param enabled whether a relay runs in this application
     * @param inFlight the limit of messages in flight to one destination
     * @param poll how long the relay sleeps if there is no work
     * @param callTimeout of one attempt
     * @param databaseTimeout after which a silent connection counts as broken
     * @param giveUpAfter how long an unanswered message is tried before it is parked
     * @param keepSent how long records of delivered messages are kept
     */
    public record Relay(
            @DefaultValue("false") boolean enabled,
            @Nullable Integer inFlight,
            @Nullable Duration poll,
            @Nullable Duration callTimeout,
            @Nullable Duration databaseTimeout,
            @Nullable Duration giveUpAfter,
            @Nullable Duration keepSent) {}

    /**
     * The removal of old rows from the tables of barrier and inbox, and of idempotency keys.
     *
     * @param enabled whether this application removes them
     * @param interval the approximate interval; at least a second
     */
    public record Housekeeping(
            @DefaultValue("true") boolean enabled,
            @DefaultValue("1h") Duration interval) {}

    /**
     * Idempotency keys of clients.
     *
     * @param paths patterns of the HTTP requests that may have a key, such as {@code /orders/**}
     * @param required whether these requests, and the marked methods, are refused without a key
     * @param createTable whether the table of keys is created at the start
     * @param retention how long an answer is stored
     */
    public record Idempotency(
            @DefaultValue List<String> paths,
            @DefaultValue("false") boolean required,
            @DefaultValue("false") boolean createTable,
            @Nullable Duration retention) {}

    /**
     * A gRPC server of this application's services, for applications without Spring gRPC.
     *
     * @param port the port of the server, 0 = any free port; without it there is no server
     * @param threads that run handlers
     */
    public record GrpcServer(
            @Nullable Integer port, @DefaultValue("64") int threads) {}

    /**
     * Participants over HTTP.
     *
     * @param enabled whether the filter that reads Entente's headers runs before the handlers
     * @param outcomes reasons by status, 400 to 599: coordinators get this reason if an answer has no reason of its own
     */
    public record Web(
            @DefaultValue("true") boolean enabled,
            @DefaultValue Map<Integer, Reason> outcomes) {
        /** Refuses statuses of successful answers, in which coordinators read no reason. */
        public Web {
            outcomes.keySet().forEach(status -> {
                if (status < LOWEST_FAILURE || status > HIGHEST_FAILURE) {
                    throw new IllegalArgumentException(
                            "entente.web.outcomes." + status + " is not the status of a failure; use 400 to 599");
                }
            });
        }
    }

    /** The reasons that a status may mean, as in {@code docs/participants.md}. */
    public enum Reason {
        /** A rejection, and a guarantee that nothing was or will be done. */
        REJECTED,
        /** The coordinator must call again; no attempt is counted. */
        IN_PROGRESS,
        /** An operator must fix the setup. */
        MISCONFIGURED,
        /**
         * A refusal without the guarantee of a rejection, as gRPC's NOT_FOUND. An undo with this answer has succeeded
         * if its forward call has no success on record.
         */
        NOT_FOUND,
        /** A permanent refusal: a notification is given up at once. */
        GONE
    }
}
