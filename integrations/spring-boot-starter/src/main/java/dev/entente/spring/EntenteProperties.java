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
 * The configuration of all beans of this starter, {@code entente.*}. A value that is null is as the SDK has it.
 *
 * @param target of the coordinator, {@code host:port}, or several with commas; without it there is no client
 * @param token the bearer token
 * @param tokenFile a file whose first line is the bearer token; read again for each call
 * @param tls whether the coordinator speaks TLS, trusted as the JVM trusts
 * @param callTimeout of one attempt of a call
 * @param retryFor how long a call without a wait is repeated
 * @param stream whether submits share a stream
 * @param roundRobin whether calls go to all coordinators in turn
 * @param participants where interactive TCC finds participants, by their names: {@code host:port}, or a URL over HTTP
 * @param participant this application as a participant
 * @param dialect of the application's database; without it the database is asked
 * @param transactionManager the bean of the data source's transaction manager, where there are several
 * @param signingKeyFile a file with the keys, one a line, that coordinators sign calls with; unsigned ones are refused
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
     * This application as a participant.
     *
     * @param name by which it announces itself to a coordinator on its own machine, as {@code ./entente dev} runs one;
     *     without it, it does not
     */
    public record Participant(@Nullable String name) {
        /** The coordinator's rule for names in its configuration. */
        private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_-]{0,127}");

        /** Refuses a name that no coordinator takes. */
        public Participant {
            if (name != null && !NAME.matcher(name).matches()) {
                throw new WrongSetup(
                        "entente.participant.name is '" + name + "', and no participant can have that name",
                        "give the name by which plans call this application: letters, digits, _ and -, at most 128, the"
                                + " first one a letter or a digit; or leave the property out",
                        null);
            }
        }
    }

    /**
     * The barrier's table.
     *
     * @param createTable whether it is created, or brought up to date, at the start
     * @param retention how long its rows are kept
     * @param longestWait how long a call waits for another one of its branch
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
     * The relay that delivers what the outbox holds.
     *
     * @param enabled whether one runs in this application
     * @param inFlight messages under way at one time
     * @param poll how often it looks where nobody wakes it
     * @param callTimeout of one attempt
     * @param databaseTimeout after which a silent connection counts as broken
     * @param giveUpAfter how long an unanswered message is tried before it is parked
     * @param keepSent how long delivered messages stay on record
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
     * @param enabled whether they are removed by this application
     * @param interval how often, about; at least a second
     */
    public record Housekeeping(
            @DefaultValue("true") boolean enabled,
            @DefaultValue("1h") Duration interval) {}

    /**
     * Idempotency keys of clients.
     *
     * @param paths patterns of the requests over HTTP that may have one, such as {@code /orders/**}
     * @param required whether they, and the methods that are marked, refuse requests without one
     * @param createTable whether the table of keys is created at the start
     * @param retention how long an answer is kept
     */
    public record Idempotency(
            @DefaultValue List<String> paths,
            @DefaultValue("false") boolean required,
            @DefaultValue("false") boolean createTable,
            @Nullable Duration retention) {}

    /**
     * A gRPC server of this application's services, for applications without Spring gRPC.
     *
     * @param port where it listens, 0 = any that is free; without it there is none
     * @param threads that run handlers
     */
    public record GrpcServer(
            @Nullable Integer port, @DefaultValue("64") int threads) {}

    /**
     * Participants over HTTP.
     *
     * @param enabled whether the filter that reads Entente's headers stands before the handlers
     * @param outcomes the reason that an answer of a status, 400 to 599, gives coordinators where it has none itself
     */
    public record Web(
            @DefaultValue("true") boolean enabled,
            @DefaultValue Map<Integer, Reason> outcomes) {
        /** Refuses statuses that are no failure: coordinators read no reason there. */
        public Web {
            outcomes.keySet().forEach(status -> {
                if (status < LOWEST_FAILURE || status > HIGHEST_FAILURE) {
                    throw new IllegalArgumentException(
                            "entente.web.outcomes." + status + " is no status of a failure; name one of 400 to 599");
                }
            });
        }
    }

    /** The reasons that a status may stand for, as {@code docs/participants.md} has them. */
    public enum Reason {
        /** A business no, and a promise that nothing was or will be done. */
        REJECTED,
        /** To be asked again; no attempt is counted. */
        IN_PROGRESS,
        /** To be mended by a person. */
        MISCONFIGURED,
        /** A no; an undo whose forward call was never seen to has succeeded. */
        NOT_FOUND,
        /** A no for ever. */
        GONE
    }
}
